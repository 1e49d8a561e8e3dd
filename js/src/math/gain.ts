/** Amplitude scales as texts: `10 mm/mV`, `20 µV/mm`, `100 µV` for a lane, limits, or automatic. */
import { plainUnits } from "./units.ts";

export type Limits = readonly [number, number];

/** A scale as it is in the view document. */
export type ScaleValue = string | Limits;

export type Gain =
  | { form: "auto" }
  | { form: "limits"; limits: Limits }
  /** Units from the bottom to the top of a lane. */
  | { form: "lane"; span: number; units: string }
  /** Units for each millimetre; `inverse` if it is written as millimetres for each unit. */
  | { form: "mm"; perMm: number; units: string; inverse: boolean };

const NUMBER = "((?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?)";
const PER_UNIT = new RegExp(`^${NUMBER}\\s*mm\\s*/\\s*(\\S.*)$`, "u");
const PER_MM = new RegExp(`^${NUMBER}\\s*(\\S.*?)\\s*/\\s*mm$`, "u");
const LANE = new RegExp(`^${NUMBER}\\s*((?:[\\p{L}%°Ω/]).*)?$`, "u");

/** Null for a value that is no scale. */
export function parseGain(value: unknown): Gain | null {
  if (Array.isArray(value)) {
    const [low, high] = value as [unknown, unknown];
    const finite = (limit: unknown): limit is number => Number.isFinite(limit);
    if (value.length !== 2 || !finite(low) || !finite(high) || !(low < high)) return null;
    return { form: "limits", limits: [low, high] };
  }
  if (typeof value !== "string") return null;
  const text = value.trim().replace(/\s+/g, " ");
  if (text.toLowerCase() === "auto") return { form: "auto" };
  for (const pattern of [PER_UNIT, PER_MM, LANE]) {
    const found = pattern.exec(text);
    if (!found) continue;
    const number = Number(found[1]);
    const units = plainUnits(found[2] ?? "");
    if (!(number > 0) || !Number.isFinite(number) || !Number.isFinite(1 / number)) return null;
    if (units.endsWith("/")) return null;
    if (pattern === LANE) return { form: "lane", span: number, units };
    const inverse = pattern === PER_UNIT;
    return { form: "mm", perMm: inverse ? 1 / number : number, units, inverse };
  }
  return null;
}

/** At most four significant digits: a gesture needs no more. */
const short = (value: number): number => Number(value.toPrecision(4));

/** The number of a gain as it is written. */
export function written(gain: Gain & { form: "mm" }): number {
  return short(gain.inverse ? 1 / gain.perMm : gain.perMm);
}

/** The value in the view document. */
export function gainValue(gain: Gain): ScaleValue {
  if (gain.form === "auto") return "auto";
  if (gain.form === "limits") return gain.limits;
  if (gain.form === "lane") return `${short(gain.span)} ${gain.units}`.trim();
  return gain.inverse ? `${written(gain)} mm/${gain.units}` : `${written(gain)} ${gain.units}/mm`;
}
