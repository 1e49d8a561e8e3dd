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
  const slack = (max / 4 - min / 4) * 1e-9;
  return {
    above: bandsOf(length, (c) => (hi[c] as number) / 4 - slack > max / 4),
    below: bandsOf(length, (c) => (lo[c] as number) / 4 + slack < min / 4),
  };
}

/** Where samples are at the largest or smallest value that the file can hold. */
export function atLimits({ lo, hi, length }: Columns, [min, max]: Range, gain: number): Clips {
  const slack = Math.abs(gain) / 2;
  return {
    above: bandsOf(length, (c) => (hi[c] as number) > max - slack),
    below: bandsOf(length, (c) => (lo[c] as number) < min + slack),
  };
}

function bandsOf(length: number, is: (column: number) => boolean): number[] {
  const bands: number[] = [];
  let from = -1;
  for (let c = 0; c <= length; c++) {
    const inside = c < length && is(c);
    if (inside && from < 0) from = c;
    else if (!inside && from >= 0) {
      bands.push(from, c);
      from = -1;
    }
  }
  return bands;
}
