/** Draws the caliper, and finds the points of a lane that it can snap to. */
import {
  differenceText,
  intervalTexts,
  marches,
  type Pixels,
  type Point,
} from "../math/calipers.ts";
import { type Layout, lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import { runEnd } from "../math/timebase.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import { inkOf } from "./theme.ts";

/** Points within this many pixels of the pointer are offered. */
const NEAR = 14;

/** Positions in a lane, in CSS pixels from the left and from the top of the lanes. */
export function pixelsOf(
  { scale, top, height }: DrawnLane,
  { t0, t1 }: ViewState,
  { plotWidth }: Layout,
): Pixels & { t(x: number): number; value(y: number): number } {
  const pad = lanePad(height);
  const inner = height - 2 * pad;
  const { min, max } = scale;
  const pps = plotWidth / (t1 - t0);
  return {
    x: (t) => (t - t0) * pps,
    y: (value) => top + pad + shareBelow(min, max, value) * inner,
    t: (x) => t0 + x / pps,
    value: (y) => {
      const share = (y - top - pad) / inner;
      return max * (1 - share) + min * share;
    },
  };
}

/**
 * The samples of a lane near a pixel, in order of time. Where minima and maxima are drawn, both of
 * each pixel column, at its middle.
 */
export function lanePoints(
  lane: DrawnLane,
  { t0, t1 }: ViewState,
  x: number,
  { plotWidth }: Layout,
): Point[] {
  const { columns, data, channel } = lane;
  const seconds = (t1 - t0) / plotWidth;
  if (columns.sampleStep > 0) {
    // At least the neighbours, however far apart the samples are.
    const reach = Math.max(NEAR * seconds, 2 / channel.fs);
    return samplesBetween(lane, t0 + x * seconds - reach, t0 + x * seconds + reach);
  }
  const perPixel = columns.length / plotWidth;
  const c0 = Math.max(0, Math.floor((x - NEAR) * perPixel));
  const c1 = Math.min(columns.length, Math.ceil((x + NEAR) * perPixel));
  const points: Point[] = [];
  let before = Number.NaN;
  for (let c = c0; c < c1; c++) {
    const [lo, hi] = [columns.lo[c] as number, columns.hi[c] as number];
    if (!Number.isFinite(lo) || !Number.isFinite(hi)) continue;
    const t = t0 + ((c + 0.5) / columns.length) * (t1 - t0);
    // In the order that makes the shorter line, so that extrema stay extrema.
    const rising = Number.isNaN(before) || Math.abs(lo - before) <= Math.abs(hi - before);
    const both = rising ? [lo, hi] : [hi, lo];
    for (const value of lo === hi ? [lo] : both) points.push({ t, value });
    before = both[1] as number;
  }
  return data.pieces.length > 0 ? points : [];
}

function samplesBetween({ data, channel }: DrawnLane, from: number, to: number): Point[] {
  const { timebase: tb } = channel;
  const points: Point[] = [];
  for (const piece of data.pieces) {
    if (piece.bin !== 1) continue;
    for (let r = 0; r < tb.starts.length; r++) {
      const onset = tb.onsets[r] as number;
      if (onset > to) break;
      const start = tb.starts[r] as number;
      const first = Math.max(piece.first, start, start + Math.ceil((from - onset) * tb.fs));
      const last = Math.min(
        piece.first + piece.count,
        runEnd(tb, r),
        start + Math.floor((to - onset) * tb.fs) + 1,
      );
      for (let s = first; s < last; s++) {
        const value = piece.lo[s - piece.first] as number;
        if (Number.isFinite(value)) points.push({ t: onset + (s - start) / tb.fs, value });
      }
    }
  }
  return points;
}

export const caliperLines = (host: ViewHost): Feature => ({
  paint: (g, frame) => paintCaliper(g, frame, host.root),
  changed(change) {
    if (change === "measure") host.touch();
  },
});

function paintCaliper(g: CanvasRenderingContext2D, frame: Frame, root: HTMLElement): void {
  const { state, box, theme, drawn } = frame;
  const { caliper } = state.measure;
  const { plotWidth, lanesTop, lanesHeight, dpr } = box;
  if (!caliper) {
    root.removeAttribute("data-caliper");
    root.removeAttribute("data-caliper-bar");
    return;
  }
  const { from, to, marching } = caliper;
  const lane = drawn.find(({ channel }) => channel.name === caliper.channel);
  const texts = intervalTexts(to.t - from.t);
  if (lane) texts.push(differenceText(from, to, lane.shown));
  const text = texts.join("  ");
  root.setAttribute("data-caliper", text);
  const pps = plotWidth / (state.t1 - state.t0);
  const xOf = (t: number): number => Math.round((t - state.t0) * pps * dpr) / dpr;
  const line = (t: number, top: number, height: number): void =>
    g.fillRect(xOf(t), top, 1 / dpr, height);
  g.beginPath();
  g.rect(0, lanesTop, plotWidth, lanesHeight);
  g.clip();
  g.fillStyle = theme.accentCss;
  if (marching) {
    g.globalAlpha = 0.55;
    for (const t of marches([from.t, to.t], [state.t0, state.t1], plotWidth))
      line(t, lanesTop, lanesHeight);
    g.globalAlpha = 1;
  }
  for (const { t } of [from, to]) line(t, lanesTop, lanesHeight);
  const laneTop = lane ? lanesTop + lane.top : lanesTop;
  const laneHeight = lane ? lane.height : lanesHeight;
  const bar = Math.min(
    Math.max(laneTop + Math.min(11, laneHeight / 2), lanesTop + 10),
    lanesTop + lanesHeight - 10,
  );
  root.setAttribute("data-caliper-bar", String(bar));
  const [x0, x1] = [from.t, to.t].map(xOf).sort((a, b) => a - b) as [number, number];
  g.fillRect(x0, bar - 0.5, x1 - x0, 1);
  if (lane) {
    const pixels = pixelsOf(lane, state, box);
    const ink = inkOf(theme, lane.channel).css;
    for (const point of [from, to]) {
      const y = lanesTop + pixels.y(point.value);
      g.fillStyle = theme.accentCss;
      g.fillRect(xOf(point.t) - 7, y - 0.5, 14, 1);
      g.fillStyle = theme.backgroundCss;
      g.strokeStyle = ink;
      g.lineWidth = 1.5;
      g.beginPath();
      g.arc((point.t - state.t0) * pps, y, 3, 0, 2 * Math.PI);
      g.fill();
      g.stroke();
    }
  }
  if (x1 < 0 || x0 > plotWidth) return;
  g.font = `600 11px ${theme.font}`;
  const width = g.measureText(text).width + 10;
  const inside = width + 16 <= x1 - x0;
  const wanted = inside ? (x0 + x1 - width) / 2 : x1 + 6;
  const left = Math.max(2, wanted + width > plotWidth && !inside ? x0 - 6 - width : wanted);
  g.fillStyle = theme.backgroundCss;
  g.strokeStyle = theme.accentCss;
  g.lineWidth = 1;
  g.beginPath();
  g.roundRect(Math.min(left, Math.max(2, plotWidth - width - 2)), bar - 9, width, 18, 4);
  g.fill();
  g.stroke();
  g.fillStyle = theme.text;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, Math.min(left, Math.max(2, plotWidth - width - 2)) + 5, bar + 0.5);
}
