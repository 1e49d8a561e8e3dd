/** Notices at the top: notes of the reader and errors. */
import type { News } from "./news.ts";

export type NoticeKind = "note" | "error";

export class Notices {
  readonly #shown = new Map<NoticeKind, HTMLElement>();
  readonly #texts = new Map<NoticeKind, string>();

  readonly #parent: HTMLElement;
  readonly #news: News;
  readonly #signal: AbortSignal;

  constructor(parent: HTMLElement, news: News, signal: AbortSignal) {
    this.#parent = parent;
    this.#news = news;
    this.#signal = signal;
  }

  /** Shows a text, or removes it with ""; a dismissed text is not shown again. */
  set(kind: NoticeKind, text: string): void {
    if (this.#texts.get(kind) === text) return;
    this.#texts.set(kind, text);
    this.#shown.get(kind)?.remove();
    this.#shown.delete(kind);
    this.#news.notice(kind, text);
    if (text === "") return;
    const bar = document.createElement("div");
    bar.className = `vv-notice vv-notice-${kind}`;
    const label = document.createElement("span");
    label.textContent = text;
    label.title = text;
    label.tabIndex = 0;
    label.setAttribute("role", "button");
    label.setAttribute("aria-expanded", "false");
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Dismiss");
    const signal = this.#signal;
    close.addEventListener("click", () => bar.remove(), { signal });
    const open = (): void => {
      label.setAttribute("aria-expanded", String(bar.classList.toggle("vv-open")));
    };
    const keydown = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" && event.key !== " ") return;
      if (event.target === label) {
        open();
        event.preventDefault();
      }
      event.stopPropagation();
    };
    label.addEventListener("click", open, { signal });
    bar.addEventListener("keydown", keydown, { signal });
    bar.append(label, close);
    this.#parent.append(bar);
    this.#shown.set(kind, bar);
  }
}
