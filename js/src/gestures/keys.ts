/** Keyboard commands of a view that has the focus. */
import type { ViewState } from "../state.ts";

export interface KeyTarget {
  state: ViewState;
  /** Scrolls by a number of lanes. */
  scrollLanes(lanes: number): void;
  toggleHelp(): void;
  /** Closes the help; returns false if it was not open. */
  closeHelp(): boolean;
}

/** Handles a key; returns false if the key has no function. */
export function press(event: KeyboardEvent, target: KeyTarget): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { state } = target;
  const span = state.t1 - state.t0;
  const share = event.shiftKey ? 0.5 : 0.1;
  switch (event.key) {
    case "ArrowLeft":
      state.pan(-span * share);
      return true;
    case "ArrowRight":
      state.pan(span * share);
      return true;
    case "ArrowUp":
      target.scrollLanes(-1);
      return true;
    case "ArrowDown":
      target.scrollLanes(1);
      return true;
    case "PageUp":
      state.pan(-span);
      return true;
    case "PageDown":
      state.pan(span);
      return true;
    case "Home":
      state.setWindow(0, span);
      return true;
    case "End":
      state.setWindow(state.duration - span, state.duration);
      return true;
    case "+":
    case "=":
      state.zoom(1 / 1.5);
      return true;
    case "-":
    case "_":
      state.zoom(1.5);
      return true;
    case "[":
      state.magnifyAll(1 / 1.25);
      return true;
    case "]":
      state.magnifyAll(1.25);
      return true;
    case "a":
    case "A":
      state.autoScale(null);
      return true;
    case "?":
      target.toggleHelp();
      return true;
    case "Escape":
      if (target.closeHelp()) return true;
      // If there is nothing to close or clear, JupyterLab handles Escape.
      if (state.selection === null) return false;
      state.setSelection(null);
      return true;
    default:
      return false;
  }
}
