/** Groups of lanes that are drawn one after another in the same pixels. */

/** About so many pixels at a time stay in the cache of a processor. */
const PIXELS = 2 ** 18;

/** Lanes, and the rows `[from, to)` of the canvas that are theirs. */
export interface Band<L> {
  lanes: readonly L[];
  from: number;
  to: number;
}

/**
 * Divides all rows of a canvas among its lanes, from the top.
 *
 * @param whole The lanes may leave their rows: all are in one band.
 */
export function bandsOf<L extends { order: number; top: number }>(
  lanes: readonly L[],
  width: number,
  height: number,
  dpr: number,
  whole: boolean,
): Band<L>[] {
  const bands: Band<L>[] = [];
  const rows = PIXELS / width;
  let [start, from] = [0, 0];
  lanes.forEach(({ order, top }, k) => {
    const row = Math.min(Math.round(top * dpr), height);
    // The channels of a lane are drawn on each other.
    if (whole || order > 0 || row - from < rows) return;
    bands.push({ lanes: lanes.slice(start, k), from, to: row });
    [start, from] = [k, row];
  });
  if (from < height) bands.push({ lanes: lanes.slice(start), from, to: height });
  return bands;
}
