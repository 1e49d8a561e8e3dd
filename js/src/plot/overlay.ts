/** Drawn over the lanes: the selection, and a crosshair. */
import { selectDrag } from "../gestures/select.ts";
import { valueText } from "../math/autoscale.ts";
import { spanText, timeText } from "../math/clock.ts";
import { sampleAt } from "../math/columns.ts";
import { lanePad } from "../math/layout.ts";
import { levelName } from "../math/levels.ts";
import { shareBelow } from "../math/scale.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import { inkOf, type Theme } from "./theme.ts";

/** A selected time range. */
export function selection(host: ViewHost): Feature {
  const { state } = host;
  const clear = (): boolean => {
    // If there is nothing to clear, JupyterLab handles Escape.
    if (state.selection === null) return false;
    state.setSelection(null);
    return true;
  };
  return {
    commands: [{ keys: ["Escape"], text: "", run: clear }],
    claim: (event) => selectDrag(event, host.plot, host),
    paint: (g, frame) => {
      if (state.selection) paintSelection(g, state.selection, frame);
    },
  };
}

/** A line at the pointer with the time; the values are beside the lanes, see `readings`. */
export const crosshair = (): Feature => ({
  paint: (g, frame) => {
    if (frame.pointer !== null) paintCrosshair(g, frame.pointer, frame);
  },
});

function paintSelection(
  g: CanvasRenderingContext2D,
  [a, b]: readonly [number, number],
  { state, box, theme }: Frame,
): void {
  const { plotWidth, lanesTop, lanesHeight, dpr } = box;
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
  { state, box, theme, drawn }: Frame,
): void {
  const { plotWidth, lanesTop, lanesHeight, dpr } = box;
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
    if (!reading || reading.value === null) continue;
    const ink = inkOf(theme, lane.channel);
    const { min, max } = lane.scale;
    const pad = lanePad(lane.height);
    const y = lane.top + pad + shareBelow(min, max, reading.value) * (lane.height - 2 * pad);
    if (y < lane.top || y > lane.top + lane.height) continue;
    g.beginPath();
    g.arc((reading.t - state.t0) * pps, lanesTop + y, 3, 0, 2 * Math.PI);
    g.fillStyle = ink.css;
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

export interface Reading {
  /** The value with its units, and shorter ones. */
  texts: string[];
  t: number;
  /** The value of a sample, null if a range is shown. */
  value: number | null;
}

/** The value of a lane at a time: its nearest sample, or the range of a pixel column. */
export function read(lane: DrawnLane, t: number, share: number): Reading | null {
  const { columns, channel, scale, data, shown } = lane;
  if (channel.style === "spectrogram") return null;
  if (channel.style === "stages" || channel.style === "ribbon") return readHeld(lane, t, share);
  const { factor } = shown;
  const span = (scale.max - scale.min) * factor;
  const units = shown.units ? ` ${shown.units}` : "";
  if (columns.sampleStep > 0) {
    const sample = sampleAt(data.pieces, channel.timebase, t);
    if (!sample || !Number.isFinite(sample.value)) return null;
    const text = valueText(sample.value * factor, span);
    return { texts: [text + units, text], ...sample };
  }
  const c = Math.min(columns.length - 1, Math.max(0, Math.floor(share * columns.length)));
  const lo = columns.lo[c] as number;
  const hi = columns.hi[c] as number;
  if (!Number.isFinite(lo) || !Number.isFinite(hi)) return null;
  const [a, b] = [valueText(lo * factor, span), valueText(hi * factor, span)];
  const range = a === b ? a : `${a} … ${b}`;
  const texts = [range + units, range];
  if (a !== b) texts.push(`${a}…${b}`);
  return { texts, t, value: a === b ? lo : null };
}

/** The stage or the quality in a column, as a word. */
function readHeld({ columns, channel }: DrawnLane, t: number, share: number): Reading | null {
  const c = Math.min(columns.length - 1, Math.max(0, Math.floor(share * columns.length)));
  const [lo, hi] = [columns.lo[c] as number, columns.hi[c] as number];
  if (!Number.isFinite(lo)) return null;
  const nameOf = (value: number): string =>
    channel.style === "ribbon"
      ? value >= 1
        ? "usable"
        : "not usable"
      : (levelName(channel, value) ?? String(value));
  const text = lo === hi ? nameOf(lo) : `${nameOf(hi)} … ${nameOf(lo)}`;
  return { texts: [text], t, value: null };
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
