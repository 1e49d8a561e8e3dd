/** What is measured in a viewer: a caliper, and rulers of amplitude. */
import type { Point } from "../math/calipers.ts";
import { parseGain } from "../math/gain.ts";

export interface Caliper {
  /** Name of the channel. */
  channel: string;
  from: Point;
  to: Point;
  /** The interval is repeated to both sides. */
  marching: boolean;
}

export class MeasureState {
  caliper: Caliper | null = null;
  /** Distance of two lines in a lane, as `75 µV`, by the name of a channel or by kind. */
  rulers: Readonly<Record<string, string>> = {};
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  setCaliper(caliper: Caliper | null): void {
    if (JSON.stringify(caliper) === JSON.stringify(this.caliper)) return;
    this.caliper = caliper;
    this.#changed();
  }

  setRulers(rulers: Readonly<Record<string, string>>): void {
    if (JSON.stringify(rulers) === JSON.stringify(this.rulers)) return;
    this.rulers = rulers;
    this.#changed();
  }

  /** The ruler of a channel; null without one. */
  rulerOf({ name, kind }: { name: string; kind: string }): { span: number; units: string } | null {
    const text = Object.hasOwn(this.rulers, name) ? this.rulers[name] : this.rulers[kind];
    const gain = parseGain(text);
    return gain?.form === "lane" ? gain : null;
  }
}

/** The value of the trait `caliper`. */
export function caliperValue(caliper: Caliper | null) {
  if (caliper === null) return null;
  const { channel, from, to, marching } = caliper;
  return { channel, from: [from.t, from.value], to: [to.t, to.value], marching };
}

/** A caliper from the value of the trait; null if it is none. */
export function asCaliper(value: unknown): Caliper | null {
  if (typeof value !== "object" || value === null) return null;
  const { channel, from, to, marching } = value as Record<string, unknown>;
  const [a, b] = [asPoint(from), asPoint(to)];
  if (typeof channel !== "string" || !a || !b) return null;
  return { channel, from: a, to: b, marching: marching === true };
}

function asPoint(value: unknown): Point | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [t, level] = value as [unknown, unknown];
  return typeof t === "number" && typeof level === "number" ? { t, value: level } : null;
}
