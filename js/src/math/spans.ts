/** Lengths of windows to choose from. */
import { spanText } from "./clock.ts";

const SPANS = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30].concat(
  [1, 2, 5, 10, 20, 30].map((minutes) => minutes * 60),
  [1, 2, 6, 12].map((hours) => hours * 3600),
  [1, 2, 7, 28].map((days) => days * 86400),
);

export interface SpanChoice {
  /** Seconds; "Infinity" for the whole recording. */
  value: string;
  text: string;
}

function longText(span: number): string {
  if (span < 86400 || span % 86400 !== 0) return spanText(span);
  return span === 86400 ? "1 day" : `${span / 86400} days`;
}

const same = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6 * b;

/** The choices for a recording, and the value of the one that is the present window. */
export function spanChoices(
  span: number,
  minSpan: number,
  duration: number,
  epoch: number | null,
): [SpanChoice[], string] {
  const spans = new Set(SPANS.filter((one) => one >= minSpan && one < duration));
  if (epoch !== null && epoch >= minSpan && epoch < duration) spans.add(epoch);
  const whole = span >= duration;
  const round = [...spans].find((one) => same(span, one));
  if (!whole && round === undefined) spans.add(span);
  const choices = [...spans]
    .sort((a, b) => a - b)
    .map((one) => ({ value: String(one), text: longText(one) }));
  choices.push({ value: "Infinity", text: "all" });
  return [choices, whole ? "Infinity" : String(round ?? span)];
}
