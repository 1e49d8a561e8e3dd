/** The vertical scrollbar of the lanes. */
import type { LaneTarget } from "../gestures/target.ts";

export class Scrollbar {
  readonly #track = document.createElement("div");
  readonly #thumb = document.createElement("div");

  readonly #target: LaneTarget;

  constructor(parent: HTMLElement, target: LaneTarget, signal: AbortSignal) {
    this.#target = target;
    this.#track.className = "vv-scrollbar";
    this.#track.setAttribute("role", "scrollbar");
    this.#track.setAttribute("aria-orientation", "vertical");
    this.#track.setAttribute("aria-label", "Channels");
    this.#thumb.className = "vv-thumb";
    this.#track.append(this.#thumb);
    parent.append(this.#track);
    let from: { id: number; y: number } | null = null;
    const down = (event: PointerEvent): void => {
      this.#track.setPointerCapture?.(event.pointerId);
      if (event.target !== this.#thumb) {
        const box = this.#thumb.getBoundingClientRect();
        target.scrollBy((event.clientY - (box.top + box.height / 2)) * this.#ratio());
      }
      from = { id: event.pointerId, y: event.clientY };
      event.preventDefault();
    };
    const move = (event: PointerEvent): void => {
      if (from?.id !== event.pointerId) return;
      target.scrollBy((event.clientY - from.y) * this.#ratio());
      from.y = event.clientY;
    };
    const up = (): void => {
      from = null;
    };
    this.#track.addEventListener("pointerdown", down, { signal });
    this.#track.addEventListener("pointermove", move, { signal });
    this.#track.addEventListener("pointerup", up, { signal });
    this.#track.addEventListener("pointercancel", up, { signal });
    const wheel = (event: WheelEvent): void => {
      if (target.scrollBy(event.deltaY)) event.preventDefault();
      event.stopPropagation();
    };
    this.#track.addEventListener("wheel", wheel, { signal, passive: false });
  }

  /** Pixels of lanes per pixel of the thumb. */
  #ratio(): number {
    const { contentHeight, lanesHeight } = this.#target.layout();
    return contentHeight / lanesHeight;
  }

  place(scroll: number): void {
    const { scrollbar, width, lanesTop, lanesHeight, contentHeight } = this.#target.layout();
    const { style } = this.#track;
    style.display = scrollbar > 0 ? "" : "none";
    if (scrollbar === 0) return;
    style.left = `${width - scrollbar}px`;
    style.width = `${scrollbar}px`;
    style.top = `${lanesTop}px`;
    style.height = `${lanesHeight}px`;
    const length = Math.max(24, (lanesHeight / contentHeight) * lanesHeight);
    const most = contentHeight - lanesHeight;
    const share = most > 0 ? scroll / most : 0;
    this.#thumb.style.height = `${length}px`;
    this.#thumb.style.transform = `translateY(${share * (lanesHeight - length)}px)`;
    this.#track.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  }
}
