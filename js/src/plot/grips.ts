/** Drags on the names (scales by hand) and the scrollbar of the lanes. */
import type { ChannelInfo } from "../data/types.ts";
import type { WheelTarget } from "./wheel.ts";

export function listenToGutter(
  gutter: HTMLElement,
  target: WheelTarget,
  signal: AbortSignal,
): void {
  const { state } = target;
  let drag: { id: number; lane: ChannelInfo; y: number } | null = null;
  const down = (event: PointerEvent): void => {
    const lane = target.laneAt(event.clientY);
    if (!lane || (event.button !== 0 && event.pointerType === "mouse")) return;
    target.focus();
    gutter.setPointerCapture?.(event.pointerId);
    drag = { id: event.pointerId, lane, y: event.clientY };
  };
  const move = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return;
    const up = drag.y - event.clientY;
    if (up === 0) return;
    drag.y = event.clientY;
    // Fingers scroll the lanes where there are more than fit, else the page.
    if (event.pointerType === "touch") target.scrollBy(up);
    else if (event.shiftKey) state.shiftLane(drag.lane, up / target.layout().laneHeight);
    else state.magnifyLane(drag.lane, Math.exp(up * 0.012));
  };
  const end = (event: PointerEvent): void => {
    if (drag?.id === event.pointerId) drag = null;
  };
  const fit = (event: MouseEvent): void => {
    const lane = target.laneAt(event.clientY);
    if (lane) state.autoScale(lane);
  };
  gutter.addEventListener("pointerdown", down, { signal });
  gutter.addEventListener("pointermove", move, { signal });
  gutter.addEventListener("pointerup", end, { signal });
  gutter.addEventListener("pointercancel", end, { signal });
  gutter.addEventListener("lostpointercapture", end, { signal });
  gutter.addEventListener("dblclick", fit, { signal });
}

export class Scrollbar {
  private readonly track = document.createElement("div");
  private readonly thumb = document.createElement("div");

  constructor(
    parent: HTMLElement,
    private readonly target: WheelTarget,
    signal: AbortSignal,
  ) {
    this.track.className = "vv-scrollbar";
    this.track.setAttribute("role", "scrollbar");
    this.track.setAttribute("aria-orientation", "vertical");
    this.track.setAttribute("aria-label", "Channels");
    this.thumb.className = "vv-thumb";
    this.track.append(this.thumb);
    parent.append(this.track);
    let from: { id: number; y: number } | null = null;
    const down = (event: PointerEvent): void => {
      this.track.setPointerCapture?.(event.pointerId);
      if (event.target !== this.thumb) {
        const box = this.thumb.getBoundingClientRect();
        target.scrollBy((event.clientY - (box.top + box.height / 2)) * this.ratio());
      }
      from = { id: event.pointerId, y: event.clientY };
      event.preventDefault();
    };
    const move = (event: PointerEvent): void => {
      if (from?.id !== event.pointerId) return;
      target.scrollBy((event.clientY - from.y) * this.ratio());
      from.y = event.clientY;
    };
    const up = (): void => {
      from = null;
    };
    this.track.addEventListener("pointerdown", down, { signal });
    this.track.addEventListener("pointermove", move, { signal });
    this.track.addEventListener("pointerup", up, { signal });
    this.track.addEventListener("pointercancel", up, { signal });
    const wheel = (event: WheelEvent): void => {
      if (target.scrollBy(event.deltaY)) event.preventDefault();
      event.stopPropagation();
    };
    this.track.addEventListener("wheel", wheel, { signal, passive: false });
  }

  /** Pixels of lanes for a pixel of the thumb. */
  private ratio(): number {
    const { contentHeight, lanesHeight } = this.target.layout();
    return contentHeight / lanesHeight;
  }

  place(scroll: number): void {
    const { scrollbar, width, lanesTop, lanesHeight, contentHeight } = this.target.layout();
    const { style } = this.track;
    style.display = scrollbar > 0 ? "" : "none";
    if (scrollbar === 0) return;
    style.left = `${width - scrollbar}px`;
    style.width = `${scrollbar}px`;
    style.top = `${lanesTop}px`;
    style.height = `${lanesHeight}px`;
    const length = Math.max(24, (lanesHeight / contentHeight) * lanesHeight);
    const most = contentHeight - lanesHeight;
    const share = most > 0 ? scroll / most : 0;
    this.thumb.style.height = `${length}px`;
    this.thumb.style.transform = `translateY(${share * (lanesHeight - length)}px)`;
    this.track.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  }
}
