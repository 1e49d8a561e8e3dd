/** The state of the views of one model. It depends neither on the page nor on the kernel. */
import type { ChannelInfo, Description } from "../data/types.ts";
import type { LaneScale } from "../math/autoscale.ts";
import { type Clock, parseStart } from "../math/clock.ts";
import { type Epochs, pageOf, snapped } from "../math/epochs.ts";
import { clampWindow, type Range, shortestSpan, zoomWindow } from "../math/scale.ts";
import { extentOf } from "../math/timebase.ts";
import { Arrangement } from "./arrangement.ts";
import { magnify, shift, stepGain } from "./handscale.ts";
import { WindowHistory } from "./history.ts";
import { LANE_OPTIONS, type Lane, type LaneOptions, lanesOf } from "./lane.ts";
import { type LaneChoice, NO_CHOICE } from "./lanechoice.ts";
import { MarkingState } from "./markingstate.ts";
import { MarkState } from "./markstate.ts";
import { MeasureState } from "./measurestate.ts";
import { Pace } from "./pace.ts";
import { Scales } from "./scales.ts";
import { epochsOf, TIME_OPTIONS, type TimeOptions } from "./timeoptions.ts";

/**
 * What changed: the window, the lanes (channels, description), the amplitude scales, the pace (paper
 * speed or page), how lanes are drawn, the selection, the height, how time is shown, the toolbar,
 * the choice of montage and filters, calipers and rulers, which marks are shown and how, marking,
 * the link to other viewers; "arrangement": the user has arranged the lanes; "release": the user has
 * finished a gesture.
 */
export type Change =
  | "window"
  | "lanes"
  | "scales"
  | "pace"
  | "drawing"
  | "selection"
  | "mark"
  | "height"
  | "time"
  | "toolbar"
  | "choice"
  | "link"
  | "measure"
  | "marks"
  | "marking"
  | "arrangement"
  | "release";

/** How a viewer moves together with others. */
export interface Link {
  /** Viewers of a page with the same group move together; "" alone. */
  group: string;
  /** Start of the recording in seconds on the time axis of the group. */
  origin: number;
  /** Number of other viewers on the page. */
  others: number;
}

/** As `HEIGHT_LIMITS` of the kernel (CSS pixels). */
const MAX_HEIGHT = 10_000;

/** Lines behind the traces: at round times, of ECG paper, or none. */
export const GRIDS = ["time", "ecg", "none"] as const;
export type Grid = (typeof GRIDS)[number];

export class ViewState {
  t0 = 0;
  t1 = 0;
  selection: Range | null = null;
  /** A time that a panel of the kernel points at, in seconds. */
  marked: number | null = null;
  height = 420;
  /** Visible lanes, in order. */
  lanes: Lane[] = [];
  #signals: readonly ChannelInfo[] = [];
  /** Highest sampling rate of the signals (Hz), 0 without any. */
  #fastest = 0;
  /** The clock time of the recording, null if it is unknown. */
  start: Clock | null = null;
  time: Readonly<TimeOptions> = TIME_OPTIONS;
  toolbar = true;
  choice: Readonly<LaneChoice> = NO_CHOICE;
  link: Readonly<Link> = { group: "", origin: 0, others: 0 };
  /** The window is being moved by another viewer. */
  led = false;
  readonly history = new WindowHistory();
  grid: Grid = "time";
  /** Traces may leave their lanes. */
  overlap = false;
  /** How a resting window is reduced: "minmax", or the name of a selection of points. */
  aggregator = "minmax";
  /** The channels whose scale the user has changed last. */
  rescaled: readonly ChannelInfo[] = [];
  readonly measure = new MeasureState(() => this.#notify("measure"));
  readonly marks = new MarkState(() => this.#notify("marks"));
  readonly marking = new MarkingState(() => this.#notify("marking"));
  /** Number of gestures in progress; see `busy`. */
  #hands = 0;
  readonly arrangement = new Arrangement(this);
  #options: LaneOptions = LANE_OPTIONS;
  readonly scales = new Scales();
  readonly pace = new Pace();
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
    return shortestSpan(this.#fastest, this.duration);
  }

  /** Whether the file is still being read: the recording extends beyond the known samples. */
  get reading(): boolean {
    const { channels, duration } = this.description;
    if (channels.length === 0) return false;
    return channels.every(({ timebase, fs }) => duration - extentOf(timebase)[1] > 1 / fs);
  }

  /** Sets a new description of the same recording, of which more is known. */
  describe(description: Description): void {
    const before = new Map(this.signals.map(({ name, index }) => [name, index]));
    const everything = this.t0 === 0 && this.t1 === this.duration;
    this.description = description;
    this.start = parseStart(description.start);
    this.arrangement.describe();
    this.#choose();
    const others = this.signals.filter(({ name, index }) => before.get(name) !== index);
    this.scales.renew(others.filter(({ name }) => before.has(name)));
    if (everything) this.t1 = description.duration;
    [this.t0, this.t1] = clampWindow(this.t0, this.t1, this.duration, this.minSpan);
    this.#notify("lanes");
    this.#notify("window");
  }

  /** Changes which lanes are shown and what they contain; the user arranges by `arrangement`. */
  setLanes(options: Partial<LaneOptions>, byUser = false): void {
    this.#options = { ...this.#options, ...options };
    this.#choose();
    this.#notify("lanes");
    if (byUser) this.#notify("arrangement");
  }

  /** Sets the montage, the filters, or what can be chosen. */
  setChoice(choice: Partial<LaneChoice>): void {
    this.choice = { ...this.choice, ...choice };
    this.#notify("choice");
  }

  get laneOptions(): LaneOptions {
    return this.#options;
  }

  /** The channels of all visible lanes. */
  get signals(): readonly ChannelInfo[] {
    return this.#signals;
  }

  #choose(): void {
    this.lanes = lanesOf(this.description.channels, this.#options);
    this.#signals = this.lanes.flatMap(({ signals }) => signals);
    this.#fastest = this.#signals.reduce((most, { fs }) => Math.max(most, fs), 0);
  }

  /** The clock by which times are shown; null: the time since the start is shown. */
  get clock(): Clock | null {
    return this.time.elapsed ? null : this.start;
  }

  get epochs(): Epochs | null {
    return epochsOf(this.time);
  }

  setTime(options: Partial<TimeOptions>): void {
    const next = { ...this.time, ...options };
    if (JSON.stringify(next) === JSON.stringify(this.time)) return;
    this.time = next;
    this.#notify("time");
  }

  setToolbar(shown: boolean): void {
    if (shown === this.toolbar) return;
    this.toolbar = shown;
    this.#notify("toolbar");
  }

  setLink(link: Partial<Link>): void {
    const next = { ...this.link, ...link };
    if (JSON.stringify(next) === JSON.stringify(this.link)) return;
    this.link = next;
    this.#notify("link");
  }

  setWindow(t0: number, t1: number): void {
    this.#move(t0, t1, true);
  }

  /** Moves the window; its length stays if a paper speed or a page is set. */
  goTo(t0: number, t1: number, kept = true): void {
    this.#move(t0, t0 + (this.#pacedSpan ?? t1 - t0), kept);
  }

  get #pacedSpan(): number | null {
    return this.pace.span(this.scales.pxPerMm);
  }

  #move(t0: number, t1: number, kept: boolean): void {
    const paced = this.#pacedSpan;
    if (paced !== null && Math.abs(t1 - t0 - paced) > paced * 1e-6) {
      this.pace.release();
      this.#notify("pace");
    }
    // Paper is not stretched where the recording is shorter than the page.
    const longest = Math.max(this.duration, this.#pacedSpan ?? 0);
    const [a, b] = clampWindow(t0, t1, longest, this.minSpan);
    if (a === this.t0 && b === this.t1) return;
    if (kept) this.history.leave([this.t0, this.t1], this.busy);
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

  /** Moves the window at once; one can go back to the present one. */
  jump(t0: number, t1: number): void {
    this.history.rest();
    this.setWindow(t0, t1);
    this.history.rest();
  }

  /** Shows the same time as another viewer. */
  follow(t0: number, t1: number): void {
    this.led = true;
    this.setWindow(t0, t1);
    this.led = false;
  }

  showAll(): void {
    this.jump(0, this.duration);
  }

  /** One page forward (1) or back (-1), from epoch to epoch if there are any. */
  page(pages: number): void {
    this.setWindow(...pageOf(this.epochs, [this.t0, this.t1], pages));
  }

  /** Sets the length of the window; it keeps its start, or starts with an epoch. */
  setSpan(span: number): void {
    const { epochs, t0 } = this;
    const window: Range = [t0, t0 + Math.min(span, this.duration)];
    const whole = epochs !== null && span >= epochs.length * (1 - 1e-6) && span < this.duration;
    this.jump(...(whole ? snapped(epochs, window) : window));
  }

  goBack(): boolean {
    return this.#return(this.history.back([this.t0, this.t1]));
  }

  goForward(): boolean {
    return this.#return(this.history.forward([this.t0, this.t1]));
  }

  #return(window: Range | null): boolean {
    if (window) this.#move(...window, false);
    return window !== null;
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

  setMarked(t: number | null): void {
    this.marked = t;
    this.#notify("mark");
  }

  setHeight(height: number): void {
    if (!(height > 0) || height === this.height) return;
    this.height = Math.min(height, MAX_HEIGHT);
    this.#notify("height");
  }

  /** Sets a paper speed in mm/s or a page in s, which determine the length of the window. */
  setPace(pace: Partial<Pick<Pace, "paperSpeed" | "page">>): void {
    const { paperSpeed = null, page = null } = pace;
    if (paperSpeed === this.pace.paperSpeed && page === this.pace.page) return;
    Object.assign(this.pace, { paperSpeed, page });
    this.#notify("pace");
    this.goTo(this.t0, this.t1);
  }

  /** The lanes were laid out: sizes in CSS pixels. */
  laidOut(width: number, heights: readonly number[]): void {
    this.scales.place(this.lanes, heights);
    if (width === this.pace.width) return;
    this.pace.width = width;
    if (this.pace.paperSpeed !== null) this.goTo(this.t0, this.t1, false);
  }

  /** Sets the size of a millimetre on this screen, in CSS pixels. */
  setPxPerMm(size: number): void {
    if (!(size > 0) || size === this.scales.pxPerMm) return;
    this.scales.pxPerMm = size;
    this.#notify("scales");
    if (this.pace.paperSpeed !== null) this.goTo(this.t0, this.t1, false);
  }

  setScales({ values, positions }: Partial<Pick<Scales, "values" | "positions">>): void {
    if (values) this.scales.values = values;
    if (positions) this.scales.positions = positions;
    this.rescaled = [];
    this.#notify("scales");
  }

  setDrawing(changed: Partial<Pick<ViewState, "grid" | "overlap" | "aggregator">>): void {
    Object.assign(this, changed);
    this.#notify("drawing");
  }

  scaleOf(channel: ChannelInfo): LaneScale {
    return this.scales.of(channel);
  }

  #rescale(channels: readonly ChannelInfo[]): void {
    this.rescaled = channels;
    // Several gestures may come before the next frame.
    for (const channel of channels) this.scales.resolve(channel);
    this.#notify("scales");
  }

  /** Multiplies the amplitude of a lane and of those that share its scale. */
  magnifyLane({ signals }: Lane, factor: number): void {
    magnify(this.scales, signals, factor);
    this.#rescale(signals);
  }

  shiftLane({ signals }: Lane, share: number): void {
    shift(this.scales, signals, share);
    this.#rescale(signals);
  }

  /** Sets the next larger or smaller usual gain. */
  stepGain(larger: boolean, channels: readonly ChannelInfo[] = this.signals): void {
    stepGain(this.scales, channels, larger);
    this.#rescale(channels);
  }

  /** Fits scales to the window. */
  fitScales(channels: readonly ChannelInfo[] = this.signals): void {
    this.scales.fit(channels);
    this.#rescale(channels);
  }

  /** Prevents other changes of the window during a gesture; returns a function that ends this. */
  hold(): () => void {
    this.#hands++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#hands--;
      if (this.#hands > 0) return;
      this.history.release();
      this.#notify("release");
    };
  }

  get busy(): boolean {
    return this.#hands > 0;
  }
}
