/** Positions and texts of the labels of the time axis. */
import { type Clock, dateText, relativeText, secondDigits, timeText } from "./clock.ts";

export interface Tick {
  t: number;
  text: string;
  /** True at midnight: the label is a date. */
  date: boolean;
}

const DAY = 86400;
const ROUND = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].concat(
  [1, 2, 3, 6, 12].map((hours) => hours * 3600),
  [1, 2, 7, 14, 28, 91, 182, 364].map((days) => days * DAY),
);

/** The smallest round step of at minStep `minStep` s: 1, 2, 5 below 1 s, units of clocks above. */
export function timeStep(minStep: number): number {
  if (minStep <= 0.5) {
    for (let power = -7; power <= -1; power++) {
      // Division is exact here: 5 / 1000 is the double nearest to 0.005, 5 * 0.001 is not.
      for (const factor of [1, 2, 5]) {
        const step = factor / 10 ** -power;
        if (step >= minStep * (1 - 1e-9)) return step;
      }
    }
  }
  return (
    ROUND.find((step) => step >= minStep * (1 - 1e-9)) ??
    Math.ceil(minStep / (364 * DAY)) * 364 * DAY
  );
}

/** Text of a tick; seconds are omitted if all labels would end in `:00` and show a time of day. */
function label(clock: Clock | null, t: number, step: number): string {
  const digits = secondDigits(step);
  if (step % 60 !== 0) return timeText(clock, t, digits);
  if (clock) return timeText(clock, t).slice(0, -3);
  if (t >= DAY && step % DAY === 0) return `${Math.round(t / DAY)} d`;
  return relativeText(t);
}

/**
 * Ticks of a window, as dense as their labels allow.
 *
 * @param pixels Length of the axis.
 * @param measure Width of a text in the same pixels.
 */
export function timeTicks(
  clock: Clock | null,
  t0: number,
  t1: number,
  pixels: number,
  measure: (text: string) => number,
): { step: number; ticks: Tick[] } {
  const span = t1 - t0;
  if (!(span > 0) || !(pixels > 0)) return { step: 0, ticks: [] };
  const origin = clock ? clock.ofDay : 0;
  let step = timeStep((span * 40) / pixels);
  for (;;) {
    const sample = label(clock, t1, step);
    const room = (step * pixels) / span;
    if (room >= measure(sample) + 18 || step >= span * 4) break;
    step = timeStep(step * 1.01);
  }
  const first = Math.ceil((t0 + origin) / step - 1e-9);
  const last = Math.floor((t1 + origin) / step + 1e-9);
  const ticks: Tick[] = [];
  for (let k = first; k <= last; k++) {
    const ofClock = k * step;
    const t = ofClock - origin;
    const days = ofClock / DAY;
    const date = clock !== null && Math.abs(days - Math.round(days)) * DAY < 1e-6;
    ticks.push({ t, text: date ? dateText(clock, t, true) : label(clock, t, step), date });
  }
  return { step, ticks };
}
