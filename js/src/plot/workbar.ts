/** Over the strip: how far the work behind the picture is, and a button that ends it. */
import type { Layout } from "../math/layout.ts";

/** Work in the background, as a view tells of it. */
export interface Work {
  /** What is done, in a word or two. */
  doing: string;
  /** 0 to 1. */
  share: number;
  /** Estimate of the seconds left; null where there is none. */
  remaining: number | null;
  /** Whether it goes on; false when it was cancelled or has failed. */
  active: boolean;
  /** The end was asked for. */
  stopping: boolean;
}

/** For example `building 43 %, 20 s left`. */
export function workText({ doing, share, remaining, active, stopping }: Work): string {
  const text = `${doing} ${Math.min(99, Math.floor(share * 100))} %`;
  if (stopping && active) return `${text}, cancelling …`;
  // The first guesses would be wild.
  if (!active || remaining === null || remaining < 3 || share < 0.02) return text;
  if (remaining < 90) return `${text}, ${Math.ceil(remaining)} s left`;
  return `${text}, ${Math.round(remaining / 60)} min left`;
}

export class WorkBar {
  readonly #bar = document.createElement("div");
  readonly #words = document.createElement("span");
  readonly #button = document.createElement("button");

  constructor(parent: HTMLElement, cancel: () => void, signal: AbortSignal) {
    const bar = this.#bar;
    const words = this.#words;
    const button = this.#button;
    bar.className = "vv-building";
    bar.hidden = true;
    words.setAttribute("role", "progressbar");
    words.setAttribute("aria-valuemin", "0");
    words.setAttribute("aria-valuemax", "100");
    button.type = "button";
    button.textContent = "×";
    button.title = "Cancel";
    button.addEventListener("click", cancel, { signal });
    bar.append(words, button);
    parent.append(bar);
  }

  /** Shows the work in the part of the strip that it still has to fill, from `x` on. */
  show(work: Work | null, x: number, layout: Layout): void {
    const bar = this.#bar;
    const words = this.#words;
    const button = this.#button;
    bar.hidden = work === null || layout.overviewHeight === 0;
    if (work === null || bar.hidden) return;
    const text = workText(work);
    if (words.textContent !== text) {
      words.textContent = text;
      words.setAttribute("aria-label", work.doing);
      words.setAttribute("aria-valuenow", String(Math.floor(work.share * 100)));
    }
    button.hidden = !work.active;
    button.disabled = work.stopping;
    button.setAttribute("aria-label", `Cancel ${work.doing}`);
    const half = bar.offsetWidth / 2 + 3;
    const { gutter, plotWidth, overviewTop, overviewHeight } = layout;
    const centre = Math.max(half, Math.min((x + plotWidth) / 2, plotWidth - half));
    bar.style.left = `${gutter + centre}px`;
    bar.style.top = `${overviewTop + overviewHeight / 2}px`;
  }
}
