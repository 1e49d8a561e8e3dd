/** Gaps of a time base as bands of pixel columns. */
import type { Columns } from "./columns.ts";
import type { Piece } from "./pieces.ts";
import { extentOf, lastNotAbove, runEnd, runOf, type TimeBase } from "./timebase.ts";

/** Pairs of columns between which samples exist but have no value. */
export function emptyBands({ empty, hi, length }: Columns): number[] {
  const bands: number[] = [];
  const first = empty.indexOf(1);
  if (first < 0) return bands;
  let from = -1;
  for (let c = first; c <= length; c++) {
    if (c < length && empty[c] === 1 && Number.isNaN(hi[c])) {
      if (from < 0) from = c;
    } else if (from >= 0) {
      bands.push(from, c);
      from = -1;
    }
  }
  // Sparse values, for example of a slow channel in the table of a fast one, are not gaps.
  return bands.length > length / 8 ? [] : bands;
}

/**
 * Columns outside of gaps that none of the pieces covers, as pairs of first column and column after
 * the last.
 */
export function uncoveredBands(
  pieces: readonly Piece[],
  tb: TimeBase,
  t0: number,
  t1: number,
  gaps: Gaps,
): number[] {
  const width = gaps.mask.length;
  const pps = width / (t1 - t0);
  const covered = gaps.mask.slice();
  for (const { first, count, bin } of pieces) {
    const end = Math.min((first + count) * bin, tb.nSamples);
    for (let s = first * bin, r = runOf(tb, s); s < end; r++) {
      const stop = Math.min(end, runEnd(tb, r));
      const onset = (tb.onsets[r] as number) - (tb.starts[r] as number) / tb.fs - t0;
      const from = Math.max(0, Math.floor((onset + s / tb.fs) * pps));
      covered.fill(1, from, Math.max(from, Math.ceil((onset + stop / tb.fs) * pps)));
      s = stop;
    }
  }
  const bands: number[] = [];
  for (let c = 0; c < width; c++) {
    if (covered[c] === 1) continue;
    if (bands.length > 0 && bands.at(-1) === c) bands[bands.length - 1] = c + 1;
    else bands.push(c, c + 1);
  }
  return bands;
}

export interface Gaps {
  /** Pairs of first column and column after the last. */
  bands: number[];
  /** 1 for each column in a band. */
  mask: Uint8Array;
  /** Share of the columns that are in bands. */
  share: number;
}

/**
 * Bands of the gaps between `t0` and `t1`, each at least `minWidth` columns wide. The time before
 * the first sample is a gap, and the time after the last one unless the file is still `growing`.
 */
export function gapBands(
  tb: TimeBase,
  t0: number,
  t1: number,
  width: number,
  minWidth: number,
  growing = false,
): Gaps {
  const mask = new Uint8Array(width);
  const bands: number[] = [];
  const pps = width / (t1 - t0);
  const { onsets, starts, fs } = tb;
  const [begun, ended] = extentOf(tb);
  // Less than a sample is not a gap: channels of different rates cannot end at the same time.
  const before = begun - t0 > 1 / fs ? Math.min(Math.floor((begun - t0) * pps), width) : 0;
  if (before > 0) bands.push(0, before);
  // From the first run that begins after t0: the gap before it may reach into the window.
  for (let r = Math.max(lastNotAbove(onsets, t0) + 1, 1); r < onsets.length; r++) {
    const begin = (onsets[r - 1] as number) + (runEnd(tb, r - 1) - (starts[r - 1] as number)) / fs;
    if (begin >= t1) break;
    const end = onsets[r] as number;
    // Many formats round onsets; less than half a sample is not a gap.
    if (end - begin < 0.5 / fs) continue;
    let c0 = Math.floor((begin - t0) * pps);
    let c1 = Math.ceil((end - t0) * pps);
    if (c1 - c0 < minWidth) {
      c0 = Math.round(((begin + end) / 2 - t0) * pps - minWidth / 2);
      c1 = c0 + minWidth;
    }
    c0 = Math.max(0, Math.min(c0, width - minWidth));
    c1 = Math.max(Math.min(minWidth, width), Math.min(c1, width));
    const previous = bands[bands.length - 1];
    if (previous !== undefined && c0 <= previous) {
      if (c1 > previous) bands[bands.length - 1] = c1;
    } else bands.push(c0, c1);
  }
  const after = Math.max(0, Math.ceil((ended - t0) * pps));
  if (!growing && t1 - ended > 1 / fs && after < width) bands.push(after, width);
  let total = 0;
  for (let k = 0; k < bands.length; k += 2) {
    const [a, b] = [bands[k] as number, bands[k + 1] as number];
    mask.fill(1, a, b);
    total += b - a;
  }
  return { bands, mask, share: width > 0 ? total / width : 0 };
}
