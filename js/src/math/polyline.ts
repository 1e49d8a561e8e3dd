/** Draws a line through chosen points into pixel columns. */
import type { Columns } from "./columns.ts";

/** Points of one signal: times in seconds, and values; the line is interrupted at NaN. */
export interface PointSet {
  times: Float64Array;
  values: Float64Array;
  /** Number of samples from which they were chosen. */
  samples: number;
}

/** Fills `out` with the minimum and maximum of the line in each column. */
export function lineThrough(
  out: Columns,
  { times, values }: PointSet,
  t0: number,
  t1: number,
  width: number,
): void {
  out.begin(width, t0, t1 - t0);
  const pps = width / (t1 - t0);
  const { lo, hi } = out;
  const put = (c: number, y: number): void => {
    if (c < 0 || c >= width) return;
    if (!((lo[c] as number) <= y)) lo[c] = y;
    if (!((hi[c] as number) >= y)) hi[c] = y;
  };
  for (let k = 0; k < times.length; k++) {
    const [x, y] = [((times[k] as number) - t0) * pps, values[k] as number];
    if (Number.isNaN(y)) continue;
    put(Math.floor(x), y);
    const next = values[k + 1];
    if (next === undefined || Number.isNaN(next)) continue;
    const xNext = ((times[k + 1] as number) - t0) * pps;
    const slope = (next - y) / (xNext - x);
    // The line at each edge of a column that it crosses.
    const last = Math.min(Math.floor(xNext), width);
    for (let edge = Math.max(Math.floor(x) + 1, 0); edge <= last; edge++) {
      const at = y + slope * (edge - x);
      put(edge - 1, at);
      put(edge, at);
    }
  }
}
