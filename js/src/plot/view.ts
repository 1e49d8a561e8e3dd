/** One view on the page: its animation frames, and what each frame draws. */
import { type Command, laneCommands, listenToKeys, windowCommands } from "../gestures/commands.ts";
import { listenToLaneScale } from "../gestures/lanescale.ts";
import { listenToOverview } from "../gestures/overviewdrag.ts";
import { listenToPan } from "../gestures/pan.ts";
import type { Drag, OverviewTarget, PanTarget } from "../gestures/target.ts";
import { listenToWheel } from "../gestures/wheel.ts";
import {
  clampScroll,
  drawable,
  innerHeight,
  type Layout,
  laneAt,
  laneExtent,
  lanesInView,
  layoutOf,
} from "../math/layout.ts";
import { type Tick, timeTicks } from "../math/ticks.ts";
import { watchPixelRatio } from "../page/pixelratio.ts";
import type { Lane } from "../state/lane.ts";
import type { Change, ViewState } from "../state/viewstate.ts";
import { AXIS_FONT, paintAxis } from "./axis.ts";
import type { Feature, FeatureMaker, Part, ViewHost } from "./feature.ts";
import { paintGutter, widestName } from "./gutter.ts";
import { type DrawnLane, LanePainter } from "./lanes.ts";
import { News } from "./news.ts";
import { Notices } from "./notices.ts";
import { Overview, paintExtent } from "./overview.ts";
import { Scrollbar } from "./scrollbar.ts";
import type { Session } from "./session.ts";
import { Stage } from "./stage.ts";
import { outcomeOf, Status } from "./status.ts";
import { readTheme, type Theme, watchTheme } from "./theme.ts";
import { emptyText, viewLabel } from "./viewlabel.ts";
import { ViewMarks } from "./viewmarks.ts";
import { WorkBar } from "./workbar.ts";

/** Views are numbered, so that each can request its own data. */
let views = 0;

export class View implements ViewHost, PanTarget, OverviewTarget {
  readonly state: ViewState;
  readonly session: Session;
  readonly signal: AbortSignal;
  cursor: ViewHost["cursor"] = null;
  readonly #stage: Stage;
  readonly #overview: Overview;
  readonly #scrollbar: Scrollbar;
  readonly #notices: Notices;
  readonly #building: WorkBar;
  readonly #painter = new LanePainter();
  readonly #status: Status;
  readonly #features: readonly Feature[];
  readonly #commands: readonly Command[];
  /** What the next frame must redraw. */
  readonly #dirty: Record<Part, boolean> = {
    lanes: true,
    gutter: true,
    overview: true,
    layout: true,
  };
  #theme: Theme | null = null;
  #box: Layout = layoutOf(0, 0, [], 1, 0);
  #scroll = 0;
  #pointer: number | null = null;
  readonly #marks: ViewMarks;
  #frame = 0;
  #ticks: Tick[] = [];
  #sizes: ResizeObserver | null = null;
  readonly #number = ++views;

  constructor(
    session: Session,
    parent: HTMLElement,
    signal: AbortSignal,
    features: readonly FeatureMaker[] = [],
  ) {
    this.session = session;
    this.signal = signal;
    this.state = session.state;
    this.#marks = new ViewMarks(this.state);
    const stage = new Stage(parent, signal);
    const news = new News(session, stage.announcer);
    this.#stage = stage;
    this.#status = new Status(stage.root);
    this.#notices = new Notices(stage.notices, news, signal);
    this.#overview = new Overview(stage.body);
    this.#scrollbar = new Scrollbar(stage.body, this, signal);
    this.#building = new WorkBar(stage.body, news, () => session.cancel(), signal);
    this.#features = features.map((make) => make(this));
    this.#commands = [
      ...this.#features.flatMap(({ commands = [] }) => commands),
      ...windowCommands(this.state),
      ...laneCommands(this.state, (lanes) => this.#scrollLanes(lanes)),
    ];
    this.#listen();
    this.#changed("height");
  }

  get root(): HTMLElement {
    return this.#stage.root;
  }

  get toolbar(): HTMLElement {
    return this.#stage.toolbar;
  }

  get side(): HTMLElement {
    return this.#stage.side;
  }

  get body(): HTMLElement {
    return this.#stage.body;
  }

  get plot(): HTMLElement {
    return this.#stage.areas.plot;
  }

  #listen(): void {
    const { state, signal } = this;
    const { root, body, areas } = this.#stage;
    listenToPan(areas.plot, this, signal);
    listenToWheel(areas.plot, areas.gutter, this, signal);
    listenToOverview(areas.strip, this, signal);
    listenToLaneScale(areas.gutter, this, signal);
    listenToKeys(root, this.#commands, signal);
    const resized = (): void => this.touch("layout", "lanes", "gutter", "overview");
    const restyled = (): void => {
      this.#theme = null;
      resized();
    };
    watchTheme(root, restyled, signal);
    watchPixelRatio(resized, signal);
    this.#sizes = new ResizeObserver(resized);
    this.#sizes.observe(body);
    const offs = [
      state.onChange((change) => this.#changed(change)),
      this.session.onData(() => this.touch("lanes", "gutter", "overview")),
      () => this.#sizes?.disconnect(),
      () => cancelAnimationFrame(this.#frame),
      () => this.#status.dispose(),
      () => root.remove(),
    ];
    signal.addEventListener("abort", () => offs.forEach((off) => void off()), { once: true });
  }

  #changed(change: Change): void {
    for (const feature of this.#features) feature.changed?.(change);
    if (change === "window" || change === "drawing" || change === "marks") this.touch("lanes");
    else if (change === "scales") this.touch("lanes", "gutter");
    else if (change === "pace") this.touch();
    else if (change === "lanes") this.touch("layout", "lanes", "gutter", "overview");
    else if (change === "selection" || change === "mark") this.touch();
    else if (change === "time") this.touch("lanes", "gutter");
    else if (change === "release") {
      if (this.#painter.follow(this.state)) this.touch("lanes", "gutter");
    } else if (change === "height") {
      this.root.style.height = `${this.state.height}px`;
      this.touch("layout", "lanes", "gutter", "overview");
    }
  }

  /** Requests a frame that redraws these parts; the overlay is redrawn in every frame. */
  touch(...parts: Part[]): void {
    for (const part of parts) this.#dirty[part] = true;
    if (this.#dirty.lanes) this.#status.unsettle();
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    const began = performance.now();
    this.#notices.set("note", this.session.note());
    this.#notices.set("error", this.session.error());
    if (this.#dirty.layout) this.#place();
    const { state } = this;
    const box = this.#box;
    const dirty = this.#dirty;
    // Hidden, for example in a background tab: drawn when it gets a size. The observer is renewed,
    // because it does not report a size that was lost and restored within a frame.
    if (box.width < 2 || box.height < 2) {
      dirty.layout = true;
      this.#sizes?.unobserve(this.body);
      this.#sizes?.observe(this.body);
      return;
    }
    const { lanes, gutter, overview } = dirty;
    Object.assign(dirty, { lanes: false, gutter: false, overview: false, layout: false });
    this.#theme ??= readTheme(this.root);
    const theme = this.#theme;
    const shown = this.#showEmpty();
    if (shown && lanes) this.#drawLanes(theme);
    if (gutter || dirty.gutter) paintGutter(this.#stage.gutter, state, box, theme, this.#scroll);
    dirty.gutter = false;
    if (shown && overview) this.#drawOverview(theme);
    this.#building.show(this.session.work(), this.#overview.unfilled, box);
    if (shown) this.#drawOverlay(theme);
    if (!lanes || this.#frame !== 0) return;
    const { t0, t1 } = state;
    this.#status.describe(viewLabel(state));
    const outcome = outcomeOf(this.session, shown, this.#painter, this.#marks.settled);
    this.#status.painted(t0, t1, outcome, performance.now() - began);
  }

  #drawOverlay(theme: Theme): void {
    const g = this.#stage.overlay.begin();
    const { state } = this;
    if (!g || !(state.t1 > state.t0)) return;
    const frame = {
      state,
      box: this.#box,
      theme,
      ticks: this.#ticks,
      drawn: this.#painter.drawn,
      annotations: this.#marks.set,
      pointer: this.#pointer,
    };
    for (const feature of this.#features) {
      g.save();
      feature.paint?.(g, frame);
      g.restore();
    }
    this.#stage.overlay.end();
  }

  #drawLanes(theme: Theme): void {
    const { state } = this;
    const box = this.#box;
    const { source } = this.session;
    const { t0, t1, lanes } = state;
    const stage = this.#stage;
    const [first, stop] = lanesInView(box, this.#scroll);
    const channelsIn = (from: number, to: number): number[] =>
      lanes
        .slice(Math.max(from, 0), to)
        .flatMap(({ signals }) => signals.filter(({ style }) => style !== "spectrogram"))
        .map(({ index }) => index);
    const channels = channelsIn(first, stop);
    const page = stop - first;
    const nearby = [...channelsIn(stop, stop + page), ...channelsIn(first - page, first)];
    const { width } = stage.plot;
    source.demand(channels, t0, t1, width, `window:${this.#number}`, nearby);
    const { context } = stage.axis;
    if (context) context.font = `${AXIS_FONT} ${theme.font}`;
    const measure = (text: string): number => context?.measureText(text).width ?? text.length * 6;
    this.#ticks = timeTicks(state.clock, t0, t1, box.plotWidth, measure).ticks;
    const replaced = this.#marks.update(state, source, box.plotWidth, box.height);
    if (replaced) this.touch("layout", "lanes", "gutter");
    this.#painter.final = this.session.absent() !== "";
    this.#painter.paint(stage.plot, state, source, box, theme, this.#ticks, this.#scroll);
    if (this.#painter.rescaled) this.#dirty.gutter = true;
    paintAxis(stage.axis, state, box, theme, this.#ticks);
    paintExtent(stage.extent, state, box, theme);
    this.#overview.place(state, box);
  }

  #drawOverview(theme: Theme): void {
    const whole = this.session.work() === null;
    const { strip } = this.#stage;
    const { source } = this.session;
    this.#overview.draw(strip, this.state, source, this.#box, theme, whole, this.#number);
  }

  /** Shows why there is nothing to draw; returns false if there is nothing. */
  #showEmpty(): boolean {
    const text = emptyText(
      this.state,
      this.session.work()?.active === true,
      this.session.error() !== "",
    );
    this.#stage.empty.textContent = text;
    this.#stage.empty.hidden = text === "";
    return text === "";
  }

  #place(): void {
    const stage = this.#stage;
    const { width, height, dpr } = drawable(...stage.size, window.devicePixelRatio);
    const { perPage } = this.state.laneOptions;
    const weights = this.state.lanes.map(({ weight }) => weight);
    this.#theme ??= readTheme(stage.root);
    const names = widestName(stage.gutter, this.state, this.#theme);
    const box = layoutOf(width, height, weights, dpr, this.#marks.rows, names, perPage);
    this.#box = box;
    this.#scroll = clampScroll(box, this.#scroll);
    stage.place(box);
    const heights = weights.map((_, k) => innerHeight(laneExtent(box, k)[1]));
    this.state.laidOut(box.plotWidth, heights);
    this.#scrollbar.place(this.#scroll);
    this.#overview.place(this.state, box);
    Object.assign(this.#dirty, { lanes: true, gutter: true, overview: true });
  }

  layout(): Layout {
    return this.#box;
  }

  frameOf(): [number, number] {
    const [left, width] = this.#overview.extent(this.state, this.#box);
    return [left - this.#box.gutter, width];
  }

  point(x: number | null): void {
    if (x === this.#pointer) return;
    this.#pointer = x !== null && x >= 0 && x <= this.#box.plotWidth ? x : null;
    const { t0, t1 } = this.state;
    if (this.#pointer === null) this.root.removeAttribute("data-crosshair");
    else {
      const t = t0 + ((t1 - t0) * this.#pointer) / this.#box.plotWidth;
      this.root.setAttribute("data-crosshair", String(t));
    }
    this.touch();
  }

  focus(): void {
    this.plot.focus({ preventScroll: true });
  }

  say(text: string): void {
    this.#stage.announcer.say(text);
  }

  focused(): boolean {
    return this.root.matches(":focus-within");
  }

  laneAt(clientY: number): Lane | null {
    const y = clientY - this.body.getBoundingClientRect().top - this.#box.lanesTop;
    if (y < 0 || y >= this.#box.lanesHeight) return null;
    return this.state.lanes[laneAt(this.#box, y + this.#scroll)] ?? null;
  }

  drawn(): readonly DrawnLane[] {
    return this.#painter.drawn;
  }

  commands(): readonly Command[] {
    return this.#commands;
  }

  claim(event: PointerEvent): Drag | null {
    return firstDrag(this.#features, (feature) => feature.claim?.(event));
  }

  hold(event: PointerEvent): Drag | null {
    return firstDrag(this.#features, (feature) => feature.hold?.(event));
  }

  #scrollLanes(lanes: number): void {
    const [first] = lanesInView(this.#box, this.#scroll);
    if (first < this.state.lanes.length) this.scrollBy(lanes * laneExtent(this.#box, first)[1]);
  }

  reveal(name: string): void {
    const { lanes } = this.state;
    const lane = lanes.findIndex(({ signals }) => signals.some((one) => one.name === name));
    if (lane < 0) return;
    const [top, height] = laneExtent(this.#box, lane);
    const above = top - this.#scroll;
    const below = top + height - this.#scroll - this.#box.lanesHeight;
    if (above < 0) this.scrollBy(above);
    else if (below > 0) this.scrollBy(Math.min(above, below));
  }

  scrollBy(pixels: number): boolean {
    const next = clampScroll(this.#box, this.#scroll + pixels);
    if (next === this.#scroll) return false;
    this.#scroll = next;
    this.#scrollbar.place(next);
    this.touch("lanes", "gutter");
    return true;
  }
}

function firstDrag(
  features: readonly Feature[],
  ask: (feature: Feature) => Drag | null | undefined,
): Drag | null {
  for (const feature of features) {
    const drag = ask(feature);
    if (drag) return drag;
  }
  return null;
}
