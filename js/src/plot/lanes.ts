/** Draws the visible lanes. */
import type { ChannelInfo, LaneData } from "../data/types.ts";
import { type LaneScale, robustRange, type Seen } from "../math/autoscale.ts";
import { Columns, lastDrawn, reduceToColumns } from "../math/columns.ts";
import { emptyBands, type Gaps, gapBands, uncoveredBands } from "../math/gaps.ts";
import { type Layout, laneExtent, lanePad, lanesInView } from "../math/layout.ts";
import { lineThrough, type PointSet } from "../math/polyline.ts";
import { shareBelow } from "../math/scale.ts";
import type { Tick } from "../math/ticks.ts";
import type { TimeBase } from "../math/timebase.ts";
import { extentOf } from "../math/timebase.ts";
import { type Shown, unitFactor } from "../math/units.ts";
import type { Lane } from "../state/lane.ts";
import type { ViewState } from "../state/viewstate.ts";
import { bandsOf } from "./bands.ts";
import { paintClips } from "./clipmarks.ts";
import { gridMillivolts, gridRow, paintGrid } from "./grid.ts";
import { type LaneBox, Raster } from "./raster.ts";
import { paintRibbon } from "./ribbon.ts";
import type { Source } from "./source.ts";
import type { Surface } from "./surface.ts";
import { inkOf, type Theme } from "./theme.ts";

/** A channel in its lane as it was last drawn. */
export interface DrawnLane {
  channel: ChannelInfo;
  /** Position of the channel in its lane. */
  order: number;
  scale: LaneScale;
  /** The units in which values are displayed. */
  shown: Shown;
  columns: Columns;
  data: LaneData;
  /** The points that are drawn instead of an envelope. */
  points: PointSet | null;
  /** Bands of columns whose data are missing and will not arrive. */
  absent: readonly number[];
  /** In CSS pixels from the top of the lanes. */
  top: number;
  height: number;
}

/** Device pixels that a bin may cover if finer data will not arrive: wider ones look like blocks. */
const WIDEST = 6;

const NO_TRACE: LaneData = { pieces: [], settled: true, building: false, refused: false };

/** Radius of a single sample that is seen from far away (CSS pixels). */
const POINT = 1.8;

export class LanePainter {
  drawn: DrawnLane[] = [];
  /** All visible lanes are drawn at full resolution. */
  settled = false;
  building = false;
  /** An automatic scale has changed: the scales at the left must be redrawn too. */
  rescaled = false;
  /** No more data will arrive: what is missing is marked, and not drawn from coarse data. */
  final = false;
  #raster: Raster | null = null;
  readonly #columns = new Map<number, Columns>();

  paint(
    surface: Surface,
    state: ViewState,
    source: Source,
    layout: Layout,
    theme: Theme,
    ticks: readonly Tick[],
    scroll: number,
  ): void {
    const { t0, t1, lanes } = state;
    const context = surface.context;
    const { width, height } = surface;
    const { dpr } = layout;
    const pps = width / (t1 - t0);
    const [first, stop] = lanesInView(layout, scroll);
    this.#forgetAllBut(lanes.slice(first, stop));
    this.drawn = [];
    this.settled = true;
    this.building = false;
    this.rescaled = false;
    for (let k = first; k < stop; k++) {
      const [top, laneHeight] = laneExtent(layout, k);
      (lanes[k] as Lane).signals.forEach((channel, order) => {
        const lane = this.#prepare(channel, order, top - scroll, laneHeight, state, source, width);
        this.drawn.push(lane);
      });
    }
    this.#rescale(state);
    if (!context) return;
    const bands = bandsOf(this.drawn, width, height, dpr, state.overlap);
    const raster = this.#rasterFor(
      context,
      width,
      Math.max(0, ...bands.map(({ from, to }) => to - from)),
    );
    const row = new Uint32Array(width).fill(theme.background);
    if (state.grid !== "none") {
      for (const { t, date } of ticks) {
        const x = Math.round((t - t0) * pps);
        if (x >= 0 && x < width) row[x] = date ? theme.line : theme.grid;
      }
    }
    const gapsOf = this.#gapsIn(state, width, dpr);
    const gridOf = state.grid === "ecg" ? ecgGrid(raster, state, dpr, theme) : null;
    for (const { lanes, from, to } of bands) {
      raster.begin(from, to, row);
      this.#paintLanes(raster, lanes, state, dpr, theme, gapsOf, gridOf, scroll);
      raster.put(context);
    }
  }

  #paintLanes(
    raster: Raster,
    drawn: readonly DrawnLane[],
    state: ViewState,
    dpr: number,
    theme: Theme,
    gapsOf: ReadonlyMap<TimeBase, Gaps>,
    gridOf: ((lane: DrawnLane) => void) | null,
    scroll: number,
  ): void {
    const { t0, t1 } = state;
    // Only the first channel of a lane has a background.
    for (const lane of drawn) {
      const { data, channel, order } = lane;
      if (this.final && !data.settled && !data.building) {
        const gaps = gapsOf.get(channel.timebase) as Gaps;
        lane.absent = uncoveredBands(data.pieces, channel.timebase, t0, t1, gaps);
      }
      if (order > 0) continue;
      gridOf?.(lane);
      paintBackground(raster, lane, state, dpr, theme, gapsOf.get(lane.channel.timebase) as Gaps);
    }
    for (const { order, top: y } of drawn) {
      // Lanes that overlap are not divided.
      if (order === 0 && y + scroll > 0 && !state.overlap) raster.horizontal(y * dpr, theme.line);
    }
    for (const lane of drawn) {
      if (lane.channel.style === "spectrogram") continue;
      if (lane.channel.style === "ribbon") {
        paintRibbon(raster, lane, dpr, theme);
        continue;
      }
      paintTrace(raster, lane, state, dpr, theme, gapsOf.get(lane.channel.timebase) as Gaps);
      paintClips(raster, lane, state.overlap, dpr, theme);
    }
  }

  /** Composes the data of a channel and follows them with its scale. */
  #prepare(
    channel: ChannelInfo,
    order: number,
    top: number,
    height: number,
    state: ViewState,
    source: Source,
    width: number,
  ): DrawnLane {
    const { t0, t1, scales } = state;
    // One more sample on each side extends the line to the edges; the bin size stays the same.
    const more = channel.fs * (t1 - t0) < width ? 1.5 / channel.fs : 0;
    // A spectrogram has tiles of its own.
    const own = channel.style === "spectrogram";
    const data = own ? NO_TRACE : source.lane(channel.index, t0, t1, width);
    const wider = !own && more > 0 ? source.lane(channel.index, t0 - more, t1 + more, width) : data;
    const columns = this.#columnsOf(channel.index);
    const lost = this.final && !data.settled && !data.building;
    const widest = (WIDEST * channel.fs * (t1 - t0)) / width;
    const pieces = lost ? wider.pieces.filter(({ bin }) => bin <= widest) : wider.pieces;
    const hold = channel.style === "stages" || channel.style === "ribbon";
    // Of complete data, a window that has moved needs its new columns only.
    const whole = data.settled && wider.settled ? channel : null;
    reduceToColumns(columns, pieces, channel.timebase, t0, t1, width, hold, whole);
    const chosen = state.aggregator !== "minmax" && !own && !hold && channel.fs * (t1 - t0) > width;
    const by = state.aggregator;
    const points = chosen ? (source.points?.(channel.index, by, t0, t1, width) ?? null) : null;
    if (points) lineThrough(columns, points, t0, t1, width);
    this.settled &&= data.settled || (lost && data.refused);
    this.building ||= data.building;
    const scale = scales.of(channel);
    if (scale.base === null || !state.busy) {
      const see = (): Seen | null => robustRange(columns);
      this.rescaled = scales.see(channel, see, data.settled) || this.rescaled;
    }
    return {
      channel,
      order,
      scale,
      shown: scales.shown(channel),
      columns,
      data: { ...data, pieces },
      points,
      absent: [],
      top,
      height,
    };
  }

  /** A buffer for so many rows; a larger one is kept, unless it is much larger. */
  #rasterFor(context: CanvasRenderingContext2D, width: number, rows: number): Raster {
    const held = this.#raster;
    if (held?.width === width && held.height >= rows && held.height <= 4 * rows) return held;
    this.#raster = new Raster(context, width, rows);
    return this.#raster;
  }

  #rescale(state: ViewState): void {
    const { scales } = state;
    scales.share(this.drawn.map(({ channel }) => channel));
    for (const lane of this.drawn) {
      this.rescaled = scales.resolve(lane.channel) || this.rescaled;
      lane.shown = scales.shown(lane.channel);
    }
  }

  #gapsIn({ t0, t1, reading }: ViewState, width: number, dpr: number): Map<TimeBase, Gaps> {
    const least = Math.max(2, Math.round(2 * dpr));
    const gapsOf = new Map<TimeBase, Gaps>();
    for (const { timebase } of this.drawn.map(({ channel }) => channel)) {
      if (!gapsOf.has(timebase))
        gapsOf.set(timebase, gapBands(timebase, t0, t1, width, least, reading));
    }
    return gapsOf;
  }

  /** Fits the scales to the drawn data at the end of a gesture; returns whether one has changed. */
  follow({ scales }: ViewState): boolean {
    let changed = false;
    for (const { channel, columns, data } of this.drawn) {
      const see = (): Seen | null => robustRange(columns);
      if (data.settled) changed = scales.see(channel, see, true) || changed;
      changed = scales.resolve(channel) || changed;
    }
    return changed;
  }

  #columnsOf(channel: number): Columns {
    let columns = this.#columns.get(channel);
    if (!columns) {
      columns = new Columns();
      this.#columns.set(channel, columns);
    }
    return columns;
  }

  /** Releases the buffers of channels that are no longer visible. */
  #forgetAllBut(visible: readonly Lane[]): void {
    if (this.#columns.size <= visible.length) return;
    const kept = new Set(visible.flatMap(({ signals }) => signals.map(({ index }) => index)));
    for (const index of this.#columns.keys()) if (!kept.has(index)) this.#columns.delete(index);
  }
}

function boxOf(lane: DrawnLane, dpr: number, overlap: boolean): LaneBox {
  const { top, height, scale, order } = lane;
  const pad = lanePad(height) * dpr;
  const [min, max] = [scale.min, scale.max];
  const lowest = order === 0 && !overlap;
  return { top: top * dpr + pad, height: height * dpr - 2 * pad, min, max, overlap, lowest };
}

/** A function that draws the grid of ECG paper into the lanes of an ECG. */
function ecgGrid(
  raster: Raster,
  state: ViewState,
  dpr: number,
  theme: Theme,
): (lane: DrawnLane) => void {
  const row = gridRow(raster, state, dpr, theme.background, theme.paper);
  return (lane) => {
    const { channel } = lane;
    const factor = unitFactor("mV", channel.units);
    if (channel.kind !== "ECG" || factor === null) return;
    const gain = state.scales.gain(channel);
    const perMm = gain?.form === "mm" ? gain.perMm * (unitFactor(gain.units, "mV") ?? 1) : null;
    const box = boxOf(lane, dpr, false);
    paintGrid(raster, box, gridMillivolts(perMm) * factor, row, dpr, theme.paper);
  };
}

/** Hatches what has no data. */
function paintBackground(
  raster: Raster,
  lane: DrawnLane,
  state: ViewState,
  dpr: number,
  theme: Theme,
  gaps: Gaps,
): void {
  const { channel, columns, data } = lane;
  const box = boxOf(lane, dpr, false);
  const pad = lanePad(lane.height) * dpr;
  if (data.building) hatchRest(raster, lastDrawn(columns) + 1, box, pad, theme);
  else if (state.reading) {
    const pps = raster.width / (state.t1 - state.t0);
    const from = Math.ceil((extentOf(channel.timebase)[1] - state.t0) * pps);
    hatchRest(raster, Math.max(0, from), box, pad, theme);
  }
  hatchBands(raster, lane.absent, box, pad, theme.background, theme.line);
  const bands = [...gaps.bands, ...emptyBands(columns)];
  hatchBands(raster, bands, box, pad, theme.gap, theme.gapStripe);
}

function paintTrace(
  raster: Raster,
  lane: DrawnLane,
  state: ViewState,
  dpr: number,
  theme: Theme,
  gaps: Gaps,
): void {
  const { channel, columns, data } = lane;
  const { t0, t1 } = state;
  const pps = raster.width / (t1 - t0);
  const box = boxOf(lane, dpr, state.overlap);
  // Bins this wide show the range but not the shape of the signal.
  const coarse = data.pieces.some(({ bin }) => (bin / channel.fs) * pps > 16 * dpr);
  const ink = inkOf(theme, channel);
  const inks = coarse && !data.settled ? ink.faint : ink.ramp;
  const thick = thickness(dpr) * (theme.more ? 1.5 : 1);
  const holes = raster.trace(columns, box, inks, thick, gaps);
  if (columns.sampleStep < 6 * dpr) {
    if (holes || columns.length <= 2) raster.points(columns, box, inks, POINT * dpr);
    return;
  }
  const radius = Math.min(3, columns.sampleStep / dpr / 5 + 0.6) * dpr;
  forEachSample(data, channel.timebase, t0, columns.length / pps, (t, value) => {
    const y = box.top + shareBelow(box.min, box.max, value) * box.height;
    raster.dot((t - t0) * pps, y, radius, box, ink.ramp);
  });
}

/** Hatches the part that is not built yet, as the overview does. */
function hatchRest(raster: Raster, from: number, box: LaneBox, pad: number, theme: Theme): void {
  const bottom = box.top + box.height + pad;
  if (from >= raster.width) return;
  raster.hatch(from, raster.width, box.top - pad, bottom, theme.background, theme.grid);
}

function hatchBands(
  raster: Raster,
  bands: readonly number[],
  box: LaneBox,
  pad: number,
  tint: number,
  stripe: number,
): void {
  for (let b = 0; b < bands.length; b += 2) {
    const [x0, x1] = [bands[b] as number, bands[b + 1] as number];
    raster.hatch(x0, x1, box.top - pad, box.top + box.height + pad, tint, stripe);
  }
}

export function thickness(dpr: number): number {
  return Math.max(1.15, dpr * 0.95);
}

function forEachSample(
  data: LaneData,
  tb: TimeBase,
  t0: number,
  span: number,
  visit: (t: number, value: number) => void,
): void {
  for (const piece of data.pieces) {
    if (piece.bin !== 1) continue;
    for (let r = 0; r < tb.starts.length; r++) {
      const onset = tb.onsets[r] as number;
      if (onset > t0 + span) break;
      const start = tb.starts[r] as number;
      const end = r + 1 < tb.starts.length ? (tb.starts[r + 1] as number) : tb.nSamples;
      const from = Math.max(piece.first, start, start + Math.floor((t0 - onset) * tb.fs) - 1);
      const to = Math.min(
        piece.first + piece.count,
        end,
        start + Math.ceil((t0 + span - onset) * tb.fs) + 2,
      );
      for (let s = from; s < to; s++) {
        const value = piece.lo[s - piece.first] as number;
        if (Number.isFinite(value)) visit(onset + (s - start) / tb.fs, value);
      }
    }
  }
}
