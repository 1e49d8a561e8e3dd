import type { TimeBase } from "./types.ts";

/** Bins in a tile. */
export const TILE = 512;

/** Bin size for a window of `width` device pixels: the largest power of 4 not above samples/pixel. */
export function binSizeFor(fs: number, t0: number, t1: number, width: number): number {
  const perPixel = (fs * (t1 - t0)) / Math.max(width, 1);
  let bin = 1;
  while (bin * 4 <= perPixel) bin *= 4;
  return bin;
}

/** Index of the last value that is `<= x`, or -1. */
export function lastNotAbove(values: Float64Array, x: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Time in seconds of sample `i`; NaN while the run table is unknown. */
export function timeOf(tb: TimeBase, i: number): number {
  if (tb.starts.length === 0) return Number.NaN;
  const run = Math.max(lastNotAbove(tb.starts, i), 0);
  return (tb.onsets[run] as number) + (i - (tb.starts[run] as number)) / tb.fs;
}

function indexAt(tb: TimeBase, t: number): number {
  const run = lastNotAbove(tb.onsets, t);
  if (run < 0) return 0;
  // 1e-6 of a sample: a time computed as i / fs must find sample i, whatever the rounding.
  const onset = tb.onsets[run] as number;
  const i = (tb.starts[run] as number) + Math.ceil((t - onset) * tb.fs - 1e-6);
  return Math.min(i, tb.starts[run + 1] ?? tb.nSamples);
}

/** Samples `[i0, i1)` that lie in `[t0, t1)`; one range even across gaps. */
export function sampleRange(tb: TimeBase, t0: number, t1: number): [number, number] {
  if (tb.starts.length === 0 || !(t0 < t1)) return [0, 0];
  return [indexAt(tb, t0), indexAt(tb, t1)];
}

/**
 * Like `sampleRange`, with the sample before and the one after where they belong to the same run,
 * so that a line reaches the edges of the window.
 */
export function drawnRange(tb: TimeBase, t0: number, t1: number): [number, number] {
  let [i0, i1] = sampleRange(tb, t0, t1);
  if (tb.starts.length === 0) return [i0, i1];
  const inside = (i: number) => i < tb.nSamples && tb.starts[lastNotAbove(tb.starts, i)] !== i;
  if (inside(i0)) i0 -= 1;
  if (inside(i1)) i1 += 1;
  return [i0, i1];
}

/** Number of bins of size `bin` that a channel of `nSamples` samples has. */
export function binCount(nSamples: number, bin: number): number {
  return Math.ceil(nSamples / bin);
}
