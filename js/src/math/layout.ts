/** Positions and sizes of the parts of a view, in CSS pixels from the top left of its body. */

export interface Layout {
  width: number;
  height: number;
  dpr: number;
  /** The view is narrow: no values beside the lanes. */
  narrow: boolean;
  gutter: number;
  plotWidth: number;
  /** Height of the strip of marks above the lanes, and number of its rows. */
  strip: number;
  rows: number;
  lanesTop: number;
  lanesHeight: number;
  /** Top of each lane relative to the first one, and the bottom of the last one. */
  laneTops: Float64Array;
  /** Height of all lanes together, visible or not. */
  contentHeight: number;
  axisTop: number;
  axisHeight: number;
  overviewTop: number;
  overviewHeight: number;
  /** Width of the scrollbar, 0 without one. */
  scrollbar: number;
}

export const MIN_LANE_HEIGHT = 28;
/** The smallest height if the user has chosen the number of lanes. */
const MIN_CHOSEN_HEIGHT = 12;

/** Limits of a drawing: CSS pixels, device pixels of a side, and device pixels of the area. */
export const MAX_SIZE = { css: 20_000, side: 16_384, area: 2 ** 25 } as const;

/**
 * The size and pixel ratio of a drawing in an element of any size: hosts may report sizes that are
 * absurd or not numbers, and browsers refuse large canvases. A large drawing has fewer pixels.
 */
export function drawable(
  width: number,
  height: number,
  ratio: number,
): { width: number; height: number; dpr: number } {
  const within = (size: number): number => (size > 0 ? Math.min(size, MAX_SIZE.css) : 0);
  const [w, h] = [within(width), within(height)];
  const most = Math.min(
    MAX_SIZE.side / Math.max(w, h, 1),
    Math.sqrt(MAX_SIZE.area / Math.max(w * h, 1)),
  );
  const wanted = ratio > 0 && Number.isFinite(ratio) ? ratio : 1;
  return { width: w, height: h, dpr: Math.min(wanted, most) };
}

/**
 * `lanes` contains the relative heights; `names` is the width of the widest channel name; `perPage`
 * is the largest number of lanes of height 1 on the screen, null if it is not chosen; `rows` is the
 * number of rows of marks.
 */
export function layoutOf(
  width: number,
  height: number,
  lanes: readonly number[],
  dpr: number,
  rows: number,
  names = 0,
  perPage: number | null = null,
): Layout {
  const narrow = width < 480;
  const [least, most] = narrow
    ? [54, 84]
    : width < 800
      ? [88, 136]
      : [110, Math.min(220, width / 5)];
  // Beside the names: the colour mark of the lane, a margin, and the tick values if they fit.
  const gutter = Math.round(Math.max(least, Math.min(names + (narrow ? 15 : 54), most)));
  const axisHeight = 22;
  const overviewHeight = height < 150 ? 0 : height < 260 ? 26 : 38;
  const strip = height >= 150 ? stripHeight(rows) : 0;
  const below = axisHeight + (overviewHeight > 0 ? overviewHeight + 5 : 0);
  const lanesHeight = Math.max(0, height - below - strip);
  const laneTops = topsOf(lanes, lanesHeight, perPage);
  const contentHeight = laneTops[lanes.length] as number;
  const scrollbar = contentHeight > lanesHeight + 0.5 ? 12 : 0;
  return {
    width,
    height,
    narrow,
    dpr,
    gutter,
    plotWidth: Math.max(1, width - gutter - scrollbar),
    strip,
    rows: strip > 0 ? rows : 0,
    lanesTop: strip,
    lanesHeight,
    laneTops,
    contentHeight,
    axisTop: strip + lanesHeight,
    axisHeight,
    overviewTop: height - overviewHeight - 1,
    overviewHeight,
    scrollbar,
  };
}

/** Height of the strip: a single row is higher than one of several. */
const stripHeight = (rows: number): number => (rows > 1 ? 13 * rows + 2 : 15 * rows);

/** Top and height of a row of the strip; rows beyond the last one share it. */
export function stripRow({ strip, rows }: Layout, row: number): [number, number] {
  const height = rows > 0 ? strip / rows : 0;
  return [height * Math.min(row, rows - 1), height];
}

/** Divides a height by weight; no lane is lower than the smallest height. */
function topsOf(weights: readonly number[], height: number, perPage: number | null): Float64Array {
  const sum = weights.reduce((sum, weight) => sum + weight, 0);
  const total = Math.min(sum, perPage ?? sum);
  const least = perPage === null ? MIN_LANE_HEIGHT : MIN_CHOSEN_HEIGHT;
  const tops = new Float64Array(weights.length + 1);
  weights.forEach((weight, k) => {
    const own = Math.max(least, (height * weight) / total);
    tops[k + 1] = (tops[k] as number) + own;
  });
  return tops;
}

/** Free space above and below the trace in a lane. */
export const lanePad = (height: number): number => Math.min(3, height * 0.06);

/** Height of a lane between the limits of its scale. */
export const innerHeight = (height: number): number => height - 2 * lanePad(height);

/** Top of a lane relative to the first one, and its height. */
export function laneExtent({ laneTops }: Layout, lane: number): [number, number] {
  const top = laneTops[lane] as number;
  return [top, (laneTops[lane + 1] as number) - top];
}

/** Index of the lane at a distance from the top of the first one; -1 above and below the lanes. */
export function laneAt({ laneTops }: Layout, y: number): number {
  const lanes = laneTops.length - 1;
  if (!(y >= 0) || lanes === 0 || y >= (laneTops[lanes] as number)) return -1;
  let low = 0;
  let high = lanes;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((laneTops[middle] as number) <= y) low = middle;
    else high = middle;
  }
  return low;
}

/** Index of the first visible lane and of the one after the last. */
export function lanesInView(layout: Layout, scroll: number): [number, number] {
  const lanes = layout.laneTops.length - 1;
  if (lanes === 0) return [0, 0];
  const first = laneAt(layout, scroll + 1e-6);
  const last = laneAt(layout, scroll + layout.lanesHeight - 1e-6);
  return [first < 0 ? lanes : first, last < 0 ? lanes : last + 1];
}

export function clampScroll(layout: Layout, scroll: number): number {
  return Math.max(0, Math.min(scroll, layout.contentHeight - layout.lanesHeight));
}
