/**
 * Mouse wheel, and two-finger gestures of trackpads, which arrive as wheel events.
 *
 * A plain vertical wheel belongs to the page until the view has the focus: these events are left
 * alone and reach the root of the view.
 */
import type { LaneTarget } from "./target.ts";

/** Distance of a wheel event in pixels. */
export function wheelPixels(event: WheelEvent): { dx: number; dy: number } {
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
  return { dx: event.deltaX * unit, dy: event.deltaY * unit };
}

/** Whether a wheel event scrolls the page: it is vertical, and no modifier claims it. */
export function scrollsPage(event: WheelEvent, focused: boolean): boolean {
  if (focused || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
  return Math.abs(event.deltaY) >= Math.abs(event.deltaX);
}

export function listenToWheel(
  plot: HTMLElement,
  gutter: HTMLElement,
  target: LaneTarget,
  signal: AbortSignal,
): void {
  const { state } = target;
  let release: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const letGo = (): void => {
    clearTimeout(timer);
    release?.();
    release = null;
  };
  // Wheel gestures have no end event: they end when no event has come for a while.
  const hold = (): void => {
    release ??= state.hold();
    clearTimeout(timer);
    timer = setTimeout(letGo, 200);
  };

  const overPlot = (event: WheelEvent): void => {
    if (scrollsPage(event, target.focused())) return;
    event.preventDefault();
    event.stopPropagation();
    const { dx, dy } = wheelPixels(event);
    const { plotWidth } = target.layout();
    const perPixel = (state.t1 - state.t0) / plotWidth;
    if (event.altKey) {
      const lane = target.laneAt(event.clientY);
      if (lane) state.magnifyLane(lane, Math.exp(-(dy || dx) * 0.002));
      return;
    }
    hold();
    if (event.ctrlKey || event.metaKey || (Math.abs(dy) >= Math.abs(dx) && !event.shiftKey)) {
      const x = event.clientX - plot.getBoundingClientRect().left;
      // A pinch on a trackpad arrives as small steps with Ctrl.
      const strength = event.ctrlKey && Math.abs(dy) < 40 ? 0.01 : 0.002;
      const factor = Math.exp(Math.max(-240, Math.min(240, dy)) * strength);
      state.zoom(factor, state.t0 + Math.max(0, Math.min(x, plotWidth)) * perPixel);
    } else state.pan((Math.abs(dx) > Math.abs(dy) ? dx : dy) * perPixel);
  };

  const overGutter = (event: WheelEvent): void => {
    if (scrollsPage(event, target.focused())) return;
    const { dx, dy } = wheelPixels(event);
    const scrolls = target.layout().scrollbar > 0 && !event.altKey;
    const lane = scrolls ? null : target.laneAt(event.clientY);
    // With Shift, browsers report a horizontal wheel.
    if (lane && event.shiftKey) state.shiftLane(lane, -(dy || dx) * 0.0005);
    else if (lane) state.magnifyLane(lane, Math.exp(-dy * 0.002));
    // If the lanes cannot be scrolled any further, the page scrolls.
    else if (!target.scrollBy(dy)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  plot.addEventListener("wheel", overPlot, { signal, passive: false });
  gutter.addEventListener("wheel", overGutter, { signal, passive: false });
  signal.addEventListener("abort", letGo, { once: true });
}
