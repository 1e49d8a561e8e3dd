/** What the gestures need of a view. */
import type { Layout } from "../math/layout.ts";
import type { Lane } from "../state/lane.ts";
import type { ViewState } from "../state/viewstate.ts";

export interface GestureTarget {
  state: ViewState;
  layout(): Layout;
  /** Places the crosshair, in CSS pixels of the plot; null removes it. */
  point(x: number | null): void;
  focus(): void;
}

/** A gesture of a feature: from a pointer that goes down until it goes up. */
export interface Drag {
  move(event: PointerEvent): void;
  /** `moved` is false for a click. */
  end(event: PointerEvent, moved: boolean): void;
  /** The browser or a second finger ended the gesture: nothing may change. */
  cancel(): void;
}

export interface PanTarget extends GestureTarget {
  /** A feature takes the gesture; null pans. */
  claim(event: PointerEvent): Drag | null;
  /** A feature takes the gesture of a finger that has rested; null leaves it a pan. */
  hold?(event: PointerEvent): Drag | null;
}

export interface LaneTarget extends GestureTarget {
  /** Whether the view or a part of it has the focus. */
  focused(): boolean;
  laneAt(clientY: number): Lane | null;
  /** Scrolls the lanes; returns false if they cannot be scrolled any further. */
  scrollBy(pixels: number): boolean;
}

export interface OverviewTarget extends GestureTarget {
  /** Left edge and width of the frame that marks the window, in CSS pixels of the plot. */
  frameOf(): [number, number];
}
