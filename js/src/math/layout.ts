/** Positions and sizes of the parts of a view, in CSS pixels from the top left of its body. */

export interface Layout {
  width: number;
  height: number;
  dpr: number;
  /** The view is narrow: no values beside the lanes. */
  narrow: boolean;
  gutter: number;
  plotWidth: number;
  /** Height of the annotation strip above the lanes. */
  strip: number;
  lanesTop: number;
  lanesHeight: number;
  laneHeight: number;
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

/** `names` is the width of the widest channel name. */
export function layoutOf(
  width: number,
  height: number,
  lanes: number,
  dpr: number,
  annotated: boolean,
  names = 0,
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
  const strip = annotated && height >= 150 ? 15 : 0;
  const below = axisHeight + (overviewHeight > 0 ? overviewHeight + 5 : 0);
  const lanesHeight = Math.max(0, height - below - strip);
  const laneHeight = Math.max(MIN_LANE_HEIGHT, lanes > 0 ? lanesHeight / lanes : lanesHeight);
  const contentHeight = laneHeight * lanes;
  const scrollbar = contentHeight > lanesHeight + 0.5 ? 12 : 0;
  return {
    width,
    height,
    narrow,
    dpr,
    gutter,
    plotWidth: Math.max(1, width - gutter - scrollbar),
    strip,
    lanesTop: strip,
    lanesHeight,
    laneHeight,
    contentHeight,
    axisTop: strip + lanesHeight,
    axisHeight,
    overviewTop: height - overviewHeight - 1,
    overviewHeight,
    scrollbar,
  };
}

/** Index of the first visible lane and of the one after the last. */
export function lanesInView(layout: Layout, scroll: number, lanes: number): [number, number] {
  const first = Math.floor(scroll / layout.laneHeight + 1e-6);
  const stop = Math.ceil((scroll + layout.lanesHeight) / layout.laneHeight - 1e-6);
  return [Math.max(0, first), Math.min(lanes, stop)];
}

export function clampScroll(layout: Layout, scroll: number): number {
  return Math.max(0, Math.min(scroll, layout.contentHeight - layout.lanesHeight));
}
