/** What the gestures need of a view. */
import type { ChannelInfo } from "../data/types.ts";
import type { Layout } from "../math/layout.ts";
import type { ViewState } from "../state.ts";

export interface GestureTarget {
  state: ViewState;
  layout(): Layout;
  /** Places the crosshair, in CSS pixels of the plot; null removes it. */
  point(x: number | null): void;
  focus(): void;
}

export interface LaneTarget extends GestureTarget {
  laneAt(clientY: number): ChannelInfo | null;
  /** Scrolls the lanes; returns false if they cannot be scrolled any further. */
  scrollBy(pixels: number): boolean;
}

export interface OverviewTarget extends GestureTarget {
  /** Left edge and width of the frame that marks the window, in CSS pixels of the plot. */
  frameOf(): [number, number];
}
