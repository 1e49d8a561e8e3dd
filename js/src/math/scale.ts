/** The arithmetic of time windows, pure, in seconds; and of scales of values of any size. */

export type Range = readonly [number, number];

/** Nearest window of the same span that lies in `[0, duration]` and is `minSpan` long or longer. */
export function clampWindow(t0: number, t1: number, duration: number, minSpan: number): Range {
  if (!(duration > 0)) return [0, 0];
  const least = Math.min(minSpan, duration);
  let span = t1 - t0;
  if (!Number.isFinite(span)) return [0, duration];
  if (span < least) {
    t0 -= (least - span) / 2;
    span = least;
  }
  if (span >= duration) return [0, duration];
  if (t0 < 0) t0 = 0;
  // The end is set exactly, so that "at the end" does not depend on rounding.
  if (t0 + span >= duration) return [duration - span, duration];
  return [t0, t0 + span];
}

/** Window after zooming by `factor` (below 1: nearer), with the time `at` staying where it is. */
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

/** Shortest window: a few samples of the fastest channel. */
export function shortestSpan(rates: readonly number[], duration: number): number {
  const fastest = Math.max(0, ...rates);
  return fastest > 0 ? 4 / fastest : duration;
}

/** The value that lies at a share of the way from `min` to `max`; their span may be no double. */
export function between(min: number, max: number, share: number): number {
  return min * (1 - share) + max * share;
}

/** How far below `max` a value lies, as a share of the span, which may be no double. */
export function shareBelow(min: number, max: number, value: number): number {
  return (max / 4 - value / 4) / (max / 4 - min / 4);
}

/** Round steps 1, 2, 5 × 10ⁿ, at least `least`; infinite where that is beyond the doubles. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  for (const factor of [1, 2, 5]) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

/** Round values in `[min, max]`, at most `most` of them, `step` apart. */
export function valueTicks(
  min: number,
  max: number,
  most: number,
): { ticks: number[]; step: number } {
  if (!(max > min) || most < 1) return { ticks: [], step: 1 };
  let step = niceStep(max / most - min / most);
  for (let tries = 0; tries < 3 && Number.isFinite(step); tries++) {
    const first = Math.ceil(min / step - 1e-9);
    const last = Math.floor(max / step + 1e-9);
    if (last - first + 1 <= most) {
      const ticks = Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
      return { ticks, step };
    }
    step = niceStep(step * 1.5);
  }
  return { ticks: [], step };
}

/** A round value near either end of `[min, max]`, both multiples of `step`. */
export function endTicks(min: number, max: number): { ticks: number[]; step: number } {
  if (!(max > min)) return { ticks: [], step: 1 };
  const step = niceStep(max / 12 - min / 12);
  const low = Math.ceil(min / step - 1e-9) * step;
  const high = Math.floor(max / step + 1e-9) * step;
  return { ticks: low < high ? [low, high] : [], step };
}
