/** Progress of the background work, shown on the overview, with a button that cancels it. */
import type { Layout } from "../math/layout.ts";
import type { News } from "./news.ts";

/** Background work as a view shows it. */
export interface Work {
  /** Short description. */
  doing: string;
  /** 0 to 1. */
  share: number;
  /** Estimated seconds left; null if unknown. */
  remaining: number | null;
  /** False if it was cancelled or has failed. */
  active: boolean;
  /** Cancelling was requested. */
  stopping: boolean;
}

/** For example `building overview 43 %, 20 s left`. */
export function workText({ doing, share, remaining, active, stopping }: Work): string {
  const text = `${doing} ${Math.min(99, Math.floor(share * 100))} %`;
  if (stopping && active) return `${text}, cancelling …`;
  // Estimates are unreliable at the beginning.
  if (!active || remaining === null || remaining < 3 || share < 0.02) return text;
  if (remaining < 90) return `${text}, ${Math.ceil(remaining)} s left`;
  return `${text}, ${Math.round(remaining / 60)} min left`;
}

export class WorkBar {
  readonly #bar = document.createElement("div");
  readonly #label = document.createElement("span");
  readonly #button = document.createElement("button");

  readonly #news: News;

  constructor(parent: HTMLElement, news: News, cancel: () => void, signal: AbortSignal) {
    this.#news = news;
    const bar = this.#bar;
    const label = this.#label;
    const button = this.#button;
    bar.className = "vv-building";
    bar.hidden = true;
    label.setAttribute("role", "progressbar");
    label.setAttribute("aria-valuemin", "0");
    label.setAttribute("aria-valuemax", "100");
    button.type = "button";
    button.textContent = "×";
    button.title = "Cancel";
    button.addEventListener("click", cancel, { signal });
    bar.append(label, button);
    parent.append(bar);
  }

  /** Shows the work in the empty part of the strip, from `x` on. */
  show(work: Work | null, x: number, layout: Layout): void {
    const bar = this.#bar;
    const label = this.#label;
    const button = this.#button;
    this.#news.work(work);
    bar.hidden = work === null || layout.overviewHeight === 0;
    if (work === null || bar.hidden) return;
    const text = workText(work);
    if (label.textContent !== text) {
      label.textContent = text;
      label.setAttribute("aria-label", work.doing);
      label.setAttribute("aria-valuenow", String(Math.floor(work.share * 100)));
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
