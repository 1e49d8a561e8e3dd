/** Draws the visible lanes. */
import type { ChannelInfo, LaneData } from "../data/types.ts";
import { followData, type LaneScale, robustRange } from "../math/autoscale.ts";
import { Columns, lastDrawn, reduceToColumns } from "../math/columns.ts";
import { emptyBands, type Gaps, gapBands, uncoveredBands } from "../math/gaps.ts";
import { type Layout, laneExtent, lanesInView } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import type { Tick } from "../math/ticks.ts";
import type { TimeBase } from "../math/timebase.ts";
import { extentOf } from "../math/timebase.ts";
import type { Lane } from "../state/lane.ts";
import type { ViewState } from "../state/viewstate.ts";
import { type LaneBox, Raster } from "./raster.ts";
import type { Source } from "./source.ts";
import type { Surface } from "./surface.ts";
import { inkOf, type Theme } from "./theme.ts";

/** A channel in its lane as it was last drawn. */
export interface DrawnLane {
  channel: ChannelInfo;
  /** Position of the channel in its lane. */
  order: number;
  scale: LaneScale;
  columns: Columns;
  data: LaneData;
  /** Bands of columns whose data are missing and will not arrive. */
  absent: readonly number[];
  /** In CSS pixels from the top of the lanes. */
  top: number;
  height: number;
}

/** Device pixels that a bin may cover if finer data will not arrive: wider ones look like blocks. */
const WIDEST = 6;

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
    if (context && (this.#raster?.width !== width || this.#raster.height !== height)) {
      this.#raster = new Raster(context, width, height);
    }
    const raster = this.#raster;
    const pps = width / (t1 - t0);
    raster?.clear(theme.background);
    for (const tick of ticks) {
      raster?.vertical((tick.t - t0) * pps, 0, height, tick.date ? theme.line : theme.grid);
    }
    const [first, stop] = lanesInView(layout, scroll);
    this.drawn = [];
    this.settled = true;
    this.building = false;
    this.rescaled = false;
    const gapsOf = new Map<TimeBase, Gaps>();
    for (let k = first; k < stop; k++) {
      const [top, laneHeight] = laneExtent(layout, k);
      const lane = lanes[k] as Lane;
      lane.signals.forEach((channel, order) => {
        const drawn = this.#prepare(channel, order, top - scroll, laneHeight, state, source, width);
        this.drawn.push(drawn);
        if (raster) this.#paintSignal(raster, drawn, state, layout, theme, gapsOf);
      });
      if (k > first) raster?.horizontal((top - scroll) * dpr, theme.line);
    }
    this.#forget(lanes.slice(first, stop));
    if (context && raster) context.putImageData(raster.image, 0, 0);
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
    const { t0, t1 } = state;
    // One more sample on each side extends the line to the edges; the bin size stays the same.
    const more = channel.fs * (t1 - t0) < width ? 1.5 / channel.fs : 0;
    const data = source.lane(channel.index, t0, t1, width);
    const wider = more > 0 ? source.lane(channel.index, t0 - more, t1 + more, width) : data;
    const columns = this.#columnsOf(channel.index);
    const lost = this.final && !data.settled && !data.building;
    const widest = (WIDEST * channel.fs * (t1 - t0)) / width;
    const pieces = lost ? wider.pieces.filter(({ bin }) => bin <= widest) : wider.pieces;
    reduceToColumns(columns, pieces, channel.timebase, t0, t1, width);
    this.settled &&= data.settled || (lost && data.refused);
    this.building ||= data.building;
    const scale = state.scaleOf(channel);
    // A fit to coarse data would be undone a moment later.
    if (scale.auto && (data.settled || scale.base === null) && !state.busy) {
      this.rescaled = followData(scale, robustRange(columns)) || this.rescaled;
    }
    const drawn = { ...data, pieces };
    return { channel, order, scale, columns, data: drawn, absent: [], top, height };
  }

  #paintSignal(
    raster: Raster,
    drawn: DrawnLane,
    state: ViewState,
    layout: Layout,
    theme: Theme,
    gapsOf: Map<TimeBase, Gaps>,
  ): void {
    const { t0, t1 } = state;
    const { dpr } = layout;
    const { channel, order, scale, columns, data, top, height } = drawn;
    const tb = channel.timebase;
    const pps = raster.width / (t1 - t0);
    let gaps = gapsOf.get(tb);
    if (!gaps) {
      const least = Math.max(2, Math.round(2 * dpr));
      gaps = gapBands(tb, t0, t1, raster.width, least, state.reading);
      gapsOf.set(tb, gaps);
    }
    const pad = Math.min(3, height * 0.06) * dpr;
    const box: LaneBox = {
      top: top * dpr + pad,
      height: height * dpr - 2 * pad,
      min: scale.min,
      max: scale.max,
    };
    if (this.final && !data.settled && !data.building) {
      drawn.absent = uncoveredBands(data.pieces, tb, t0, t1, gaps);
    }
    // Only the first channel of a lane has a background.
    if (order === 0) {
      if (data.building) hatchRest(raster, lastDrawn(columns) + 1, box, pad, theme);
      else if (state.reading) {
        const from = Math.ceil((extentOf(tb)[1] - t0) * pps);
        hatchRest(raster, Math.max(0, from), box, pad, theme);
      }
      hatchBands(raster, drawn.absent, box, pad, theme.background, theme.line);
      const bands = [...gaps.bands, ...emptyBands(columns)];
      hatchBands(raster, bands, box, pad, theme.gap, theme.gapStripe);
    }
    // Bins this wide show the range but not the shape of the signal.
    const coarse = data.pieces.some(({ bin }) => (bin / channel.fs) * pps > 16 * dpr);
    const ink = inkOf(theme, channel);
    const inks = coarse && !data.settled ? ink.faint : ink.ramp;
    // If most of the window is gaps, the trace between them must stay visible under their bands.
    raster.trace(columns, box, inks, thickness(dpr), gaps, gaps.share < 0.3);
    if (columns.sampleStep < 6 * dpr) return;
    const radius = Math.min(3, columns.sampleStep / dpr / 5 + 0.6) * dpr;
    forEachSample(data, tb, t0, columns.length / pps, (t, value) => {
      const y = box.top + shareBelow(box.min, box.max, value) * box.height;
      raster.dot((t - t0) * pps, y, radius, box, ink.ramp);
    });
  }

  /** Fits the scales to the drawn data at the end of a gesture; returns whether one has changed. */
  follow(): boolean {
    let changed = false;
    for (const { scale, columns, data } of this.drawn) {
      if (data.settled) changed = followData(scale, robustRange(columns)) || changed;
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
  #forget(visible: readonly Lane[]): void {
    if (this.#columns.size <= this.drawn.length) return;
    const kept = new Set(visible.flatMap(({ signals }) => signals.map(({ index }) => index)));
    for (const index of this.#columns.keys()) if (!kept.has(index)) this.#columns.delete(index);
  }
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
