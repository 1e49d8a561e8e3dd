/** Snapping of calipers to samples, and the texts of what they measure. */
import { spanText } from "./clock.ts";
import { minus, significant } from "./statistics.ts";
import type { Shown } from "./units.ts";

export interface Point {
  /** Seconds from the start of the recording. */
  t: number;
  /** In the units of the channel. */
  value: number;
}

/** Distances in pixels within which a caliper snaps to an extremum, along and across the time. */
const REACH = { x: 10, y: 24 };

export interface Pixels {
  x(t: number): number;
  y(value: number): number;
}

/**
 * The point that a caliper snaps to: a minimum or maximum close to the pointer, else the nearest
 * point in time. `points` are in order of time; null if there are none.
 */
export function snap(points: readonly Point[], x: number, y: number, pixels: Pixels): Point | null {
  return snapTo(points, x, y, pixels)?.point ?? null;
}

/** As `snap`; `extremum` is 1 at a maximum, -1 at a minimum, 0 at the nearest point. */
export function snapTo(
  points: readonly Point[],
  x: number,
  y: number,
  pixels: Pixels,
): { point: Point; extremum: -1 | 0 | 1 } | null {
  let nearest: Point | null = null;
  let extremum: { point: Point; extremum: -1 | 1 } | null = null;
  let [near, close] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  points.forEach((point, k) => {
    const away = Math.abs(pixels.x(point.t) - x);
    const across = Math.abs(pixels.y(point.value) - y);
    // Of several points in one column, that at the pointer.
    const rank = away + across * 1e-3;
    if (rank < near) [near, nearest] = [rank, point];
    if (away > REACH.x || across > REACH.y) return;
    const kind = extremumAt(points, k);
    if (kind === 0) return;
    const distance = Math.hypot(away, across / 2);
    if (distance < close) [close, extremum] = [distance, { point, extremum: kind }];
  });
  return extremum ?? (nearest && { point: nearest, extremum: 0 });
}

/** 1 if no neighbour is larger, -1 if none is smaller; the ends of the points are no extrema. */
function extremumAt(points: readonly Point[], k: number): -1 | 0 | 1 {
  const value = (points[k] as Point).value;
  let [left, right] = [k - 1, k + 1];
  // A plateau counts as one point.
  while (left >= 0 && points[left]?.value === value) left--;
  while (right < points.length && points[right]?.value === value) right++;
  const [before, after] = [points[left]?.value, points[right]?.value];
  if (before === undefined || after === undefined) return 0;
  if (before < value && after < value) return 1;
  return before > value && after > value ? -1 : 0;
}

/** Δt, rate per minute and frequency of an interval in seconds. */
export function intervalTexts(seconds: number): string[] {
  const dt = Math.abs(seconds);
  if (!(dt > 0)) return ["0 s"];
  const exact = dt < 1 ? `${significant(dt * 1000, 4)} ms` : `${significant(dt, 5)} s`;
  const texts = [dt < 60 ? exact : spanText(dt)];
  if (dt < 60) texts.push(`${significant(60 / dt, 4)} bpm`);
  texts.push(`${significant(1 / dt, 4)} Hz`);
  return texts;
}

/** ΔV, with its sign from the earlier to the later point. */
export function differenceText(from: Point, to: Point, { units, factor }: Shown): string {
  const [first, last] = from.t <= to.t ? [from, to] : [to, from];
  const by = (last.value - first.value) * factor;
  const sign = by > 0 ? "+" : "";
  return `Δ ${sign}${minus(significant(by, 4))} ${units}`.trim();
}

/** Times at which an interval repeats in the window; none if they would be too close to see. */
export function marches(
  [a, b]: readonly [number, number],
  [t0, t1]: readonly [number, number],
  width: number,
): number[] {
  const dt = Math.abs(b - a);
  const least = ((t1 - t0) / width) * 5;
  if (!(dt >= least)) return [];
  const start = Math.min(a, b);
  const first = Math.ceil((t0 - start) / dt - 1e-9);
  const last = Math.floor((t1 - start) / dt + 1e-9);
  const times: number[] = [];
  for (let k = first; k <= last; k++) if (k !== 0 && k !== 1) times.push(start + k * dt);
  return times;
}
