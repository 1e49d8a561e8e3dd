/** Arithmetic of time windows (in seconds) and of value scales. */

export type Range = readonly [number, number];

/** The nearest window of the same length in `[0, duration]`, at least `minSpan` long. */
export function clampWindow(t0: number, t1: number, duration: number, minSpan: number): Range {
  if (!(duration > 0)) return [0, 0];
  const shortest = Math.min(minSpan, duration);
  let span = t1 - t0;
  if (!Number.isFinite(span)) return [0, duration];
  if (span < shortest) {
    t0 -= (shortest - span) / 2;
    span = shortest;
  }
  if (span >= duration) return [0, duration];
  if (t0 < 0) t0 = 0;
  // The end is set exactly, so that comparing it with the duration does not depend on rounding.
  if (t0 + span >= duration) return [duration - span, duration];
  return [t0, t0 + span];
}

/** The window after zooming by `factor` (below 1: zoom in) about the time `at`. */
export function zoomWindow(
  [t0, t1]: Range,
  factor: number,
  at: number,
  duration: number,
  minSpan: number,
): Range {
  const span = Math.min(Math.max((t1 - t0) * factor, minSpan), duration);
  const share = t1 > t0 ? (at - t0) / (t1 - t0) : 0.5;
  const start = at - share * span;
  return clampWindow(start, start + span, duration, minSpan);
}

/** Length of the shortest window: a few samples of the channel with the highest sampling rate. */
export function shortestSpan(fastest: number, duration: number): number {
  return fastest > 0 ? 4 / fastest : duration;
}

/** The value at a share of the way from `min` to `max`; their difference may overflow. */
export function between(min: number, max: number, share: number): number {
  return min * (1 - share) + max * share;
}

/** Distance of a value below `max` as a share of the span, which may overflow. */
export function shareBelow(min: number, max: number, value: number): number {
  return (max / 4 - value / 4) / (max / 4 - min / 4);
}

/** The smallest step 1, 2 or 5 × 10ⁿ of at least `minStep`; infinite on overflow. */
export function niceStep(minStep: number): number {
  const power = 10 ** Math.floor(Math.log10(minStep));
  for (const factor of [1, 2, 5]) {
    if (factor * power >= minStep * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

export interface Ticks {
  ticks: number[];
  step: number;
}

/** Pixels between labels that do not touch. */
const CLOSE = 15;

/** Multiples of a step in `[min, max]`. */
function multiples(min: number, max: number, step: number): number[] {
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  if (!Number.isFinite(step) || !(last >= first) || last - first > 100) return [];
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

/**
 * Even, round values for a lane between `min` and `max`; zero is among them if it is in view.
 *
 * @param pixels Height of the lane; labels need `margin` pixels to its ends.
 * @param apart Pixels between labels; where only one would remain, they are closer.
 */
export function laneTicks(
  min: number,
  max: number,
  pixels: number,
  apart: number,
  margin = 7,
): Ticks {
  const none = { ticks: [], step: 1 };
  const share = margin / pixels;
  if (!(max > min) || !(share < 0.4)) return none;
  const [low, high] = [between(min, max, share), between(min, max, 1 - share)];
  const perPixel = max / pixels - min / pixels;
  for (const distance of [apart, Math.min(apart, CLOSE)]) {
    const even = niceStep(perPixel * distance);
    const ticks = multiples(low, high, even);
    if (ticks.length > 1) return { ticks, step: even };
  }
  // Two values of a finer step: zero and the one that is farthest from it, else the outermost ones.
  const least = niceStep(perPixel * apart);
  let step = Number.isFinite(least) ? least : 1e308;
  for (let tries = 0; tries < 9; tries++) {
    const all = multiples(low, high, step);
    const [first = 0, last = 0] = [all[0], all[all.length - 1]];
    const fromZero = last >= -first ? [0, last] : [first, 0];
    const outermost = [first, last];
    for (const [a = 0, b = 0] of all.includes(0) ? [fromZero, outermost] : [outermost]) {
      if (b / perPixel - a / perPixel >= 12) return { ticks: [a, b], step };
    }
    step = stepBelow(step);
  }
  return none;
}

/** The next smaller step 1, 2 or 5 × 10ⁿ. */
function stepBelow(step: number): number {
  return niceStep(step / 2.5000001);
}

/** The largest round value that a scale bar of at most `pixels` shows. */
export function barValue(perPixel: number, pixels: number): number {
  const least = niceStep((perPixel * pixels) / 2.5);
  const next = niceStep(least * 1.01);
  return next <= perPixel * pixels * (1 + 1e-9) ? next : least;
}
