/** The time axis under the lanes, with the date or the length of the window at its left. */

import { dateText, spanText } from "../math/clock.ts";
import type { Layout } from "../math/layout.ts";
import type { Tick } from "../math/ticks.ts";
import type { ViewState } from "../state/viewstate.ts";
import { elide, type Surface } from "./surface.ts";
import type { Theme } from "./theme.ts";

export const AXIS_FONT = "11px";

export function paintAxis(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
  ticks: readonly Tick[],
): void {
  const g = surface.begin();
  if (!g) return;
  const { gutter, plotWidth, axisHeight, dpr } = layout;
  const { t0, t1, clock } = state;
  const pps = plotWidth / (t1 - t0);
  const middle = axisHeight / 2 + 1.5;
  g.fillStyle = theme.lineCss;
  g.fillRect(0, 0, layout.width, 1 / dpr);
  g.textBaseline = "middle";
  g.textAlign = "left";
  g.font = `${AXIS_FONT} ${theme.font}`;
  g.fillStyle = theme.muted;
  // The length of the window stands beside the strip, where there is one and room.
  const beside = gutter >= 66 && layout.overviewHeight > 0;
  const length = beside ? "" : spanText(t1 - t0);
  const corner = clock && gutter >= 66 ? dateText(clock, t0) : length;
  const shown = elide(g, corner, gutter - 10);
  g.fillText(shown, 9, middle);
  g.textAlign = "left";
  let free = 9 + g.measureText(shown).width + 8;
  for (const tick of ticks) {
    const x = gutter + (tick.t - t0) * pps;
    const mark = Math.min(Math.round(x * dpr) / dpr, gutter + plotWidth - 1 / dpr);
    g.fillStyle = tick.date ? theme.text : theme.lineCss;
    g.fillRect(mark, 0, 1 / dpr, 5);
    g.font = `${tick.date ? "600 " : ""}${AXIS_FONT} ${theme.font}`;
    const width = g.measureText(tick.text).width;
    // A label is centred on its tick, or omitted.
    const left = x - width / 2;
    if (left < free || left + width > layout.width - 1) continue;
    free = left + width + 8;
    g.fillStyle = tick.date ? theme.text : theme.muted;
    g.fillText(tick.text, left, middle);
  }
}
