/** The gaps of a time base as bands of pixel columns. */
import type { TimeBase } from "../data/types.ts";
import { runEnd } from "./columns.ts";

export interface Gaps {
  /** Pairs of first column and column after the last. */
  bands: number[];
  /** 1 for each column in a band. */
  mask: Uint8Array;
  /** Share of the columns that are in bands. */
  share: number;
}

/** Bands of the gaps between `t0` and `t1`, each `least` columns wide or wider. */
export function gapBands(tb: TimeBase, t0: number, t1: number, width: number, least: number): Gaps {
  const mask = new Uint8Array(width);
  const bands: number[] = [];
  const pps = width / (t1 - t0);
  const { onsets, starts, fs } = tb;
  // The first run that begins after t0: the gap before it may reach into the window.
  let low = 1;
  let high = onsets.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((onsets[mid] as number) > t0) high = mid;
    else low = mid + 1;
  }
  for (let r = low; r < onsets.length; r++) {
    const begin = (onsets[r - 1] as number) + (runEnd(tb, r - 1) - (starts[r - 1] as number)) / fs;
    if (begin >= t1) break;
    const end = onsets[r] as number;
    // Onsets are rounded in many formats; half a sample is not a gap.
    if (end - begin < 0.5 / fs) continue;
    let c0 = Math.floor((begin - t0) * pps);
    let c1 = Math.ceil((end - t0) * pps);
    if (c1 - c0 < least) {
      c0 = Math.round(((begin + end) / 2 - t0) * pps - least / 2);
      c1 = c0 + least;
    }
    c0 = Math.max(0, Math.min(c0, width - least));
    c1 = Math.max(Math.min(least, width), Math.min(c1, width));
    const previous = bands[bands.length - 1];
    if (previous !== undefined && c0 <= previous) {
      if (c1 > previous) bands[bands.length - 1] = c1;
    } else bands.push(c0, c1);
  }
  let total = 0;
  for (let k = 0; k < bands.length; k += 2) {
    const [a, b] = [bands[k] as number, bands[k + 1] as number];
    mask.fill(1, a, b);
    total += b - a;
  }
  return { bands, mask, share: width > 0 ? total / width : 0 };
}
