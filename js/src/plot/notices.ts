/** Notices at the top: notes of the reader and errors. */

export type NoticeKind = "note" | "error";

export class Notices {
  readonly #shown = new Map<NoticeKind, HTMLElement>();
  readonly #texts = new Map<NoticeKind, string>();

  readonly #parent: HTMLElement;
  readonly #signal: AbortSignal;

  constructor(parent: HTMLElement, signal: AbortSignal) {
    this.#parent = parent;
    this.#signal = signal;
  }

  /** Shows a text, or removes it with ""; a dismissed text is not shown again. */
  set(kind: NoticeKind, text: string): void {
    if (this.#texts.get(kind) === text) return;
    this.#texts.set(kind, text);
    this.#shown.get(kind)?.remove();
    this.#shown.delete(kind);
    if (text === "") return;
    const bar = document.createElement("div");
    bar.className = `vv-notice vv-notice-${kind}`;
    bar.setAttribute("role", kind === "error" ? "alert" : "status");
    const label = document.createElement("span");
    label.textContent = text;
    label.title = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Dismiss");
    const signal = this.#signal;
    close.addEventListener("click", () => bar.remove(), { signal });
    label.addEventListener("click", () => bar.classList.toggle("vv-open"), { signal });
    bar.append(label, close);
    this.#parent.append(bar);
    this.#shown.set(kind, bar);
  }
}
