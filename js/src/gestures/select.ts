/** Shift + drag selects a time range, Shift + click clears the selection. */
import type { Drag, GestureTarget } from "./target.ts";

/** The gesture that selects; null if this event does not start one. */
export function selectDrag(
  event: PointerEvent,
  area: HTMLElement,
  target: GestureTarget,
): Drag | null {
  return event.shiftKey ? rangeDrag(event, area, target) : null;
}

/** Selects from where the pointer is to where it is moved. */
export function rangeDrag(event: PointerEvent, area: HTMLElement, target: GestureTarget): Drag {
  const { state } = target;
  const timeAt = ({ clientX }: PointerEvent): number => {
    const { plotWidth } = target.layout();
    const x = Math.max(0, Math.min(clientX - area.getBoundingClientRect().left, plotWidth));
    return state.t0 + ((state.t1 - state.t0) * x) / plotWidth;
  };
  const from = timeAt(event);
  const before = state.selection;
  return {
    move(moved) {
      target.point(null);
      state.setSelection([from, timeAt(moved)]);
    },
    end(_, moved) {
      if (!moved) state.setSelection(null);
    },
    cancel: () => state.setSelection(before),
  };
}
