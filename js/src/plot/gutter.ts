/** Channel names, units and amplitude scales at the left of the lanes. */

import { tickText } from "../math/autoscale.ts";
import { type Layout, lanesInView } from "../math/layout.ts";
import { between, endTicks, shareBelow, valueTicks } from "../math/scale.ts";
import type { ViewState } from "../state.ts";
import { elide, type Surface } from "./surface.ts";
import type { Theme } from "./theme.ts";

export function paintGutter(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
  scroll: number,
): void {
  const g = surface.begin();
  if (!g) return;
  const { gutter, laneHeight, lanesHeight, lanesTop } = layout;
  g.fillStyle = theme.gutterCss;
  g.fillRect(0, 0, gutter, layout.height);
  g.save();
  g.beginPath();
  g.rect(0, lanesTop, gutter, lanesHeight);
  g.clip();
  const [first, stop] = lanesInView(layout, scroll, state.lanes.length);
  for (let k = first; k < stop; k++) {
    const lane = state.lanes[k];
    if (!lane) continue;
    const top = lanesTop + k * laneHeight - scroll;
    const scale = state.scaleOf(lane);
    const ink = theme.inks[lane.index % theme.inks.length];
    if (k > first) {
      g.fillStyle = theme.lineCss;
      g.fillRect(0, Math.round(top), gutter, 1 / layout.dpr);
    }
    g.fillStyle = ink?.css ?? theme.text;
    g.fillRect(0, top + 3, 3, laneHeight - 6);
    const scaleWidth = laneHeight >= 34 ? paintScale(g, scale, top, layout, theme) : 0;
    const room = gutter - 10 - scaleWidth - 4;
    paintName(g, lane.name, lane.units, scale.auto, room, top, layout, theme);
  }
  g.restore();
  g.fillStyle = theme.lineCss;
  g.fillRect(gutter - 1 / layout.dpr, 0, 1 / layout.dpr, lanesTop + lanesHeight);
}

const nameFont = (theme: Theme): string => `600 12px ${theme.font}`;

/** Width of the widest of the first thousand channel names. */
export function widestName(surface: Surface, state: ViewState, theme: Theme): number {
  const { context } = surface;
  if (!context) return 0;
  context.save();
  context.font = nameFont(theme);
  const widths = state.lanes.slice(0, 1000).map(({ name }) => context.measureText(name).width);
  context.restore();
  return Math.max(0, ...widths);
}

function paintName(
  g: CanvasRenderingContext2D,
  name: string,
  units: string,
  auto: boolean,
  room: number,
  top: number,
  layout: Layout,
  theme: Theme,
): void {
  const { laneHeight, dpr } = layout;
  const y = Math.round((top + laneHeight / 2) * dpr) / dpr;
  const under = laneHeight >= 34 && (units !== "" || !auto);
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
  top: number,
  layout: Layout,
  theme: Theme,
): number {
  if (scale.base === null && scale.auto) return 0;
  const { laneHeight, gutter, narrow, dpr } = layout;
  const pad = Math.min(3, laneHeight * 0.06);
  const inner = laneHeight - 2 * pad;
  const most = Math.min(5, Math.floor(laneHeight / 26));
  const { min, max } = scale;
  const inset = 7 / inner;
  const [low, high] = [between(min, max, inset), between(min, max, 1 - inset)];
  const { ticks, step } = laneHeight < 75 ? endTicks(low, high) : valueTicks(low, high, most);
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
