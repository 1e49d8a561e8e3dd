/** Where things lie in a view, in CSS pixels from the top left of its body. */

export interface Layout {
  width: number;
  height: number;
  dpr: number;
  gutter: number;
  plotWidth: number;
  /** Height of the strip that annotations have above the lanes. */
  strip: number;
  lanesTop: number;
  lanesHeight: number;
  laneHeight: number;
  /** Height of all lanes together, in view or not. */
  contentHeight: number;
  axisTop: number;
  axisHeight: number;
  overviewTop: number;
  overviewHeight: number;
  /** Width of the scrollbar, 0 without one. */
  scrollbar: number;
}

export const LEAST_LANE = 28;

export function layoutOf(
  width: number,
  height: number,
  lanes: number,
  dpr: number,
  annotated: boolean,
): Layout {
  const gutter = width < 480 ? 62 : width < 800 ? 92 : 128;
  const axisHeight = 22;
  const overviewHeight = height < 150 ? 0 : height < 260 ? 26 : 38;
  const strip = annotated && height >= 150 ? 15 : 0;
  const below = axisHeight + (overviewHeight > 0 ? overviewHeight + 5 : 0);
  const lanesHeight = Math.max(0, height - below - strip);
  const laneHeight = Math.max(LEAST_LANE, lanes > 0 ? lanesHeight / lanes : lanesHeight);
  const contentHeight = laneHeight * lanes;
  const scrollbar = contentHeight > lanesHeight + 0.5 ? 12 : 0;
  return {
    width,
    height,
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

/** First lane in view and the one after the last. */
export function lanesInView(layout: Layout, scroll: number, lanes: number): [number, number] {
  const first = Math.floor(scroll / layout.laneHeight + 1e-6);
  const stop = Math.ceil((scroll + layout.lanesHeight) / layout.laneHeight - 1e-6);
  return [Math.max(0, first), Math.min(lanes, stop)];
}

export function clampScroll(layout: Layout, scroll: number): number {
  return Math.max(0, Math.min(scroll, layout.contentHeight - layout.lanesHeight));
}
