/** Maps samples to seconds: sample `i` of run `r` lies at `onsets[r] + (i - starts[r]) / fs`. */
export interface TimeBase {
  fs: number;
  nSamples: number;
  /** First sample of each run. Empty until the kernel has sent the run table. */
  starts: Float64Array;
  /** Onset of each run in seconds from the start of the recording. */
  onsets: Float64Array;
}

/** Index of the last value that is `<= x` in sorted values, or -1. */
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

/** Index of the run that holds a sample. */
export function runOf(tb: TimeBase, sample: number): number {
  return Math.max(lastNotAbove(tb.starts, sample), 0);
}

/** First sample after run `r`. */
export function runEnd(tb: TimeBase, r: number): number {
  return tb.starts[r + 1] ?? tb.nSamples;
}

/** Time in seconds of sample `i`; NaN while the run table is unknown. */
export function timeOf(tb: TimeBase, i: number): number {
  if (tb.starts.length === 0) return Number.NaN;
  const run = runOf(tb, i);
  return (tb.onsets[run] as number) + (i - (tb.starts[run] as number)) / tb.fs;
}

function indexAt(tb: TimeBase, t: number): number {
  const run = lastNotAbove(tb.onsets, t);
  if (run < 0) return 0;
  // The tolerance of 1e-6 samples makes a time computed as i / fs find sample i despite rounding.
  const onset = tb.onsets[run] as number;
  const i = (tb.starts[run] as number) + Math.ceil((t - onset) * tb.fs - 1e-6);
  return Math.min(i, runEnd(tb, run));
}

/** Samples `[i0, i1)` that lie in `[t0, t1)`; one index range even across gaps. */
export function sampleRange(tb: TimeBase, t0: number, t1: number): [number, number] {
  if (tb.starts.length === 0 || !(t0 < t1)) return [0, 0];
  return [indexAt(tb, t0), indexAt(tb, t1)];
}

/**
 * `sampleRange`, extended by one sample on each side if that sample belongs to the same run, so
 * that a line reaches the edges of the window.
 */
export function drawnRange(tb: TimeBase, t0: number, t1: number): [number, number] {
  let [i0, i1] = sampleRange(tb, t0, t1);
  if (tb.starts.length === 0) return [i0, i1];
  const inside = (i: number) => i < tb.nSamples && tb.starts[lastNotAbove(tb.starts, i)] !== i;
  if (inside(i0)) i0 -= 1;
  if (inside(i1)) i1 += 1;
  return [i0, i1];
}

/** Start and end of a time base in seconds; infinite while the run table is unknown. */
export function extentOf(tb: TimeBase): [number, number] {
  const last = tb.onsets.length - 1;
  if (last < 0) {
    return tb.nSamples > 0 ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [0, 0];
  }
  const end =
    (tb.onsets[last] as number) + (runEnd(tb, last) - (tb.starts[last] as number)) / tb.fs;
  return [tb.onsets[0] as number, end];
}
