/** The robust range of data, and the automatic scale that follows them. */
import type { Columns } from "./columns.ts";

// The difference of two doubles may overflow; that of their quarters cannot.
const quarters = ([min, max]: readonly [number, number]): [number, number] => [min / 4, max / 4];

const LARGEST = Number.MAX_VALUE;
const whole = ([min, max]: readonly [number, number]): [number, number] => [
  Math.max(min * 4, -LARGEST),
  Math.min(max * 4, LARGEST),
];

export interface LaneScale {
  min: number;
  max: number;
  /** The scale follows the data. */
  auto: boolean;
  /** The robust range that a fitted scale shows; null until data are known. */
  base: readonly [number, number] | null;
}

const MARGIN = 0.1;

/** Smallest extent of a scale: the number of pixels per unit must not overflow. */
const MIN_SPAN = 1e-300;

/** Adds a margin, limited to finite numbers; an empty range is extended. */
export function padded(range: readonly [number, number]): [number, number] {
  return whole(widened(quarters(range)));
}

function widened([min, max]: readonly [number, number]): [number, number] {
  const span = max - min;
  if (span >= MIN_SPAN) return [min - span * MARGIN, max + span * MARGIN];
  const centre = (min + max) / 2;
  const half = Math.abs(max) > 0 ? Math.max(Math.abs(max) * 0.1, MIN_SPAN) : 0.25;
  return [centre - half, centre + half];
}

/** Number of groups of columns that a robust range is computed from. */
const GROUPS = 512;
/** Number of columns, at most twice, that a median is computed from. */
const MIDDLES = 128;

type Extent = readonly [number, number];

/** Ranges of the values in the columns. */
export interface Seen {
  /** Without the outermost 0.5 % on each side. */
  range: Extent;
  /** Without the outermost 10 % on each side. */
  bulk: Extent;
  /** The median of the middles of columns. */
  middle: number;
}

/** Robust ranges of the columns; null if they are empty. They are computed when asked for. */
export function robustRange(columns: Columns): Seen | null {
  let [low, high] = [false, false];
  for (let c = 0; c < columns.length; c++) {
    low ||= Number.isFinite(columns.lo[c]);
    high ||= Number.isFinite(columns.hi[c]);
    if (low && high) return new Ranges(columns);
  }
  return null;
}

class Ranges implements Seen {
  readonly #columns: Columns;
  #sorted: { lows: Float64Array; highs: Float64Array } | null = null;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  get range(): Extent {
    return this.#without(0.005);
  }

  get bulk(): Extent {
    return this.#without(0.1);
  }

  /** It is asked for in each frame, so of some columns. */
  get middle(): number {
    const { lo, hi, length } = this.#columns;
    for (let step = Math.max(1, Math.floor(length / MIDDLES)); ; step = 1) {
      const middles = new Float64Array(Math.ceil(length / step));
      let n = 0;
      for (let c = 0; c < length; c += step) {
        const middle = (lo[c] as number) / 2 + (hi[c] as number) / 2;
        if (Number.isFinite(middle)) middles[n++] = middle;
      }
      if (n > 0) return nth(middles.subarray(0, n), n >> 1);
      if (step === 1) return this.range[0] / 2 + this.range[1] / 2;
    }
  }

  #without(share: number): Extent {
    this.#sorted ??= sortedGroups(this.#columns);
    const { lows, highs } = this.#sorted;
    const n = lows.length;
    const cut = Math.floor(n * share);
    return [lows[cut] as number, highs[n - 1 - cut] as number];
  }
}

/** The value that would be at index `k` if the values were sorted; changes their order. */
export function nth(values: Float64Array, k: number): number {
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const pivot = values[(from + to) >> 1] as number;
    let [i, j] = [from, to];
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const held = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = held;
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else break;
  }
  return values[k] as number;
}

/** The lowest and the highest values of groups of columns, sorted. */
function sortedGroups({ lo, hi, length }: Columns): { lows: Float64Array; highs: Float64Array } {
  const size = Math.max(1, Math.ceil(length / GROUPS));
  const lows = new Float64Array(Math.ceil(length / size));
  const highs = new Float64Array(lows.length);
  let n = 0;
  for (let start = 0; start < length; start += size) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    const stop = Math.min(start + size, length);
    for (let c = start; c < stop; c++) {
      const a = lo[c] as number;
      const b = hi[c] as number;
      if (a < low && Number.isFinite(a)) low = a;
      if (b > high && Number.isFinite(b)) high = b;
    }
    if (low > high) continue;
    lows[n] = low;
    highs[n++] = high;
  }
  return { lows: lows.subarray(0, n).sort(), highs: highs.subarray(0, n).sort() };
}

export function newScale(range: readonly [number, number] | null): LaneScale {
  const usable = range !== null && Number.isFinite(range[0]) && Number.isFinite(range[1]);
  const base = usable ? range : null;
  const [min, max] = padded(base ?? [0, 0]);
  return { min, max, auto: true, base };
}

/**
 * Follows the data with hysteresis. The scale shows the base range while the data lie in it. If
 * only a small part of them exceeds it, for example artefacts, it grows to at most three times its
 * span. If most of the data have drifted away, a range of the same span around them replaces it.
 *
 * @returns Whether the scale changed.
 */
export function followData(scale: LaneScale, seen: Seen | null): boolean {
  if (!scale.auto || seen === null) return false;
  if (scale.base === null) {
    scale.base = seen.range;
    [scale.min, scale.max] = padded(seen.range);
    return true;
  }
  const base = quarters(padded(scale.base));
  const span = base[1] - base[0];
  const slack = span * 0.05;
  const within = ([a, b]: Extent, min: number, max: number): boolean =>
    a >= min - slack && b <= max + slack;
  const range = quarters(seen.range);
  const bulk = quarters(seen.bulk);
  const wanted = quarters(padded(seen.range));
  let next: Extent;
  if (within(range, base[0], base[1])) next = base;
  else if (within(bulk, base[0], base[1])) {
    next = [
      Math.max(Math.min(base[0], wanted[0]), base[0] - span),
      Math.min(Math.max(base[1], wanted[1]), base[1] + span),
    ];
  } else {
    const [min, max] = quarters([scale.min, scale.max]);
    const fits = max - min <= Math.max(span, wanted[1] - wanted[0]) * 1.5;
    if (fits && within(range, min, max)) return false;
    const half = Math.max(span, wanted[1] - wanted[0]) / 2;
    const centre = (range[0] + range[1]) / 2;
    next = [centre - half, centre + half];
  }
  const [min, max] = whole(next);
  const changed = min !== scale.min || max !== scale.max;
  [scale.min, scale.max] = [min, max];
  return changed;
}

/** One sign for all negative numbers and exponents. */
export const minus = (text: string): string => text.replaceAll("-", "−");

/** Formats a value with the precision that a scale of this span needs. */
export function valueText(value: number, span: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.max(Math.abs(value), span);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) {
    return value === 0 ? "0" : minus(value.toExponential(2));
  }
  const digits = span > 0 ? Math.max(0, Math.min(6, Math.ceil(-Math.log10(span / 300)))) : 2;
  const text = value.toFixed(digits);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}

/** Formats the value of a tick; ticks are `step` apart. */
export function tickText(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  if (size >= 1e6 || size < 1e-3) return valueText(value, size);
  const text = value.toFixed(Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9))));
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}
