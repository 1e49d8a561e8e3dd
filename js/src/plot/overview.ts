/** The overview: a strip of the whole recording with a frame around the window. */
import type { AnnotationSet, ChannelInfo, LaneData } from "../data/types.ts";
import { followData, newScale, robustRange } from "../math/autoscale.ts";
import { spanText } from "../math/clock.ts";
import { Columns, lastDrawn, reduceToColumns } from "../math/columns.ts";
import { emptyBands, gapBands } from "../math/gaps.ts";
import { isInformative } from "../math/informative.ts";
import type { Layout } from "../math/layout.ts";
import type { ViewState } from "../state/viewstate.ts";
import {
  COVERAGE,
  Coverage,
  HYPNOGRAM,
  MARKS,
  OverviewStrip,
  paintHypnogram,
  stagesOf,
} from "./overviewmarks.ts";
import { Raster } from "./raster.ts";
import { paintRibbon } from "./ribbon.ts";
import type { Source } from "./source.ts";
import { elide, type Surface } from "./surface.ts";
import { inkOf, type Theme } from "./theme.ts";

/** Number of annotations that are drawn: the sleep epochs of two nights. */
const MOST_MARKS = 3000;
/** Number of channels that are examined until one is informative. */
const MOST_EXAMINED = 12;

/** The channel of the overview; its data are in the columns. */
interface Chosen {
  channel: ChannelInfo;
  data: LaneData;
}

export class Overview {
  readonly frame: HTMLElement;
  /** Start of the empty part of the strip in CSS pixels. */
  unfilled = 0;
  readonly #columns = new Columns();
  readonly #usable = new Columns();
  readonly #coverage = new Coverage();
  /** Channels that say nothing about the whole recording, by index, and of which recording. */
  #dull = new Set<number>();
  #of = "";
  #raster: Raster | null = null;
  #strip: OverviewStrip | null = null;

  constructor(parent: HTMLElement) {
    this.frame = document.createElement("div");
    this.frame.className = "vv-window";
    this.frame.setAttribute("aria-hidden", "true");
    parent.append(this.frame);
  }

  /**
   * The channel of the overview: the first visible one whose kind is known and that is neither
   * constant nor a counter, as far as its data are there.
   */
  choose(state: ViewState, source: Source, width: number): Chosen | null {
    const { name, channels } = state.description;
    const of = `${name}/${channels.length}`;
    if (of !== this.#of) this.#dull.clear();
    this.#of = of;
    const { duration } = state;
    const signals = state.signals.filter(({ style = "line" }) => style === "line");
    const named = signals.filter(({ kind }) => kind !== "other");
    const candidates = [...named, ...signals.filter(({ kind }) => kind === "other")];
    for (const channel of candidates.slice(0, MOST_EXAMINED)) {
      if (this.#dull.has(channel.index)) continue;
      const data = this.#reduce(channel, source, duration, width);
      if (!data.settled || data.building || state.reading) return { channel, data };
      const { lo, hi, length } = this.#columns;
      if (isInformative(lo, hi, length)) return { channel, data };
      this.#dull.add(channel.index);
    }
    const [channel] = candidates;
    return channel ? { channel, data: this.#reduce(channel, source, duration, width) } : null;
  }

  /** Reduces a channel to the columns of the strip. */
  #reduce(
    channel: ChannelInfo,
    source: Source,
    duration: number,
    width: number,
    columns = this.#columns,
  ): LaneData {
    const data = source.lane(channel.index, 0, duration, width);
    const hold = channel.style === "ribbon";
    reduceToColumns(columns, data.pieces, channel.timebase, 0, duration, width, hold);
    return data;
  }

  /** Requests what the overview of view number `view` shows, and draws it. */
  draw(
    surface: Surface,
    state: ViewState,
    source: Source,
    layout: Layout,
    theme: Theme,
    whole: boolean,
    view: number,
  ): void {
    this.unfilled = 0;
    if (layout.overviewHeight === 0) return;
    const chosen = this.choose(state, source, surface.width);
    if (!chosen) return;
    const { duration } = state;
    const ribbon = state.signals.find(({ style }) => style === "ribbon");
    const shown = [chosen.channel, ...(ribbon ? [ribbon] : [])].map(({ index }) => index);
    source.demand(shown, 0, duration, surface.width, `overview:${view}`);
    const most = Math.max(layout.plotWidth, MOST_MARKS);
    const events = source.annotations(0, duration, most, "overview");
    if (ribbon) this.#reduce(ribbon, source, duration, surface.width, this.#usable);
    this.#paint({ ...chosen, ribbon }, surface, state, layout, theme, whole, events);
  }

  /** Draws the signal, marks, and where there are samples. */
  #paint(
    { channel, data, ribbon }: Chosen & { ribbon: ChannelInfo | undefined },
    surface: Surface,
    state: ViewState,
    layout: Layout,
    theme: Theme,
    whole: boolean,
    events: AnnotationSet | null,
  ): void {
    const { context, width, height } = surface;
    if (!context) return;
    if (this.#raster?.width !== width || this.#raster.height !== height) {
      this.#raster = new Raster(context, width, height);
    }
    const raster = this.#raster;
    raster.clear(theme.background);
    const scale = newScale(null);
    followData(scale, robustRange(this.#columns));
    const { duration, reading } = state;
    const least = Math.max(2, Math.round(layout.dpr * 2));
    const gaps = gapBands(channel.timebase, 0, duration, width, least, reading);
    const bands = [...gaps.bands, ...emptyBands(this.#columns)];
    for (let k = 0; k < bands.length; k += 2) {
      const [x0, x1] = [bands[k] as number, bands[k + 1] as number];
      raster.hatch(x0, x1, 0, height, theme.gap, theme.gapStripe);
    }
    const ink = inkOf(theme, channel);
    const { stages, others } = events ? stagesOf(events) : { stages: [], others: false };
    const sleep = stages.length > 0;
    this.#coverage.update(state, Math.round(layout.plotWidth));
    const above = (sleep ? HYPNOGRAM : 0) + (others ? MARKS : 0);
    const below = this.#coverage.partial ? COVERAGE : 0;
    const box = {
      top: above * layout.dpr,
      height: height - (above + below) * layout.dpr,
      min: scale.min,
      max: scale.max,
    };
    const line = Math.max(1, layout.dpr * 0.8);
    raster.trace(this.#columns, box, ink.faint, line, gaps);
    if (ribbon) {
      const lane = { columns: this.#usable, top: above, height: box.height / layout.dpr };
      paintRibbon(raster, lane, layout.dpr, theme);
    }
    const missing = data.building || !data.settled || !whole;
    const from = missing ? lastDrawn(this.#columns) + 1 : width;
    if (from < width) raster.hatch(from, width, 0, height, theme.grid, theme.line);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.putImageData(raster.image, 0, 0);
    this.unfilled = from / layout.dpr;
    context.setTransform(layout.dpr, 0, 0, layout.dpr, 0, 0);
    const { plotWidth, overviewHeight } = layout;
    if (sleep) paintHypnogram(context, stages, duration, [above - HYPNOGRAM, plotWidth], theme);
    if (events && others) {
      this.#strip ??= new OverviewStrip(state.marks);
      this.#strip.paint(context, events, state, layout, theme);
    }
    if (below > 0) this.#coverage.paint(context, overviewHeight - COVERAGE, theme);
  }

  /** Places the frame around the window; it stays wide enough to be seen and dragged. */
  place(state: ViewState, layout: Layout): void {
    const { style } = this.frame;
    const shown = layout.overviewHeight > 0 && state.duration > 0;
    style.display = shown ? "" : "none";
    if (!shown) return;
    const [left, width] = this.extent(state, layout);
    style.left = `${left}px`;
    style.width = `${width}px`;
    style.top = `${layout.overviewTop}px`;
    style.height = `${layout.overviewHeight}px`;
  }

  /** Left edge and width of the frame in CSS pixels of the body. */
  extent(state: ViewState, layout: Layout): [number, number] {
    const pps = layout.plotWidth / state.duration;
    const real = (state.t1 - state.t0) * pps;
    const width = Math.max(4, real);
    const left = layout.gutter + state.t0 * pps - (width - real) / 2;
    const most = layout.gutter + layout.plotWidth - width;
    return [Math.max(layout.gutter, Math.min(left, most)), width];
  }
}

/** The text at the left of the strip: length of the window and of the recording. */
export function paintExtent(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
): void {
  const g = surface.begin();
  // In a narrow view the axis shows the length, and a button is here.
  if (!g || layout.overviewHeight === 0 || layout.gutter < 66) return;
  const middle = layout.overviewHeight / 2;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const room = layout.gutter - 34;
  g.fillStyle = theme.text;
  g.font = `600 11px ${theme.font}`;
  const length = spanText(state.t1 - state.t0);
  const whole = `of ${spanText(state.duration)}`;
  const two = layout.overviewHeight >= 28;
  g.fillText(elide(g, length, room), 9, two ? middle - 7 : middle);
  const after = 9 + g.measureText(`${length} `).width;
  g.fillStyle = theme.muted;
  g.font = `11px ${theme.font}`;
  if (two) g.fillText(elide(g, whole, room), 9, middle + 8);
  else if (after + g.measureText(whole).width <= room) g.fillText(whole, after, middle);
}
