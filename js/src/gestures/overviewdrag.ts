/** Drags on the overview: move the window, move its edges, or jump to another time. */
import type { OverviewTarget } from "./target.ts";

type Grip = "start" | "end" | "middle" | "elsewhere";

/** The part of the frame at a position; a narrow frame keeps a middle that can be dragged. */
export function gripAt(x: number, left: number, width: number, touch: boolean): Grip {
  const outside = touch ? 14 : 6;
  const inside = Math.min(touch ? 14 : 6, width / 4);
  if (x < left - outside || x > left + width + outside) return "elsewhere";
  if (x < left + inside) return width < 16 && x >= left - 1 ? "middle" : "start";
  if (x > left + width - inside) return width < 16 && x <= left + width + 1 ? "middle" : "end";
  return "middle";
}

export function listenToOverview(
  area: HTMLElement,
  target: OverviewTarget,
  signal: AbortSignal,
): void {
  const { state } = target;
  let drag: { id: number; grip: Grip; x: number; t0: number; t1: number } | null = null;
  let release: (() => void) | null = null;
  const xOf = (event: PointerEvent): number => event.clientX - area.getBoundingClientRect().left;
  const gripOf = (event: PointerEvent): Grip =>
    gripAt(xOf(event), ...target.frameOf(), event.pointerType === "touch");

  const down = (event: PointerEvent): void => {
    if (drag || (event.button !== 0 && event.pointerType === "mouse")) return;
    target.focus();
    area.setPointerCapture?.(event.pointerId);
    release = state.hold();
    const x = xOf(event);
    let grip = gripOf(event);
    if (grip === "elsewhere") {
      const centre = (x / target.layout().plotWidth) * state.duration;
      const half = (state.t1 - state.t0) / 2;
      state.setWindow(centre - half, centre + half);
      grip = "middle";
    }
    drag = { id: event.pointerId, grip, x, t0: state.t0, t1: state.t1 };
  };

  const move = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) {
      const grip = gripOf(event);
      const edge = grip === "start" || grip === "end";
      area.style.cursor = edge ? "ew-resize" : grip === "middle" ? "grab" : "pointer";
      return;
    }
    const { grip, t0, t1 } = drag;
    const by = ((xOf(event) - drag.x) / target.layout().plotWidth) * state.duration;
    if (grip === "middle") state.setWindow(t0 + by, t1 + by);
    else if (grip === "start") {
      state.setWindow(Math.max(0, Math.min(t0 + by, t1 - state.minSpan)), t1);
    } else state.setWindow(t0, Math.min(state.duration, Math.max(t1 + by, t0 + state.minSpan)));
  };

  const up = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return;
    drag = null;
    release?.();
  };

  area.addEventListener("pointerdown", down, { signal });
  area.addEventListener("pointermove", move, { signal });
  area.addEventListener("pointerup", up, { signal });
  area.addEventListener("pointercancel", up, { signal });
  area.addEventListener("lostpointercapture", up, { signal });
  area.addEventListener("dblclick", () => state.showAll(), { signal });
  signal.addEventListener("abort", () => release?.(), { once: true });
}
