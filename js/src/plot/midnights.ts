/** Lines at midnight with the date. */
import { dateText, midnights } from "../math/clock.ts";
import type { Feature, Frame } from "./feature.ts";

/** Smallest distance of two lines in CSS pixels. */
const CLOSEST = 24;

export const dateLines = (): Feature => ({ paint: paintMidnights });

function paintMidnights(g: CanvasRenderingContext2D, { state, box, theme }: Frame): void {
  const { start, t0, t1 } = state;
  if (!start) return;
  const { plotWidth, lanesTop, lanesHeight, dpr } = box;
  const pps = plotWidth / (t1 - t0);
  const days = midnights(start, Math.max(0, t0), Math.min(t1, state.duration));
  if (days.length > 1 && 86400 * pps < CLOSEST) return;
  g.font = `600 10px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  days.forEach((t, k) => {
    const x = Math.round((t - t0) * pps * dpr) / dpr;
    g.fillStyle = theme.text;
    g.globalAlpha = 0.5;
    g.fillRect(x, lanesTop, 1 / dpr, lanesHeight);
    g.globalAlpha = 1;
    const text = dateText(start, t);
    const { width } = g.measureText(text);
    const next = days[k + 1];
    const room = next === undefined ? plotWidth - x : (next - t) * pps;
    if (width + 8 > room) return;
    g.fillStyle = theme.halo;
    g.fillRect(x + 1, lanesTop + 1, width + 6, 14);
    g.fillStyle = theme.text;
    g.fillText(text, x + 4, lanesTop + 8.5);
  });
}
