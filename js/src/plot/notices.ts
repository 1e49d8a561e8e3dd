/** The slim bar at the top: what the reader had to mend, what went wrong. */

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

  /** Shows a text, or takes it away with ""; a text that was dismissed does not come back. */
  set(kind: NoticeKind, text: string): void {
    if (this.#texts.get(kind) === text) return;
    this.#texts.set(kind, text);
    this.#shown.get(kind)?.remove();
    this.#shown.delete(kind);
    if (text === "") return;
    const bar = document.createElement("div");
    bar.className = `vv-notice vv-notice-${kind}`;
    bar.setAttribute("role", kind === "error" ? "alert" : "status");
    const words = document.createElement("span");
    words.textContent = text;
    words.title = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Dismiss");
    const signal = this.#signal;
    close.addEventListener("click", () => bar.remove(), { signal });
    words.addEventListener("click", () => bar.classList.toggle("vv-open"), { signal });
    bar.append(words, close);
    this.#parent.append(bar);
    this.#shown.set(kind, bar);
  }
}
