/** The overview: a strip of the whole recording with a frame around the window. */
import type { AnnotationSet } from "../data/types.ts";
import { followData, newScale, robustRange } from "../math/autoscale.ts";
import { spanText } from "../math/clock.ts";
import { Columns, lastDrawn, reduceToColumns } from "../math/columns.ts";
import { emptyBands, gapBands } from "../math/gaps.ts";
import type { Layout } from "../math/layout.ts";
import type { ViewState } from "../state/viewstate.ts";
import { paintEvents } from "./marks.ts";
import { Raster } from "./raster.ts";
import type { Source } from "./source.ts";
import { elide, type Surface } from "./surface.ts";
import { inkOf, type Theme } from "./theme.ts";

export class Overview {
  readonly frame: HTMLElement;
  settled = false;
  /** Start of the empty part of the strip in CSS pixels. */
  unfilled = 0;
  readonly #columns = new Columns();
  #raster: Raster | null = null;

  constructor(parent: HTMLElement) {
    this.frame = document.createElement("div");
    this.frame.className = "vv-window";
    this.frame.setAttribute("aria-hidden", "true");
    parent.append(this.frame);
  }

  /** Draws the first visible channel as the overview. */
  paint(
    surface: Surface,
    state: ViewState,
    source: Source,
    layout: Layout,
    theme: Theme,
    whole: boolean,
    events: AnnotationSet | null,
  ): void {
    this.settled = true;
    this.unfilled = 0;
    const channel = state.lanes[0]?.signals[0];
    if (layout.overviewHeight === 0 || !channel) return;
    const { context, width, height } = surface;
    const data = source.lane(channel.index, 0, state.duration, width);
    this.settled = data.settled || data.building;
    reduceToColumns(this.#columns, data.pieces, channel.timebase, 0, state.duration, width);
    if (!context) return;
    if (this.#raster?.width !== width || this.#raster.height !== height) {
      this.#raster = new Raster(context, width, height);
    }
    const raster = this.#raster;
    raster.clear(theme.background);
    const scale = newScale(null);
    followData(scale, robustRange(this.#columns));
    const { duration, reading } = state;
    const least = Math.max(2, Math.round(layout.dpr * 2));
    const gaps = gapBands(channel.timebase, 0, duration, width, least, reading);
    const bands = [...gaps.bands, ...emptyBands(this.#columns)];
    for (let k = 0; k < bands.length; k += 2) {
      const [x0, x1] = [bands[k] as number, bands[k + 1] as number];
      raster.hatch(x0, x1, 0, height, theme.gap, theme.gapStripe);
    }
    const ink = inkOf(theme, channel);
    const box = { top: 0, height, min: scale.min, max: scale.max };
    const line = Math.max(1, layout.dpr * 0.8);
    raster.trace(this.#columns, box, ink.faint, line, gaps);
    const missing = data.building || !data.settled || !whole;
    const from = missing ? lastDrawn(this.#columns) + 1 : width;
    if (from < width) raster.hatch(from, width, 0, height, theme.grid, theme.line);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.putImageData(raster.image, 0, 0);
    this.unfilled = from / layout.dpr;
    if (events) {
      context.setTransform(layout.dpr, 0, 0, layout.dpr, 0, 0);
      paintEvents(context, events, duration, layout.plotWidth, theme);
    }
  }

  /** Places the frame around the window; it stays wide enough to be seen and dragged. */
  place(state: ViewState, layout: Layout): void {
    const { style } = this.frame;
    const shown = layout.overviewHeight > 0 && state.duration > 0;
    style.display = shown ? "" : "none";
    if (!shown) return;
    const [left, width] = this.extent(state, layout);
    style.left = `${left}px`;
    style.width = `${width}px`;
    style.top = `${layout.overviewTop}px`;
    style.height = `${layout.overviewHeight}px`;
  }

  /** Left edge and width of the frame in CSS pixels of the body. */
  extent(state: ViewState, layout: Layout): [number, number] {
    const pps = layout.plotWidth / state.duration;
    const real = (state.t1 - state.t0) * pps;
    const width = Math.max(4, real);
    const left = layout.gutter + state.t0 * pps - (width - real) / 2;
    const most = layout.gutter + layout.plotWidth - width;
    return [Math.max(layout.gutter, Math.min(left, most)), width];
  }
}

/** The text at the left of the strip: length of the window and of the recording. */
export function paintExtent(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
): void {
  const g = surface.begin();
  // In a narrow view the axis shows the length, and a button is here.
  if (!g || layout.overviewHeight === 0 || layout.gutter < 66) return;
  const middle = layout.overviewHeight / 2;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const room = layout.gutter - 34;
  g.fillStyle = theme.text;
  g.font = `600 11px ${theme.font}`;
  const two = layout.overviewHeight >= 28;
  g.fillText(elide(g, spanText(state.t1 - state.t0), room), 9, two ? middle - 7 : middle);
  if (!two) return;
  g.fillStyle = theme.muted;
  g.font = `11px ${theme.font}`;
  g.fillText(elide(g, `of ${spanText(state.duration)}`, room), 9, middle + 8);
}
