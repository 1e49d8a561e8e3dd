import { BIN_FACTOR, MAX_BIN } from "./protocol.ts";

/**
 * Bin size for a window of `width` device pixels: the largest power of `BIN_FACTOR` that is not
 * larger than the number of samples per pixel, and at most `MAX_BIN`.
 */
export function binSizeFor(fs: number, t0: number, t1: number, width: number): number {
  const perPixel = Math.min((fs * (t1 - t0)) / Math.max(width, 1), MAX_BIN);
  let bin = 1;
  while (bin * BIN_FACTOR <= perPixel) bin *= BIN_FACTOR;
  return bin;
}

/** Number of bins of size `bin` that a channel of `nSamples` samples has. */
export function binCount(nSamples: number, bin: number): number {
  return Math.ceil(nSamples / bin);
}
