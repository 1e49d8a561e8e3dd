/** Channel names, units and amplitude scales at the left of the lanes. */

import { tickText } from "../math/autoscale.ts";
import { type Layout, laneExtent, lanesInView } from "../math/layout.ts";
import { between, endTicks, shareBelow, valueTicks } from "../math/scale.ts";
import type { ViewState } from "../state/viewstate.ts";
import { elide, type Surface } from "./surface.ts";
import { inkOf, type Theme } from "./theme.ts";

export function paintGutter(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
  scroll: number,
): void {
  const g = surface.begin();
  if (!g) return;
  const { gutter, lanesHeight, lanesTop } = layout;
  g.fillStyle = theme.gutterCss;
  g.fillRect(0, 0, gutter, layout.height);
  g.save();
  g.beginPath();
  g.rect(0, lanesTop, gutter, lanesHeight);
  g.clip();
  const [first, stop] = lanesInView(layout, scroll);
  for (let k = first; k < stop; k++) {
    const lane = state.lanes[k];
    if (!lane) continue;
    const [fromFirst, laneHeight] = laneExtent(layout, k);
    const top = lanesTop + fromFirst - scroll;
    if (k > first) {
      g.fillStyle = theme.lineCss;
      g.fillRect(0, Math.round(top), gutter, 1 / layout.dpr);
    }
    const stripe = (laneHeight - 6) / lane.signals.length;
    lane.signals.forEach((channel, order) => {
      g.fillStyle = inkOf(theme, channel).css;
      g.fillRect(0, top + 3 + order * stripe, 3, stripe);
    });
    const [channel] = lane.signals;
    const scale = state.scaleOf(channel);
    const extent: Extent = { top, height: laneHeight };
    const scaleWidth = laneHeight >= 34 ? paintScale(g, scale, extent, layout, theme) : 0;
    const name = lane.signals.map((signal) => signal.name).join(", ");
    const room = gutter - 10 - scaleWidth - 4;
    paintName(g, name, channel.units, scale.auto, room, extent, layout.dpr, theme);
  }
  g.restore();
  g.fillStyle = theme.lineCss;
  g.fillRect(gutter - 1 / layout.dpr, 0, 1 / layout.dpr, lanesTop + lanesHeight);
}

/** Position of a lane in CSS pixels from the top of the gutter. */
interface Extent {
  top: number;
  height: number;
}

const nameFont = (theme: Theme): string => `600 12px ${theme.font}`;

/** Width of the widest of the first thousand channel names. */
export function widestName(surface: Surface, state: ViewState, theme: Theme): number {
  const { context } = surface;
  if (!context) return 0;
  context.save();
  context.font = nameFont(theme);
  const widths = state.signals.slice(0, 1000).map(({ name }) => context.measureText(name).width);
  context.restore();
  return Math.max(0, ...widths);
}

function paintName(
  g: CanvasRenderingContext2D,
  name: string,
  units: string,
  auto: boolean,
  room: number,
  { top, height }: Extent,
  dpr: number,
  theme: Theme,
): void {
  const y = Math.round((top + height / 2) * dpr) / dpr;
  const under = height >= 34 && (units !== "" || !auto);
  g.textBaseline = "middle";
  g.textAlign = "left";
  g.fillStyle = theme.text;
  g.font = nameFont(theme);
  const shown = elide(g, name, room);
  g.fillText(shown, 9, under ? y - 7 : y);
  const nameWidth = g.measureText(shown).width;
  g.fillStyle = theme.muted;
  g.font = `11px ${theme.font}`;
  const text = auto ? units : `${units} ⇕`.trim();
  if (under) g.fillText(elide(g, text, room), 9, y + 8);
  else if (nameWidth + 6 + g.measureText(text).width <= room) g.fillText(text, 15 + nameWidth, y);
}

/** Ticks at round values at the right edge; returns their width. */
function paintScale(
  g: CanvasRenderingContext2D,
  scale: { min: number; max: number; base: readonly [number, number] | null; auto: boolean },
  { top, height }: Extent,
  layout: Layout,
  theme: Theme,
): number {
  if (scale.base === null && scale.auto) return 0;
  const { gutter, narrow, dpr } = layout;
  const pad = Math.min(3, height * 0.06);
  const inner = height - 2 * pad;
  const most = Math.min(5, Math.floor(height / 26));
  const { min, max } = scale;
  const inset = 7 / inner;
  const [low, high] = [between(min, max, inset), between(min, max, 1 - inset)];
  const { ticks, step } = height < 75 ? endTicks(low, high) : valueTicks(low, high, most);
  g.font = `10px ${theme.font}`;
  g.textAlign = "right";
  g.textBaseline = "middle";
  let width = 0;
  for (const value of ticks) {
    const y = Math.round((top + pad + shareBelow(min, max, value) * inner) * dpr) / dpr;
    g.fillStyle = theme.lineCss;
    g.fillRect(gutter - 4, y, 4, 1 / dpr);
    if (narrow) continue;
    const text = tickText(value, step);
    g.fillStyle = theme.muted;
    g.fillText(text, gutter - 6, y);
    width = Math.max(width, g.measureText(text).width + 6);
  }
  return width;
}
