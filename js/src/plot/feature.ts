/** A feature: one capability of a view, with its keys, its gestures, its controls and its drawing. */
import type { AnnotationSet } from "../data/types.ts";
import type { Command } from "../gestures/commands.ts";
import type { Drag, LaneTarget } from "../gestures/target.ts";
import type { Layout } from "../math/layout.ts";
import type { Tick } from "../math/ticks.ts";
import type { Change, ViewState } from "../state/viewstate.ts";
import type { DrawnLane } from "./lanes.ts";
import type { Session } from "./session.ts";
import type { Theme } from "./theme.ts";

/** What is on screen in one frame. */
export interface Frame {
  state: ViewState;
  box: Layout;
  theme: Theme;
  ticks: readonly Tick[];
  drawn: readonly DrawnLane[];
  annotations: AnnotationSet | null;
  /** Position of the pointer in CSS pixels of the plot, null outside. */
  pointer: number | null;
}

/** Parts of a view that a frame redraws; the overlay is redrawn in every frame. */
export type Part = "lanes" | "gutter" | "overview" | "layout";

/** The view as its features see it. */
export interface ViewHost extends LaneTarget {
  readonly session: Session;
  readonly root: HTMLElement;
  /** Row of controls above the lanes; it takes no space while it is empty. */
  readonly toolbar: HTMLElement;
  /** Column beside the lanes; it takes no space while it is empty. */
  readonly side: HTMLElement;
  /** Element over the lanes for labels and menus; it has the size of the whole drawing. */
  readonly body: HTMLElement;
  /** Element over the lanes that receives the pointer. */
  readonly plot: HTMLElement;
  /** Where the cursor is that keys move: name of a channel and seconds; null without a cursor. */
  cursor: { channel: string; t: number } | null;
  /** Aborted when the view is closed. */
  readonly signal: AbortSignal;
  /** Requests a frame. */
  touch(...parts: Part[]): void;
  /** Tells screen readers a text. */
  say(text: string): void;
  /** Scrolls to the lane of a channel. */
  reveal(name: string): void;
  /** What was drawn last. */
  drawn(): readonly DrawnLane[];
  /** All commands, in the order in which they are tried. */
  commands(): readonly Command[];
}

export interface Feature {
  readonly commands?: readonly Command[];
  /** Takes the gesture that starts with this event; null leaves it to other features. */
  claim?(event: PointerEvent): Drag | null;
  /** Takes the gesture of a finger that rests: it may move on, or be lifted where it is. */
  hold?(event: PointerEvent): Drag | null;
  /** Draws over the lanes, in CSS pixels from the top left of the plot. */
  paint?(g: CanvasRenderingContext2D, frame: Frame): void;
  changed?(change: Change): void;
}

export type FeatureMaker = (host: ViewHost) => Feature;
