/** The overlay of the lanes: annotations, selection, crosshair with values. */
import type { AnnotationSet } from "../data/types.ts";
import { valueText } from "../math/autoscale.ts";
import { spanText, timeText } from "../math/clock.ts";
import { sampleAt } from "../math/columns.ts";
import type { Layout } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import type { ViewState } from "../state.ts";
import type { DrawnLane } from "./lanes.ts";
import { paintMarks } from "./marks.ts";
import type { Surface } from "./surface.ts";
import type { Theme } from "./theme.ts";

export function paintOverlay(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
  drawn: readonly DrawnLane[],
  annotations: AnnotationSet | null,
  pointer: number | null,
): void {
  const g = surface.begin();
  if (!g || !(state.t1 > state.t0)) return;
  if (annotations) paintMarks(g, annotations, state, layout, theme, drawn);
  if (state.selection) paintSelection(g, state.selection, state, layout, theme);
  if (pointer !== null) paintCrosshair(g, pointer, state, layout, theme, drawn);
}

function paintSelection(
  g: CanvasRenderingContext2D,
  [a, b]: readonly [number, number],
  state: ViewState,
  layout: Layout,
  theme: Theme,
): void {
  const { plotWidth, lanesTop, lanesHeight, dpr } = layout;
  const pps = plotWidth / (state.t1 - state.t0);
  const x0 = Math.max(-2, (a - state.t0) * pps);
  const x1 = Math.min(plotWidth + 2, (b - state.t0) * pps);
  if (x1 < 0 || x0 > plotWidth) return;
  g.fillStyle = theme.accentCss;
  g.globalAlpha = 0.16;
  g.fillRect(x0, lanesTop, x1 - x0, lanesHeight);
  g.globalAlpha = 0.9;
  g.fillRect(x0, lanesTop, 1.5 / dpr, lanesHeight);
  g.fillRect(x1 - 1.5 / dpr, lanesTop, 1.5 / dpr, lanesHeight);
  g.globalAlpha = 1;
  g.font = `600 11px ${theme.font}`;
  const text = spanText(b - a);
  const width = g.measureText(text).width + 8;
  if (width > x1 - x0) return;
  pill(g, text, (x0 + x1) / 2 - width / 2, lanesTop + lanesHeight - 20, width, theme, theme.text);
}

function paintCrosshair(
  g: CanvasRenderingContext2D,
  pointer: number,
  state: ViewState,
  layout: Layout,
  theme: Theme,
  drawn: readonly DrawnLane[],
): void {
  const { plotWidth, lanesTop, lanesHeight, laneHeight, dpr } = layout;
  const pps = plotWidth / (state.t1 - state.t0);
  const t = state.t0 + pointer / pps;
  const x = Math.round(pointer * dpr) / dpr;
  g.fillStyle = theme.text;
  g.globalAlpha = 0.55;
  g.fillRect(x, 0, 1 / dpr, lanesTop + lanesHeight);
  g.globalAlpha = 1;
  g.font = `11px ${theme.font}`;
  g.save();
  g.beginPath();
  g.rect(0, lanesTop, plotWidth, lanesHeight);
  g.clip();
  for (const lane of drawn) {
    const reading = read(lane, t, pointer / plotWidth);
    if (!reading) continue;
    const width = g.measureText(reading.text).width + 8;
    const left = x + 6 + width > plotWidth ? x - 6 - width : x + 6;
    const top = lanesTop + lane.top + Math.min(5, Math.max(1, (laneHeight - 16) / 2));
    const ink = theme.inks[lane.channel.index % theme.inks.length];
    pill(g, reading.text, left, top, width, theme, ink?.css ?? theme.text);
    if (reading.value === null) continue;
    const { min, max } = lane.scale;
    const pad = Math.min(3, lane.height * 0.06);
    const y = lane.top + pad + shareBelow(min, max, reading.value) * (lane.height - 2 * pad);
    if (y < lane.top || y > lane.top + lane.height) continue;
    g.beginPath();
    g.arc((reading.t - state.t0) * pps, lanesTop + y, 3, 0, 2 * Math.PI);
    g.fillStyle = ink?.css ?? theme.text;
    g.fill();
    g.strokeStyle = theme.backgroundCss;
    g.lineWidth = 1;
    g.stroke();
  }
  g.restore();
  const digits = Math.max(0, Math.min(6, Math.ceil(Math.log10(pps) - 0.01)));
  const text = timeText(state.clock, t, digits);
  g.font = `600 11px ${theme.font}`;
  const width = g.measureText(text).width + 10;
  const left = Math.max(0, Math.min(x - width / 2, plotWidth - width));
  const top = lanesTop + lanesHeight + 3;
  // Clears the labels of the axis that this one partly covers.
  g.fillStyle = theme.backgroundCss;
  g.fillRect(left - 5, top + 1, width + 10, 17);
  g.fillStyle = theme.text;
  roundRect(g, left, top, width, 17);
  g.fillStyle = theme.backgroundCss;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, left + 5, top + 9);
}

interface Reading {
  text: string;
  t: number;
  /** The value of a sample, null if a range is shown. */
  value: number | null;
}

/** The value of a lane at a time: its nearest sample, or the range of a pixel column. */
export function read(lane: DrawnLane, t: number, share: number): Reading | null {
  const { columns, channel, scale, data } = lane;
  const span = scale.max - scale.min;
  const units = channel.units ? ` ${channel.units}` : "";
  if (columns.sampleStep > 0) {
    const sample = sampleAt(data.pieces, channel.timebase, t);
    if (!sample || !Number.isFinite(sample.value)) return null;
    return { text: valueText(sample.value, span) + units, ...sample };
  }
  const c = Math.min(columns.length - 1, Math.max(0, Math.floor(share * columns.length)));
  const lo = columns.lo[c] as number;
  const hi = columns.hi[c] as number;
  if (!Number.isFinite(lo) || !Number.isFinite(hi)) return null;
  const [a, b] = [valueText(lo, span), valueText(hi, span)];
  return { text: (a === b ? a : `${a} … ${b}`) + units, t, value: a === b ? lo : null };
}

function pill(
  g: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  width: number,
  theme: Theme,
  ink: string,
): void {
  g.fillStyle = theme.halo;
  roundRect(g, x, y, width, 16);
  g.fillStyle = ink;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, x + 4, y + 8.5);
}

function roundRect(
  g: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  g.beginPath();
  g.roundRect(x, y, width, height, 4);
  g.fill();
}
