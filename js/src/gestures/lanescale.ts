/** Drags on the channel names, which set the amplitude scale. */
import { laneExtent } from "../math/layout.ts";
import type { Lane } from "../state/lane.ts";
import type { LaneTarget } from "./target.ts";

export function listenToLaneScale(
  gutter: HTMLElement,
  target: LaneTarget,
  signal: AbortSignal,
): void {
  const { state } = target;
  let drag: { id: number; lane: Lane; height: number; y: number } | null = null;
  const down = (event: PointerEvent): void => {
    const lane = target.laneAt(event.clientY);
    if (!lane || (event.button !== 0 && event.pointerType === "mouse")) return;
    target.focus();
    gutter.setPointerCapture?.(event.pointerId);
    const [, height] = laneExtent(target.layout(), state.lanes.indexOf(lane));
    drag = { id: event.pointerId, lane, height, y: event.clientY };
  };
  const move = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return;
    const up = drag.y - event.clientY;
    if (up === 0) return;
    drag.y = event.clientY;
    // Fingers scroll the lanes if they do not all fit, else the page.
    if (event.pointerType === "touch") target.scrollBy(up);
    else if (event.shiftKey) state.shiftLane(drag.lane, up / drag.height);
    else state.magnifyLane(drag.lane, Math.exp(up * 0.012));
  };
  const end = (event: PointerEvent): void => {
    if (drag?.id === event.pointerId) drag = null;
  };
  const fit = (event: MouseEvent): void => {
    const lane = target.laneAt(event.clientY);
    if (lane) state.fitScales(lane.signals);
  };
  gutter.addEventListener("pointerdown", down, { signal });
  gutter.addEventListener("pointermove", move, { signal });
  gutter.addEventListener("pointerup", end, { signal });
  gutter.addEventListener("pointercancel", end, { signal });
  gutter.addEventListener("lostpointercapture", end, { signal });
  gutter.addEventListener("dblclick", fit, { signal });
}
