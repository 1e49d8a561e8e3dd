/** The amplitude scale of a lane at its label: round numbers, or a bar of round length. */
import { minus, tickText } from "../math/autoscale.ts";
import { type Layout, lanePad } from "../math/layout.ts";
import { barValue, laneTicks, shareBelow, type Ticks } from "../math/scale.ts";
import type { Shown } from "../math/units.ts";
import type { Theme } from "./theme.ts";

/** Position of a lane in CSS pixels from the top of the gutter. */
export interface Extent {
  top: number;
  height: number;
}

/** What a lane shows, in its displayed units. */
export interface LabelScale {
  min: number;
  max: number;
  units: Shown["units"];
  /** Zero is a baseline: differences matter, not absolute values. */
  baseline: boolean;
}

/** A number beside the name, which takes its room. */
export interface Placed {
  y: number;
  width: number;
}

/** From this height on, lanes have numbers. */
const NUMBERS = 60;
const SMALL_FONT = "10px";

export interface ScaleMarks {
  placed: Placed[];
  /** Replaces the units under the name; "" where numbers are beside it. */
  text: string;
}

export function paintScaleMarks(
  g: CanvasRenderingContext2D,
  scale: LabelScale,
  extent: Extent,
  layout: Layout,
  theme: Theme,
): ScaleMarks {
  const { height } = extent;
  const inner = height - 2 * lanePad(height);
  const { min, max } = scale;
  if (height >= NUMBERS) {
    const apart = layout.narrow ? Math.max(26, inner / 2.2) : 26;
    const ticks = laneTicks(min, max, inner, apart);
    return { placed: paintNumbers(g, scale, ticks, extent, layout, theme), text: "" };
  }
  if (scale.baseline) return { placed: [], text: paintBar(g, scale, extent, layout, theme) };
  const ticks = laneTicks(min, max, inner, 26, 4);
  for (const value of ticks.ticks) mark(g, yOf(value, scale, extent), layout, theme);
  const [a, b] = ticks.ticks.map((value) => tickText(value, ticks.step));
  if (a === undefined || b === undefined) return { placed: [], text: scale.units };
  const numbers = `${a} … ${b}`;
  return { placed: [], text: layout.narrow ? numbers : `${numbers} ${scale.units}` };
}

function yOf(value: number, { min, max }: LabelScale, { top, height }: Extent): number {
  const pad = lanePad(height);
  return top + pad + shareBelow(min, max, value) * (height - 2 * pad);
}

function mark(g: CanvasRenderingContext2D, y: number, { gutter, dpr }: Layout, theme: Theme): void {
  g.fillStyle = theme.lineCss;
  g.fillRect(gutter - 4, Math.round(y * dpr) / dpr, 4, 1 / dpr);
}

function paintNumbers(
  g: CanvasRenderingContext2D,
  scale: LabelScale,
  { ticks, step }: Ticks,
  extent: Extent,
  layout: Layout,
  theme: Theme,
): Placed[] {
  g.font = `${SMALL_FONT} ${theme.font}`;
  g.textAlign = "right";
  g.textBaseline = "middle";
  return ticks.map((value) => {
    const y = Math.round(yOf(value, scale, extent) * layout.dpr) / layout.dpr;
    mark(g, y, layout, theme);
    const text = tickText(value, step);
    g.fillStyle = theme.muted;
    g.fillText(text, layout.gutter - 6, y + 0.5);
    return { y, width: g.measureText(text).width + 6 };
  });
}

/** A bar in the middle of the lane; returns its value. */
function paintBar(
  g: CanvasRenderingContext2D,
  { min, max, units }: LabelScale,
  { top, height }: Extent,
  { gutter, dpr }: Layout,
  theme: Theme,
): string {
  const inner = height - 2 * lanePad(height);
  const perPixel = max / inner - min / inner;
  const value = barValue(perPixel, inner * 0.85);
  if (!Number.isFinite(value)) return units;
  const length = value / perPixel;
  const y = Math.round((top + height / 2 - length / 2) * dpr) / dpr;
  const thin = Math.max(1, Math.round(dpr)) / dpr;
  g.fillStyle = theme.muted;
  g.fillRect(gutter - 5, y, thin, length);
  g.fillRect(gutter - 7, y, 4 + thin, thin);
  g.fillRect(gutter - 7, y + length - thin, 4 + thin, thin);
  return `${minus(tickText(value, value))} ${units}`.trim();
}
