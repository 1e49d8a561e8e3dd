/** Columns whose values are at a limit, as bands of pixel columns. */
import type { Columns } from "./columns.ts";
import type { Range } from "./scale.ts";

export interface Clips {
  /** Pairs of first column and column after the last. */
  above: number[];
  below: number[];
}

/** Where the trace leaves the limits of its lane. */
export function beyondScale({ lo, hi, length }: Columns, [min, max]: Range): Clips {
  // A trace that touches the edge is still visible.
  const slack = (max / 4 - min / 4) * 4e-9;
  return {
    above: bandsOf(hi, length, 1, max + slack),
    below: bandsOf(lo, length, -1, slack - min),
  };
}

/** Where samples are at the largest or smallest value that the file can hold. */
export function atLimits({ lo, hi, length }: Columns, [min, max]: Range, gain: number): Clips {
  const slack = Math.abs(gain) / 2;
  return {
    above: bandsOf(hi, length, 1, max - slack),
    below: bandsOf(lo, length, -1, -(min + slack)),
  };
}

/** Columns in which `sign` times the value is above `limit`. */
function bandsOf(values: Float64Array, length: number, sign: 1 | -1, limit: number): number[] {
  const bands: number[] = [];
  for (let c = 0; ; ) {
    while (c < length && !(sign * (values[c] as number) > limit)) c++;
    if (c === length) return bands;
    bands.push(c);
    while (c < length && sign * (values[c] as number) > limit) c++;
    bands.push(c);
  }
}
