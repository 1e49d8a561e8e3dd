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
export function shortestSpan(rates: readonly number[], duration: number): number {
  const fastest = Math.max(0, ...rates);
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

/** Round values in `[min, max]`, at most `maxCount` of them, `step` apart. */
export function valueTicks(
  min: number,
  max: number,
  maxCount: number,
): { ticks: number[]; step: number } {
  if (!(max > min) || maxCount < 1) return { ticks: [], step: 1 };
  let step = niceStep(max / maxCount - min / maxCount);
  for (let tries = 0; tries < 3 && Number.isFinite(step); tries++) {
    const first = Math.ceil(min / step - 1e-9);
    const last = Math.floor(max / step + 1e-9);
    if (last - first + 1 <= maxCount) {
      const ticks = Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
      return { ticks, step };
    }
    step = niceStep(step * 1.5);
  }
  return { ticks: [], step };
}

/** A round value near each end of `[min, max]`, both multiples of `step`. */
export function endTicks(min: number, max: number): { ticks: number[]; step: number } {
  if (!(max > min)) return { ticks: [], step: 1 };
  const step = niceStep(max / 12 - min / 12);
  const low = Math.ceil(min / step - 1e-9) * step;
  const high = Math.floor(max / step + 1e-9) * step;
  return { ticks: low < high ? [low, high] : [], step };
}
