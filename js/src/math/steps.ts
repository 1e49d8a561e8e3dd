/** Steps of a cursor through the samples of a signal, and what is spoken about a place. */
import { type Epochs, epochAt, epochCount, epochStart } from "./epochs.ts";
import { lastNotAbove, runEnd, type TimeBase, timeOf } from "./timebase.ts";

export interface Step {
  t: number;
  /** Seconds without samples that were crossed. */
  gap: number;
}

/** Index of the sample nearest to a time. */
function nearestSample(tb: TimeBase, t: number): number {
  const r = Math.max(lastNotAbove(tb.onsets, t), 0);
  const start = tb.starts[r] as number;
  const s = start + Math.round((t - (tb.onsets[r] as number)) * tb.fs);
  return Math.max(start, Math.min(s, runEnd(tb, r) - 1));
}

/** The place `by` samples after the one nearest to `t`; null at the ends of the signal. */
export function stepSamples(tb: TimeBase, t: number, by: number): Step | null {
  if (tb.starts.length === 0 || tb.nSamples === 0) return null;
  const from = nearestSample(tb, t);
  const to = Math.max(0, Math.min(from + by, tb.nSamples - 1));
  if (to === from) return null;
  const next = timeOf(tb, to);
  const gap = Math.abs(next - timeOf(tb, from)) - Math.abs(to - from) / tb.fs;
  return { t: next, gap: gap > 0.5 / tb.fs ? gap : 0 };
}

/** The start of the next epoch, or of this one and then the one before; null at the ends. */
export function stepEpoch(epochs: Epochs, t: number, by: -1 | 1, duration: number): number | null {
  const number = epochAt(epochs, t);
  const start = epochStart(epochs, number);
  const inside = t - start > epochs.length * 1e-6;
  const next = by > 0 ? number + 1 : inside ? number : number - 1;
  if (next < 1 || next > epochCount(epochs, duration)) return null;
  return epochStart(epochs, next);
}

export interface Place {
  time: string;
  channel: string;
  /** Empty where there is none. */
  value: string;
  /** Texts of the marks at this place. */
  marks: readonly string[];
  /** What else is to be said, before the value. */
  note: string;
}

/** Texts of marks that are spoken. */
const MOST_MARKS = 3;

export function placeText({ time, channel, value, marks, note }: Place): string {
  const more = marks.length - MOST_MARKS;
  const said = marks.slice(0, MOST_MARKS);
  if (more > 0) said.push(`${more} more`);
  const plain = value.replaceAll(/\s*…\s*/g, " to ").replaceAll("−", "-");
  return [time, note, channel, plain || "no value", ...said].filter(Boolean).join(", ");
}

/** The codes of beats in annotations of WFDB, as `BEAT_CODES` in Python. */
export const BEAT_CODES = [..."NLRBejAaJSVrFEn/fQ?"];
