/** The state of the views of one model. It depends neither on the page nor on the kernel. */
import type { ChannelInfo, Description } from "../data/types.ts";
import type { LaneScale } from "../math/autoscale.ts";
import { type Clock, parseStart } from "../math/clock.ts";
import { clampWindow, type Range, shortestSpan, zoomWindow } from "../math/scale.ts";
import { extentOf } from "../math/timebase.ts";
import { type Lane, type LaneOptions, lanesOf } from "./lane.ts";
import { Scales } from "./scales.ts";

/**
 * What changed: the window, the lanes (channels, description, scales), the selection, the height;
 * "release": the user has finished a gesture.
 */
export type Change = "window" | "lanes" | "selection" | "height" | "release";

export class ViewState {
  t0 = 0;
  t1 = 0;
  selection: Range | null = null;
  height = 420;
  /** Visible lanes, in order. */
  lanes: Lane[] = [];
  clock: Clock | null = null;
  /** Number of gestures in progress; see `busy`. */
  #hands = 0;
  #options: LaneOptions = { names: null, overlaid: new Map(), weights: new Map() };
  readonly #scales = new Scales();
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(public description: Description) {
    this.describe(description);
    this.t1 = description.duration;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  get duration(): number {
    return this.description.duration;
  }

  get minSpan(): number {
    return shortestSpan(
      this.signals.map(({ fs }) => fs),
      this.duration,
    );
  }

  /** Whether the file is still being read: the recording extends beyond the known samples. */
  get reading(): boolean {
    const { channels, duration } = this.description;
    if (channels.length === 0) return false;
    return channels.every(({ timebase, fs }) => duration - extentOf(timebase)[1] > 1 / fs);
  }

  /** Sets a new description of the same recording, of which more is known. */
  describe(description: Description): void {
    const everything = this.t0 === 0 && this.t1 === this.duration;
    this.description = description;
    this.clock = parseStart(description.start);
    this.#choose();
    if (everything) this.t1 = description.duration;
    [this.t0, this.t1] = clampWindow(this.t0, this.t1, this.duration, this.minSpan);
    this.#notify("lanes");
    this.#notify("window");
  }

  /** Changes which lanes are shown and what they contain. */
  setLanes(options: Partial<LaneOptions>): void {
    this.#options = { ...this.#options, ...options };
    this.#choose();
    this.#notify("lanes");
  }

  get laneOptions(): LaneOptions {
    return this.#options;
  }

  /** The channels of all visible lanes. */
  get signals(): ChannelInfo[] {
    return this.lanes.flatMap((lane) => lane.signals);
  }

  #choose(): void {
    this.lanes = lanesOf(this.description.channels, this.#options);
  }

  setWindow(t0: number, t1: number): void {
    const [a, b] = clampWindow(t0, t1, this.duration, this.minSpan);
    if (a === this.t0 && b === this.t1) return;
    this.t0 = a;
    this.t1 = b;
    this.#notify("window");
  }

  pan(seconds: number): void {
    this.setWindow(this.t0 + seconds, this.t1 + seconds);
  }

  zoom(factor: number, at = (this.t0 + this.t1) / 2): void {
    const [a, b] = zoomWindow([this.t0, this.t1], factor, at, this.duration, this.minSpan);
    this.setWindow(a, b);
  }

  showAll(): void {
    this.setWindow(0, this.duration);
  }

  setSelection(selection: Range | null): void {
    let next: Range | null = null;
    if (selection) {
      const [a, b] = selection[0] <= selection[1] ? selection : [selection[1], selection[0]];
      const from = Math.max(0, a);
      const to = Math.min(this.duration, b);
      if (to > from) next = [from, to];
    }
    if (next?.[0] === this.selection?.[0] && next?.[1] === this.selection?.[1]) return;
    this.selection = next;
    this.#notify("selection");
  }

  setHeight(height: number): void {
    if (!(height > 0) || height === this.height) return;
    this.height = height;
    this.#notify("height");
  }

  scaleOf(channel: ChannelInfo): LaneScale {
    return this.#scales.of(channel);
  }

  magnifyLane(lane: Lane, factor: number): void {
    this.#scales.magnify(lane.signals, factor);
    this.#notify("lanes");
  }

  shiftLane(lane: Lane, share: number): void {
    this.#scales.shift(lane.signals, share);
    this.#notify("lanes");
  }

  magnifyAll(factor: number): void {
    this.#scales.magnify(this.signals, factor);
    this.#notify("lanes");
  }

  /** Resets the scales of a lane, or of all lanes, to the automatic ones. */
  autoScale(lane: Lane | null): void {
    this.#scales.auto(lane ? lane.signals : this.signals);
    this.#notify("lanes");
  }

  /** Prevents other changes of the window during a gesture; returns a function that ends this. */
  hold(): () => void {
    this.#hands++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#hands--;
      if (this.#hands === 0) this.#notify("release");
    };
  }

  get busy(): boolean {
    return this.#hands > 0;
  }
}
