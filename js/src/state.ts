/** The state of the views of one model. It depends neither on the page nor on the kernel. */
import type { ChannelInfo, Description } from "./data/types.ts";
import { type LaneScale, magnify, newScale, shift } from "./math/autoscale.ts";
import { type Clock, parseStart } from "./math/clock.ts";
import { clampWindow, type Range, shortestSpan, zoomWindow } from "./math/scale.ts";
import { extentOf } from "./math/timebase.ts";

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
  /** Visible channels, in order. */
  lanes: ChannelInfo[] = [];
  clock: Clock | null = null;
  /** Number of gestures in progress; see `busy`. */
  #hands = 0;
  #names: readonly string[] | null = null;
  readonly #scales = new Map<string, LaneScale>();
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
      this.lanes.map((lane) => lane.fs),
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

  /** Shows these channels in this order; null shows all. Unknown names are ignored. */
  setChannels(names: readonly string[] | null): void {
    this.#names = names;
    this.#choose();
    this.#notify("lanes");
  }

  #choose(): void {
    const all = this.description.channels;
    if (this.#names === null) {
      this.lanes = [...all];
      return;
    }
    const byName = new Map(all.map((channel) => [channel.name, channel]));
    this.lanes = this.#names.flatMap((name) => byName.get(name) ?? []);
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
    let scale = this.#scales.get(channel.name);
    if (!scale) {
      scale = newScale(channel.range);
      this.#scales.set(channel.name, scale);
    }
    return scale;
  }

  magnifyLane(channel: ChannelInfo, factor: number): void {
    magnify(this.scaleOf(channel), factor);
    this.#notify("lanes");
  }

  shiftLane(channel: ChannelInfo, share: number): void {
    shift(this.scaleOf(channel), share);
    this.#notify("lanes");
  }

  magnifyAll(factor: number): void {
    for (const lane of this.lanes) magnify(this.scaleOf(lane), factor);
    this.#notify("lanes");
  }

  /** Resets the scale of a channel, or of all channels, to the automatic one. */
  autoScale(channel: ChannelInfo | null): void {
    for (const lane of channel ? [channel] : this.lanes) {
      this.#scales.set(lane.name, newScale(null));
    }
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
