/** The strip of the whole recording with the window on it. */
import type { ViewState } from "../state.ts";
import { followData, newScale, robustRange } from "./autoscale.ts";
import { spanText } from "./clock.ts";
import { Columns, reduceToColumns } from "./columns.ts";
import { gapBands } from "./gaps.ts";
import type { Layout } from "./layout.ts";
import { Raster } from "./raster.ts";
import type { Source } from "./source.ts";
import { elide, type Surface } from "./surface.ts";
import type { Theme } from "./theme.ts";

export class Overview {
  readonly frame: HTMLElement;
  settled = false;
  private readonly columns = new Columns();
  private raster: Raster | null = null;

  constructor(parent: HTMLElement) {
    this.frame = document.createElement("div");
    this.frame.className = "vv-window";
    this.frame.setAttribute("aria-hidden", "true");
    parent.append(this.frame);
  }

  /** Draws the strip: of the first channel shown, which stands for all. */
  paint(
    surface: Surface,
    state: ViewState,
    source: Source,
    layout: Layout,
    theme: Theme,
    building: { built(): number | null; doing(): string },
  ): void {
    const built = building.built();
    this.settled = true;
    const channel = state.lanes[0];
    if (layout.overviewHeight === 0 || !channel) return;
    const { context, width, height } = surface;
    const data = source.lane(channel.index, 0, state.duration, width);
    this.settled = data.settled || data.building;
    reduceToColumns(this.columns, data.pieces, channel.timebase, 0, state.duration, width);
    if (!context) return;
    if (this.raster?.width !== width || this.raster.height !== height) {
      this.raster = new Raster(context, width, height);
    }
    const { raster } = this;
    raster.clear(theme.background);
    const scale = newScale(null);
    followData(scale, robustRange(this.columns));
    const gaps = gapBands(channel.timebase, 0, state.duration, width, Math.max(2, layout.dpr * 2));
    for (let k = 0; k < gaps.bands.length; k += 2) {
      const [x0, x1] = [gaps.bands[k] as number, gaps.bands[k + 1] as number];
      raster.hatch(x0, x1, 0, height, theme.gap, theme.gapStripe);
    }
    const ink = theme.inks[channel.index % theme.inks.length];
    const box = { top: 0, height, min: scale.min, max: scale.max };
    const line = Math.max(1, layout.dpr * 0.8);
    if (ink) raster.trace(this.columns, box, ink.faint, line, gaps, gaps.share < 0.3);
    const missing = data.building || !data.settled || (built !== null && built < 1);
    const from = missing ? this.lastDrawn() + 1 : width;
    if (from < width) raster.hatch(from, width, 0, height, theme.grid, theme.line);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.putImageData(raster.image, 0, 0);
    if (built !== null && built < 1) {
      const text = `${building.doing()} ${Math.floor(built * 100)} %`;
      this.tellShare(context, text, from, width, layout, theme);
    }
  }

  private lastDrawn(): number {
    const { hi, length } = this.columns;
    let c = length - 1;
    while (c >= 0 && !Number.isFinite(hi[c])) c--;
    return c;
  }

  private tellShare(
    g: CanvasRenderingContext2D,
    text: string,
    from: number,
    width: number,
    layout: Layout,
    theme: Theme,
  ): void {
    const { dpr } = layout;
    g.setTransform(dpr, 0, 0, dpr, 0, 0);
    g.font = `600 11px ${theme.font}`;
    g.textBaseline = "middle";
    g.textAlign = "center";
    const half = g.measureText(text).width / 2 + 6;
    const right = width / dpr;
    const x = Math.min(Math.max((from + width) / 2 / dpr, half + 2), right - half - 2);
    const y = layout.overviewHeight / 2;
    g.fillStyle = theme.halo;
    g.fillRect(x - half, y - 9, half * 2, 18);
    g.fillStyle = theme.text;
    g.fillText(text, x, y + 0.5);
  }

  /** Puts the frame where the window is; it stays wide enough to be seen and held. */
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

/** The words at the left of the strip: how much of how much is shown. */
export function paintExtent(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
): void {
  const g = surface.begin();
  // Where there is little room the axis tells the length, and a button is here.
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
