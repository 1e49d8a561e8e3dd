import { drawnRange, timeOf } from "../math/timebase.ts";
import { binSizeFor } from "./bins.ts";
import { BIN_FACTOR, TILE } from "./protocol.ts";
import type { TileCache } from "./tiles.ts";
import type { ChannelInfo } from "./types.ts";

export interface Demand {
  channels: readonly number[];
  /** Channels of lanes above and below, which may be scrolled into view next. */
  nearby?: readonly number[];
  t0: number;
  t1: number;
  width: number;
  purpose: string;
}

/** Bins `[b0, b1)` of a channel. */
export interface BinRange {
  channel: number;
  bin: number;
  b0: number;
  b1: number;
}

export interface Plan {
  channels: number[];
  t0: number;
  t1: number;
  width: number;
  ranges: BinRange[];
}

/** The bins that a view of a channel draws. */
export function drawnBins(info: ChannelInfo, t0: number, t1: number, width: number): BinRange {
  const bin = binSizeFor(info.fs, t0, t1, width);
  const [s0, s1] = drawnRange(info.timebase, t0, t1);
  const b1 = s1 > s0 ? Math.ceil(s1 / bin) : Math.floor(s0 / bin);
  return { channel: info.index, bin, b0: Math.floor(s0 / bin), b1 };
}

/** Whether the reply to a request for `asked` contains bins of `range`. */
export function willContain(asked: BinRange, range: BinRange): boolean {
  return (
    asked.channel === range.channel &&
    asked.bin === range.bin &&
    Math.floor(asked.b0 / TILE) * TILE < range.b1 &&
    range.b0 < Math.ceil(asked.b1 / TILE) * TILE
  );
}

export type Availability = "cached" | "refused" | "missing";

/** Calls `visit` for each tile of a range, with the needed bins and whether they are cached. */
export function eachTile(
  cache: TileCache,
  range: BinRange,
  epoch: number,
  visit: (index: number, availability: Availability, first: number, end: number) => void,
): void {
  if (range.b1 <= range.b0) return;
  const level = cache.level(range.channel, range.bin);
  for (let index = Math.floor(range.b0 / TILE); index * TILE < range.b1; index++) {
    const first = Math.max(range.b0, index * TILE);
    const end = Math.min(range.b1, (index + 1) * TILE);
    const tile = level?.tiles.get(index);
    let availability: Availability = "missing";
    if (tile && tile.first <= first && tile.first + tile.count >= end) availability = "cached";
    else if (tile?.refused === epoch) availability = "refused";
    visit(index, availability, first, end);
  }
}

/** The smallest range that contains all missing bins of a channel, null if none is missing. */
export function missingBins(
  cache: TileCache,
  range: BinRange,
  epoch: number,
  asked: (part: BinRange) => boolean,
): BinRange | null {
  let missing: BinRange | null = null;
  eachTile(cache, range, epoch, (_, availability, first, end) => {
    if (availability !== "missing" || asked({ ...range, b0: first, b1: end })) return;
    if (missing) missing.b1 = end;
    else missing = { ...range, b0: first, b1: end };
  });
  return missing;
}

/** Smallest width of a request in pixels, so that rounding it cannot change the bin size. */
const MIN_WIDTH = 16;

/**
 * The fewest requests for some ranges. Ranges far apart in time are requested separately, so that
 * the reply does not contain what lies between them.
 */
export function planRequests(ranges: BinRange[], info: (channel: number) => ChannelInfo): Plan[] {
  const timed = ranges.map((range) => {
    const { timebase, fs, nSamples } = info(range.channel);
    const last = Math.min(range.b1 * range.bin, nSamples) - 1;
    // A fraction of a sample more, so that rounding loses no sample at the ends.
    const t0 = timeOf(timebase, range.b0 * range.bin) - 0.25 / fs;
    return { range, fs, t0: Math.max(t0, 0), t1: timeOf(timebase, last) + 0.5 / fs };
  });
  timed.sort((a, b) => b.t1 - b.t0 - (a.t1 - a.t0));
  const groups: (typeof timed)[] = [];
  for (const item of timed) {
    const home = groups.find((group) => {
      const head = group[0] as (typeof timed)[number];
      const t0 = Math.min(item.t0, ...group.map((one) => one.t0));
      const t1 = Math.max(item.t1, ...group.map((one) => one.t1));
      return t1 - t0 <= 1.5 * (head.t1 - head.t0);
    });
    if (home) home.push(item);
    else groups.push([item]);
  }
  return groups.map((group) => {
    // Any resolution in [finest, coarsest) selects the same bin sizes; take one in between.
    const bounds = group.map(({ range, fs }) => range.bin / fs);
    const coarsest = BIN_FACTOR * Math.min(...bounds);
    const binned = group.filter(({ range }) => range.bin > 1);
    const finest = Math.max(coarsest / 8, ...binned.map(({ range, fs }) => range.bin / fs));
    const perPixel = Math.sqrt(finest * coarsest);
    let t0 = Math.min(...group.map((item) => item.t0));
    let t1 = Math.max(...group.map((item) => item.t1));
    const width = Math.max(Math.ceil((t1 - t0) / perPixel), MIN_WIDTH);
    const rounded = (t1 - t0) / width;
    if (rounded < finest * 1.001 || rounded > coarsest * 0.999) {
      const excess = width * perPixel - (t1 - t0);
      t0 = Math.max(t0 - Math.max(excess, 0), 0);
      t1 = t0 + width * perPixel;
    }
    const list = group.map((item) => item.range).sort((a, b) => a.channel - b.channel);
    return { channels: list.map((range) => range.channel), t0, t1, width, ranges: list };
  });
}
