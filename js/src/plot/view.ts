/** One view on the page: its elements, its animation frames, and what each frame draws. */
import type { AnnotationSet, ChannelInfo } from "../data/types.ts";
import { press } from "../gestures/keys.ts";
import { listenToLaneScale } from "../gestures/lanescale.ts";
import { listenToOverview } from "../gestures/overviewdrag.ts";
import { listenToPan } from "../gestures/pan.ts";
import type { LaneTarget, OverviewTarget } from "../gestures/target.ts";
import { listenToWheel } from "../gestures/wheel.ts";
import { clampScroll, type Layout, lanesInView, layoutOf } from "../math/layout.ts";
import { type Tick, timeTicks } from "../math/ticks.ts";
import { extentOf } from "../math/timebase.ts";
import { addElement } from "../page/element.ts";
import { watchPixelRatio } from "../page/pixelratio.ts";
import type { Change, ViewState } from "../state.ts";
import { AXIS_FONT, paintAxis } from "./axis.ts";
import { paintGutter, widestName } from "./gutter.ts";
import { Help, SHORT_HELP } from "./help.ts";
import { LanePainter } from "./lanes.ts";
import { Notices } from "./notices.ts";
import { paintOverlay } from "./overlay.ts";
import { Overview, paintExtent } from "./overview.ts";
import { Scrollbar } from "./scrollbar.ts";
import type { Source } from "./source.ts";
import { type Outcome, Status } from "./status.ts";
import { Surface } from "./surface.ts";
import { readTheme, type Theme, watchTheme } from "./theme.ts";
import { emptyText, viewLabel } from "./viewlabel.ts";
import { type Work, WorkBar } from "./workbar.ts";

/** The parts that the next frame must redraw. */
interface Dirty {
  lanes: boolean;
  gutter: boolean;
  overview: boolean;
  layout: boolean;
}

/** What the views of a model share. */
export interface Session {
  state: ViewState;
  source: Source;
  /** The background work that prepares the recording for display; null if it is done. */
  work(): Work | null;
  /** Cancels that work. */
  cancel(): void;
  /** False if there is no kernel, so that no more data will arrive. */
  live(): boolean;
  /** True if the file has changed, so that cached data may be outdated. */
  broken(): boolean;
  /** Texts of the notices, "" for none. */
  note(): string;
  error(): string;
  onData(changed: () => void): () => void;
}

/** The window is considered at rest after so many milliseconds without a change. */
const REST = 400;

/** Views are numbered, so that each can request its own data. */
let views = 0;

export class View implements LaneTarget, OverviewTarget {
  readonly state: ViewState;
  readonly #root: HTMLElement;
  readonly #body: HTMLElement;
  readonly #gutter: Surface;
  readonly #plot: Surface;
  readonly #overlay: Surface;
  readonly #axis: Surface;
  readonly #strip: Surface;
  readonly #extent: Surface;
  readonly #areas: Record<"plot" | "gutter" | "strip", HTMLElement>;
  readonly #empty: HTMLElement;
  readonly #overview: Overview;
  readonly #scrollbar: Scrollbar;
  readonly #notices: Notices;
  readonly #help: Help;
  readonly #building: WorkBar;
  readonly #painter = new LanePainter();
  readonly #status: Status;
  readonly #dirty: Dirty = { lanes: true, gutter: true, overview: true, layout: true };
  #theme: Theme | null = null;
  #box: Layout = layoutOf(0, 0, 0, 1, false);
  #scroll = 0;
  #pointer: number | null = null;
  #annotated = false;
  #annotations: AnnotationSet | null = null;
  /** Whether all annotations of the window are known. */
  #marked = false;
  #frame = 0;
  #label = "";
  #labelTimer: ReturnType<typeof setTimeout> | undefined;
  #ticks: Tick[] = [];
  #sizes: ResizeObserver | null = null;
  readonly #number = ++views;

  readonly #session: Session;
  readonly #signal: AbortSignal;

  constructor(session: Session, parent: HTMLElement, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
    const { state } = session;
    this.state = state;
    this.#root = addElement(parent, "div", "vital-viewer");
    this.#root.setAttribute("role", "application");
    this.#root.setAttribute("aria-roledescription", "signal viewer");
    this.#root.setAttribute("aria-description", SHORT_HELP);
    this.#root.setAttribute("data-lm-suppress-shortcuts", "true");
    this.#root.tabIndex = 0;
    this.#status = new Status(this.#root);
    this.#notices = new Notices(addElement(this.#root, "div", "vv-notices"), signal);
    this.#body = addElement(this.#root, "div", "vv-body");
    this.#gutter = new Surface(this.#body, "gutter");
    this.#plot = new Surface(this.#body, "plot", true);
    this.#axis = new Surface(this.#body, "axis");
    this.#overlay = new Surface(this.#body, "overlay");
    this.#extent = new Surface(this.#body, "extent");
    this.#strip = new Surface(this.#body, "strip", true);
    this.#overview = new Overview(this.#body);
    this.#areas = {
      plot: addElement(this.#body, "div", "vv-area vv-area-plot"),
      gutter: addElement(this.#body, "div", "vv-area vv-area-gutter"),
      strip: addElement(this.#body, "div", "vv-area vv-area-strip"),
    };
    this.#scrollbar = new Scrollbar(this.#body, this, signal);
    this.#empty = addElement(this.#body, "div", "vv-empty");
    this.#building = new WorkBar(this.#body, () => session.cancel(), signal);
    this.#help = new Help(this.#body, signal);
    this.#listen();
    this.#changed("height");
  }

  #listen(): void {
    const { state } = this;
    const signal = this.#signal;
    const root = this.#root;
    listenToPan(this.#areas.plot, this, signal);
    listenToWheel(this.#areas.plot, this.#areas.gutter, this, signal);
    listenToOverview(this.#areas.strip, this, signal);
    listenToLaneScale(this.#areas.gutter, this, signal);
    const keydown = (event: KeyboardEvent): void => {
      const target = {
        state,
        scrollLanes: (lanes: number) => this.scrollBy(lanes * this.#box.laneHeight),
        toggleHelp: () => this.#help.toggle(),
        closeHelp: () => {
          const { open } = this.#help;
          this.#help.toggle(false);
          return open;
        },
      };
      // A button in the view handles its own keys.
      if (!press(event, target)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    root.addEventListener("keydown", keydown, { signal });
    const resized = (): void => this.#touch("layout", "lanes", "gutter", "overview");
    const restyled = (): void => {
      this.#theme = null;
      resized();
    };
    watchTheme(root, restyled, signal);
    watchPixelRatio(resized, signal);
    this.#sizes = new ResizeObserver(resized);
    this.#sizes.observe(this.#body);
    const offs = [
      state.onChange((change) => this.#changed(change)),
      this.#session.onData(() => this.#touch("lanes", "gutter", "overview")),
      () => this.#sizes?.disconnect(),
      () => cancelAnimationFrame(this.#frame),
      () => clearTimeout(this.#labelTimer),
      () => this.#status.stop(),
      () => this.#root.remove(),
    ];
    signal.addEventListener("abort", () => offs.forEach((off) => void off()), { once: true });
  }

  #changed(change: Change): void {
    if (change === "window") this.#touch("lanes");
    else if (change === "lanes") this.#touch("layout", "lanes", "gutter", "overview");
    else if (change === "selection") this.#touch();
    else if (change === "release") {
      if (this.#painter.follow()) this.#touch("lanes", "gutter");
    } else {
      this.#root.style.height = `${this.state.height}px`;
      this.#touch("layout", "lanes", "gutter", "overview");
    }
  }

  /** Requests a frame that redraws these parts; the overlay is redrawn in every frame. */
  #touch(...what: (keyof Dirty)[]): void {
    for (const part of what) this.#dirty[part] = true;
    if (this.#dirty.lanes) this.#status.unsettle();
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    const began = performance.now();
    this.#notices.set("note", this.#session.note());
    this.#notices.set("error", this.#session.error());
    if (this.#dirty.layout) this.#place();
    const { state } = this;
    const box = this.#box;
    const dirty = this.#dirty;
    // Hidden, for example in a background tab: drawn when it gets a size. The observer is renewed,
    // because it does not report a size that was lost and restored within a frame.
    if (box.width < 2 || box.height < 2) {
      dirty.layout = true;
      this.#sizes?.unobserve(this.#body);
      this.#sizes?.observe(this.#body);
      return;
    }
    const { lanes, gutter, overview } = dirty;
    Object.assign(dirty, { lanes: false, gutter: false, overview: false, layout: false });
    this.#theme ??= readTheme(this.#root);
    const theme = this.#theme;
    const shown = this.#showEmpty();
    if (shown && lanes) this.#drawLanes(theme);
    if (gutter || dirty.gutter) paintGutter(this.#gutter, state, box, theme, this.#scroll);
    dirty.gutter = false;
    if (shown && overview) this.#drawOverview(theme);
    this.#building.show(this.#session.work(), this.#overview.unfilled, box);
    if (shown) {
      const { drawn } = this.#painter;
      paintOverlay(this.#overlay, state, box, theme, drawn, this.#annotations, this.#pointer);
    }
    if (!lanes || this.#frame !== 0) return;
    const { t0, t1 } = state;
    this.#updateLabel();
    this.#status.painted(t0, t1, this.#outcome(shown), performance.now() - began);
  }

  /** Updates the accessible name when the window is at rest: screen readers read each change. */
  #updateLabel(): void {
    const label = viewLabel(this.state);
    if (label === this.#label) return;
    const update = (): void => this.#root.setAttribute("aria-label", label);
    if (this.#label === "") update();
    this.#label = label;
    clearTimeout(this.#labelTimer);
    this.#labelTimer = setTimeout(update, REST);
  }

  #outcome(shown: boolean): Outcome {
    const { settled, building } = this.#painter;
    const work = this.#session.work();
    if (this.#session.broken()) return "error";
    if (!shown) return work?.active ? "building" : "settled";
    if (this.#awaited()) return work?.active ? "building" : "error";
    // Without a kernel no more annotations will arrive.
    if (settled) return this.#marked || !this.#session.live() ? "settled" : "loading";
    if (this.#session.error() !== "" || !this.#session.live()) return "error";
    // No task is building the missing part.
    if (building && !work?.active) return "error";
    return building ? "building" : "loading";
  }

  /** Whether the window extends beyond the part of the file that has been read. */
  #awaited(): boolean {
    const { reading, lanes, t1 } = this.state;
    return reading && lanes.some(({ timebase, fs }) => t1 - extentOf(timebase)[1] > 1 / fs);
  }

  #drawLanes(theme: Theme): void {
    const { state } = this;
    const box = this.#box;
    const { source } = this.#session;
    const { t0, t1, lanes } = state;
    const [first, stop] = lanesInView(box, this.#scroll, lanes.length);
    const channels = lanes.slice(first, stop).map((lane) => lane.index);
    const { width } = this.#plot;
    source.demand(channels, t0, t1, width, `window:${this.#number}`);
    const { context } = this.#axis;
    if (context) context.font = `${AXIS_FONT} ${theme.font}`;
    const measure = (text: string): number => context?.measureText(text).width ?? text.length * 6;
    this.#ticks = timeTicks(state.clock, t0, t1, box.plotWidth, measure).ticks;
    const most = Math.round(box.plotWidth / 3);
    this.#annotations = source.annotations(t0, t1, most);
    this.#marked = source.annotationsSettled(t0, t1, most);
    if (!this.#annotated && this.#annotations && this.#annotations.total > 0) {
      this.#annotated = true;
      this.#touch("layout", "lanes", "gutter");
    }
    this.#painter.paint(this.#plot, state, source, box, theme, this.#ticks, this.#scroll);
    if (this.#painter.rescaled) this.#dirty.gutter = true;
    paintAxis(this.#axis, state, box, theme, this.#ticks);
    paintExtent(this.#extent, state, box, theme);
    this.#overview.place(state, box);
  }

  #drawOverview(theme: Theme): void {
    const { state } = this;
    const box = this.#box;
    const strip = this.#strip;
    const { source } = this.#session;
    const channel = state.lanes[0];
    if (channel && box.overviewHeight > 0) {
      const purpose = `overview:${this.#number}`;
      source.demand([channel.index], 0, state.duration, strip.width, purpose);
    }
    const events = source.annotations(0, state.duration, box.plotWidth, "overview");
    const work = this.#session.work();
    this.#overview.paint(strip, state, source, box, theme, work === null, events);
  }

  /** Shows why there is nothing to draw; returns false if there is nothing. */
  #showEmpty(): boolean {
    const text = emptyText(
      this.state,
      this.#session.work()?.active === true,
      this.#session.error() !== "",
    );
    this.#empty.textContent = text;
    this.#empty.hidden = text === "";
    return text === "";
  }

  #place(): void {
    const body = this.#body;
    const areas = this.#areas;
    const dpr = window.devicePixelRatio || 1;
    const lanes = this.state.lanes.length;
    this.#theme ??= readTheme(this.#root);
    const names = widestName(this.#gutter, this.state, this.#theme);
    const box = layoutOf(body.clientWidth, body.clientHeight, lanes, dpr, this.#annotated, names);
    this.#box = box;
    this.#scroll = clampScroll(box, this.#scroll);
    const { gutter, plotWidth, lanesTop, lanesHeight, axisTop, axisHeight } = box;
    this.#gutter.place(0, 0, gutter, axisTop, dpr);
    this.#plot.place(gutter, lanesTop, plotWidth, lanesHeight, dpr);
    this.#overlay.place(gutter, 0, plotWidth, axisTop + axisHeight, dpr);
    this.#axis.place(0, axisTop, box.width, axisHeight, dpr);
    this.#extent.place(0, box.overviewTop, gutter, box.overviewHeight, dpr);
    this.#strip.place(gutter, box.overviewTop, plotWidth, box.overviewHeight, dpr);
    cover(areas.plot, gutter, 0, plotWidth, axisTop + axisHeight);
    cover(areas.gutter, 0, 0, gutter, axisTop);
    cover(areas.strip, gutter, box.overviewTop - 2, plotWidth, box.overviewHeight + 3);
    this.#scrollbar.place(this.#scroll);
    this.#overview.place(this.state, box);
    this.#root.style.setProperty("--vv-gutter-width", `${gutter}px`);
    this.#root.classList.toggle("vv-narrow", box.narrow);
    this.#root.classList.toggle("vv-scrolls", box.scrollbar > 0);
    // Setting the size of a canvas clears it.
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
    if (this.#pointer === null) this.#root.removeAttribute("data-crosshair");
    else {
      const t = t0 + ((t1 - t0) * this.#pointer) / this.#box.plotWidth;
      this.#root.setAttribute("data-crosshair", String(t));
    }
    this.#touch();
  }

  focus(): void {
    this.#root.focus({ preventScroll: true });
  }

  laneAt(clientY: number): ChannelInfo | null {
    const y = clientY - this.#body.getBoundingClientRect().top - this.#box.lanesTop;
    if (y < 0 || y >= this.#box.lanesHeight) return null;
    return this.state.lanes[Math.floor((y + this.#scroll) / this.#box.laneHeight)] ?? null;
  }

  scrollBy(pixels: number): boolean {
    const next = clampScroll(this.#box, this.#scroll + pixels);
    if (next === this.#scroll) return false;
    this.#scroll = next;
    this.#scrollbar.place(next);
    this.#touch("lanes", "gutter");
    return true;
  }
}

function cover(area: HTMLElement, left: number, top: number, width: number, height: number): void {
  Object.assign(area.style, {
    left: `${left}px`,
    top: `${top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
}
