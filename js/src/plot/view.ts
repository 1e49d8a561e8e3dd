/** One view on the page: its elements, its frames, and what each frame draws. */
import type { AnnotationSet, ChannelInfo } from "../data/types.ts";
import type { Change, ViewState } from "../state.ts";
import { AXIS_FONT, paintAxis } from "./axis.ts";
import { Building, type Work } from "./building.ts";
import { extentOf } from "./gaps.ts";
import { listenToPlot } from "./gestures.ts";
import { listenToGutter, Scrollbar } from "./grips.ts";
import { paintGutter, widestName } from "./gutter.ts";
import { Help, KEYS_IN_SHORT } from "./help.ts";
import { press } from "./keys.ts";
import { LanePainter } from "./lanes.ts";
import { clampScroll, type Layout, lanesInView, layoutOf } from "./layout.ts";
import { Notices } from "./notices.ts";
import { paintOverlay } from "./overlay.ts";
import { Overview, paintExtent } from "./overview.ts";
import { watchPixelRatio } from "./pixels.ts";
import type { Source } from "./source.ts";
import { Status } from "./status.ts";
import { listenToStrip, type StripTarget } from "./strip.ts";
import { Surface } from "./surface.ts";
import { readTheme, type Theme, watchTheme } from "./theme.ts";
import { type Tick, timeTicks } from "./ticks.ts";
import { listenToWheel, type WheelTarget } from "./wheel.ts";
import { inWords } from "./words.ts";

/** What a frame has to draw anew. */
interface Dirty {
  lanes: boolean;
  gutter: boolean;
  overview: boolean;
  layout: boolean;
}

/** What the views of a model share, besides the state. */
export interface Session {
  state: ViewState;
  source: Source;
  /** What is done so that all of the recording can be shown at every zoom; null if it can be. */
  work(): Work | null;
  /** Asks to end that work. */
  cancel(): void;
  /** False when nothing more will come: there is no kernel. */
  live(): boolean;
  /** True when what is held may no longer be what is in the file. */
  broken(): boolean;
  /** Texts to show, "" for none. */
  note(): string;
  error(): string;
  onData(changed: () => void): () => void;
}

/** Milliseconds without a change after which the window counts as found. */
const REST = 400;

/** Views are numbered, so that each has its own wants of the data. */
let views = 0;

export class View implements WheelTarget, StripTarget {
  readonly state: ViewState;
  private readonly root: HTMLElement;
  private readonly body: HTMLElement;
  private readonly gutter: Surface;
  private readonly plot: Surface;
  private readonly overlay: Surface;
  private readonly axis: Surface;
  private readonly strip: Surface;
  private readonly extent: Surface;
  private readonly areas: Record<"plot" | "gutter" | "strip", HTMLElement>;
  private readonly empty: HTMLElement;
  private readonly overview: Overview;
  private readonly scrollbar: Scrollbar;
  private readonly notices: Notices;
  private readonly help: Help;
  private readonly building: Building;
  private readonly painter = new LanePainter();
  private readonly status: Status;
  private readonly dirty: Dirty = { lanes: true, gutter: true, overview: true, layout: true };
  private theme: Theme | null = null;
  private box: Layout = layoutOf(0, 0, 0, 1, false);
  private scroll = 0;
  private pointer: number | null = null;
  private annotated = false;
  private annotations: AnnotationSet | null = null;
  /** Whether the annotations of the window are all here. */
  private marked = false;
  private frame = 0;
  private words = "";
  private naming: ReturnType<typeof setTimeout> | undefined;
  private ticks: Tick[] = [];
  private sizes: ResizeObserver | null = null;
  private readonly number = ++views;

  constructor(
    private readonly session: Session,
    parent: HTMLElement,
    private readonly signal: AbortSignal,
  ) {
    const { state } = session;
    this.state = state;
    this.root = element(parent, "vital-viewer");
    this.root.setAttribute("role", "application");
    this.root.setAttribute("aria-roledescription", "signal viewer");
    this.root.setAttribute("aria-description", KEYS_IN_SHORT);
    this.root.setAttribute("data-lm-suppress-shortcuts", "true");
    this.root.tabIndex = 0;
    this.status = new Status(this.root);
    this.notices = new Notices(element(this.root, "vv-notices"), signal);
    this.body = element(this.root, "vv-body");
    this.gutter = new Surface(this.body, "gutter");
    this.plot = new Surface(this.body, "plot", true);
    this.axis = new Surface(this.body, "axis");
    this.overlay = new Surface(this.body, "overlay");
    this.extent = new Surface(this.body, "extent");
    this.strip = new Surface(this.body, "strip", true);
    this.overview = new Overview(this.body);
    this.areas = {
      plot: element(this.body, "vv-area vv-area-plot"),
      gutter: element(this.body, "vv-area vv-area-gutter"),
      strip: element(this.body, "vv-area vv-area-strip"),
    };
    this.scrollbar = new Scrollbar(this.body, this, signal);
    this.empty = element(this.body, "vv-empty");
    this.building = new Building(this.body, () => session.cancel(), signal);
    this.help = new Help(this.body, signal);
    this.listen();
    this.changed("height");
  }

  private listen(): void {
    const { signal, root, state } = this;
    listenToPlot(this.areas.plot, this, signal);
    listenToWheel(this.areas.plot, this.areas.gutter, this, signal);
    listenToStrip(this.areas.strip, this, signal);
    listenToGutter(this.areas.gutter, this, signal);
    const keydown = (event: KeyboardEvent): void => {
      const target = {
        state,
        scrollLanes: (lanes: number) => this.scrollBy(lanes * this.box.laneHeight),
        toggleHelp: () => this.help.toggle(),
        closeHelp: () => {
          const { open } = this.help;
          this.help.toggle(false);
          return open;
        },
      };
      // The keys of a button inside are its own, except ours that do not press it.
      if (!press(event, target)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    root.addEventListener("keydown", keydown, { signal });
    const resized = (): void => this.touch("layout", "lanes", "gutter", "overview");
    const restyled = (): void => {
      this.theme = null;
      resized();
    };
    watchTheme(root, restyled, signal);
    watchPixelRatio(resized, signal);
    this.sizes = new ResizeObserver(resized);
    this.sizes.observe(this.body);
    const offs = [
      state.onChange((change) => this.changed(change)),
      this.session.onData(() => this.touch("lanes", "gutter", "overview")),
      () => this.sizes?.disconnect(),
      () => cancelAnimationFrame(this.frame),
      () => clearTimeout(this.naming),
      () => this.status.stop(),
      () => this.root.remove(),
    ];
    signal.addEventListener("abort", () => offs.forEach((off) => void off()), { once: true });
  }

  private changed(change: Change): void {
    if (change === "window") this.touch("lanes");
    else if (change === "lanes") this.touch("layout", "lanes", "gutter", "overview");
    else if (change === "selection") this.touch();
    else if (change === "release") {
      if (this.painter.follow()) this.touch("lanes", "gutter");
    } else {
      this.root.style.height = `${this.state.height}px`;
      this.touch("layout", "lanes", "gutter", "overview");
    }
  }

  /** Asks for a frame that draws these anew; the overlay is drawn in every frame. */
  private touch(...what: (keyof Dirty)[]): void {
    for (const part of what) this.dirty[part] = true;
    if (this.dirty.lanes) this.status.unsettle();
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const began = performance.now();
    this.notices.set("note", this.session.note());
    this.notices.set("error", this.session.error());
    if (this.dirty.layout) this.place();
    const { box, state, dirty } = this;
    // Hidden, for example in a tab that is not in front: drawn when it gets a size. Observed
    // anew, because a size that was lost and found within a frame is no change to the observer.
    if (box.width < 2 || box.height < 2) {
      dirty.layout = true;
      this.sizes?.unobserve(this.body);
      this.sizes?.observe(this.body);
      return;
    }
    const { lanes, gutter, overview } = dirty;
    Object.assign(dirty, { lanes: false, gutter: false, overview: false, layout: false });
    this.theme ??= readTheme(this.root);
    const { theme } = this;
    const shown = this.tellEmpty();
    if (shown && lanes) this.drawLanes(theme);
    if (gutter || dirty.gutter) paintGutter(this.gutter, state, box, theme, this.scroll);
    dirty.gutter = false;
    if (shown && overview) this.drawOverview(theme);
    this.building.show(this.session.work(), this.overview.unfilled, box);
    if (shown) {
      const { drawn } = this.painter;
      paintOverlay(this.overlay, state, box, theme, drawn, this.annotations, this.pointer);
    }
    if (!lanes || this.frame !== 0) return;
    const { t0, t1 } = state;
    this.name();
    this.status.painted(t0, t1, this.outcome(shown), performance.now() - began);
  }

  /** Says what is shown, once it rests: a screen reader reads each change of the name. */
  private name(): void {
    const words = inWords(this.state);
    if (words === this.words) return;
    const name = (): void => this.root.setAttribute("aria-label", words);
    if (this.words === "") name();
    this.words = words;
    clearTimeout(this.naming);
    this.naming = setTimeout(name, REST);
  }

  private outcome(shown: boolean): "settled" | "building" | "error" | "loading" {
    const { settled, building } = this.painter;
    const work = this.session.work();
    if (this.session.broken()) return "error";
    if (!shown) return work?.active ? "building" : "settled";
    if (this.awaited()) return work?.active ? "building" : "error";
    // Without a kernel no more annotations will come.
    if (settled) return this.marked || !this.session.live() ? "settled" : "loading";
    if (this.session.error() !== "" || !this.session.live()) return "error";
    // Nobody works on what is missing.
    if (building && !work?.active) return "error";
    return building ? "building" : "loading";
  }

  /** Whether the window reaches into what is still to be read in. */
  private awaited(): boolean {
    const { reading, lanes, t1 } = this.state;
    return reading && lanes.some(({ timebase, fs }) => t1 - extentOf(timebase)[1] > 1 / fs);
  }

  private drawLanes(theme: Theme): void {
    const { state, box } = this;
    const { source } = this.session;
    const { t0, t1, lanes } = state;
    const [first, stop] = lanesInView(box, this.scroll, lanes.length);
    const channels = lanes.slice(first, stop).map((lane) => lane.index);
    const { width } = this.plot;
    source.want(channels, t0, t1, width, `window:${this.number}`);
    const { context } = this.axis;
    if (context) context.font = `${AXIS_FONT} ${theme.font}`;
    const measure = (text: string): number => context?.measureText(text).width ?? text.length * 6;
    this.ticks = timeTicks(state.clock, t0, t1, box.plotWidth, measure).ticks;
    const most = Math.round(box.plotWidth / 3);
    this.annotations = source.annotations(t0, t1, most);
    this.marked = source.annotationsSettled(t0, t1, most);
    if (!this.annotated && this.annotations && this.annotations.total > 0) {
      this.annotated = true;
      this.touch("layout", "lanes", "gutter");
    }
    this.painter.paint(this.plot, state, source, box, theme, this.ticks, this.scroll);
    if (this.painter.rescaled) this.dirty.gutter = true;
    paintAxis(this.axis, state, box, theme, this.ticks);
    paintExtent(this.extent, state, box, theme);
    this.overview.place(state, box);
  }

  private drawOverview(theme: Theme): void {
    const { state, box, strip } = this;
    const { source } = this.session;
    const channel = state.lanes[0];
    if (channel && box.overviewHeight > 0) {
      const purpose = `overview:${this.number}`;
      source.want([channel.index], 0, state.duration, strip.width, purpose);
    }
    const events = source.annotations(0, state.duration, box.plotWidth, "overview");
    const work = this.session.work();
    this.overview.paint(strip, state, source, box, theme, work === null, events);
  }

  /** Says in words why there is nothing to draw; false if there is nothing. */
  private tellEmpty(): boolean {
    const { duration, lanes, description } = this.state;
    let text = "";
    if (description.channels.length === 0) text = "This recording has no channels.";
    else if (lanes.length === 0) text = "No channels are chosen.";
    else if (!(duration > 0)) {
      if (this.session.work()?.active) text = "Reading …";
      else if (this.session.error() !== "") text = "Nothing of this recording could be read.";
      else text = "This recording has no samples.";
    }
    this.empty.textContent = text;
    this.empty.hidden = text === "";
    return text === "";
  }

  private place(): void {
    const { body, areas } = this;
    const dpr = window.devicePixelRatio || 1;
    const lanes = this.state.lanes.length;
    this.theme ??= readTheme(this.root);
    const names = widestName(this.gutter, this.state, this.theme);
    const box = layoutOf(body.clientWidth, body.clientHeight, lanes, dpr, this.annotated, names);
    this.box = box;
    this.scroll = clampScroll(box, this.scroll);
    const { gutter, plotWidth, lanesTop, lanesHeight, axisTop, axisHeight } = box;
    this.gutter.place(0, 0, gutter, axisTop, dpr);
    this.plot.place(gutter, lanesTop, plotWidth, lanesHeight, dpr);
    this.overlay.place(gutter, 0, plotWidth, axisTop + axisHeight, dpr);
    this.axis.place(0, axisTop, box.width, axisHeight, dpr);
    this.extent.place(0, box.overviewTop, gutter, box.overviewHeight, dpr);
    this.strip.place(gutter, box.overviewTop, plotWidth, box.overviewHeight, dpr);
    cover(areas.plot, gutter, 0, plotWidth, axisTop + axisHeight);
    cover(areas.gutter, 0, 0, gutter, axisTop);
    cover(areas.strip, gutter, box.overviewTop - 2, plotWidth, box.overviewHeight + 3);
    this.scrollbar.place(this.scroll);
    this.overview.place(this.state, box);
    this.root.style.setProperty("--vv-gutter-width", `${gutter}px`);
    this.root.classList.toggle("vv-narrow", box.narrow);
    this.root.classList.toggle("vv-scrolls", box.scrollbar > 0);
    // The canvases are wiped when their size is set.
    Object.assign(this.dirty, { lanes: true, gutter: true, overview: true });
  }

  layout(): Layout {
    return this.box;
  }

  frameOf(): [number, number] {
    const [left, width] = this.overview.extent(this.state, this.box);
    return [left - this.box.gutter, width];
  }

  point(x: number | null): void {
    if (x === this.pointer) return;
    this.pointer = x !== null && x >= 0 && x <= this.box.plotWidth ? x : null;
    const { t0, t1 } = this.state;
    if (this.pointer === null) this.root.removeAttribute("data-crosshair");
    else {
      const t = t0 + ((t1 - t0) * this.pointer) / this.box.plotWidth;
      this.root.setAttribute("data-crosshair", String(t));
    }
    this.touch();
  }

  focus(): void {
    this.root.focus({ preventScroll: true });
  }

  laneAt(clientY: number): ChannelInfo | null {
    const y = clientY - this.body.getBoundingClientRect().top - this.box.lanesTop;
    if (y < 0 || y >= this.box.lanesHeight) return null;
    return this.state.lanes[Math.floor((y + this.scroll) / this.box.laneHeight)] ?? null;
  }

  scrollBy(pixels: number): boolean {
    const next = clampScroll(this.box, this.scroll + pixels);
    if (next === this.scroll) return false;
    this.scroll = next;
    this.scrollbar.place(next);
    this.touch("lanes", "gutter");
    return true;
  }
}

function element(parent: HTMLElement, name: string): HTMLElement {
  const made = document.createElement("div");
  made.className = name;
  parent.append(made);
  return made;
}

function cover(area: HTMLElement, left: number, top: number, width: number, height: number): void {
  Object.assign(area.style, {
    left: `${left}px`,
    top: `${top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
}
