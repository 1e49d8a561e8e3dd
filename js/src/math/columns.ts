/** Reduces the pieces of a lane to one minimum and maximum per pixel column. */
import type { Piece } from "./pieces.ts";
import { between, type Range } from "./scale.ts";
import { lastNotAbove, runEnd, runOf, type TimeBase } from "./timebase.ts";

/** From this number of pixels per sample on, lines join the samples; below, columns show ranges. */
const LINE = 0.25;

/** A window may be so many columns off whole ones, to be drawn as if it were not. */
const OFF = 1e-3;

/** Values of each column; `lo` is NaN where nothing is drawn. Reused in each frame. */
export class Columns {
  lo = new Float64Array(0);
  hi = new Float64Array(0);
  /** 1 where samples exist that have no value; other samples of the same column take precedence. */
  empty = new Uint8Array(0);
  /** Pixels between samples if single samples are visible, else 0. */
  sampleStep = 0;
  #n = 0;
  /** What the values are of: column 0 is `at` columns after the time `t0`. */
  #held: { of: unknown; t0: number; span: number; at: number } | null = null;

  get length(): number {
    return this.#n;
  }

  /**
   * Prepares the columns for a window; returns which of them must be filled.
   *
   * @param of What is drawn, if it is complete: if the same was drawn before in a window of the same
   *   length, the columns that both windows contain keep their values.
   */
  begin(n: number, t0: number, span: number, of: unknown = null): [number, number] {
    const held = this.#held;
    this.#held = null;
    if (this.#n === n && held && held.of === of && Math.abs(held.span - span) <= 1e-9 * span) {
      const place = ((t0 - held.t0) * n) / held.span;
      const at = Math.round(place);
      const by = at - held.at;
      if (Math.abs(place - at) <= OFF && Math.abs(by) < n) {
        this.#held = { ...held, at };
        return this.#shift(by);
      }
    }
    if (of !== null) this.#held = { of, t0, span, at: 0 };
    this.#reset(n);
    return [0, n];
  }

  #reset(n: number): void {
    if (this.#n !== n) {
      this.lo = new Float64Array(n);
      this.hi = new Float64Array(n);
      this.empty = new Uint8Array(n);
      this.#n = n;
    }
    this.sampleStep = 0;
    this.#clear(0, n);
  }

  #clear(from: number, to: number): void {
    this.lo.fill(Number.NaN, from, to);
    this.hi.fill(Number.NaN, from, to);
    this.empty.fill(0, from, to);
  }

  /** Moves the values to the left; returns the columns that have none then. */
  #shift(by: number): [number, number] {
    if (by === 0) return [0, 0];
    for (const values of [this.lo, this.hi, this.empty]) {
      if (by > 0) values.copyWithin(0, by);
      else values.copyWithin(-by, 0);
    }
    const [from, to] = by > 0 ? [this.#n - by, this.#n] : [0, -by];
    this.#clear(from, to);
    return [from, to];
  }
}

/** The last column with a value, -1 if there is none. */
export function lastDrawn({ hi, length }: Columns): number {
  let c = length - 1;
  while (c >= 0 && !Number.isFinite(hi[c])) c--;
  return c;
}

/**
 * Fills `out` with the values of the pieces between `t0` and `t1`.
 *
 * @param hold A sample is valid until the next one, and is not joined to it by a line.
 * @param of The source of the pieces if they are complete; see `Columns.begin`.
 */
export function reduceToColumns(
  out: Columns,
  pieces: readonly Piece[],
  tb: TimeBase,
  t0: number,
  t1: number,
  width: number,
  hold = false,
  of: unknown = null,
): void {
  const [c0, c1] = out.begin(width, t0, t1 - t0, of);
  if (!(t1 > t0) || c0 >= c1 || tb.starts.length === 0) return;
  const pps = width / (t1 - t0);
  const step = pps / tb.fs;
  for (const piece of pieces) {
    let s = piece.first * piece.bin;
    const stop = Math.min((piece.first + piece.count) * piece.bin, tb.nSamples);
    for (let r = runOf(tb, s); s < stop && r < tb.starts.length; r++) {
      const end = Math.min(stop, runEnd(tb, r));
      const start = tb.starts[r] as number;
      const x0 = ((tb.onsets[r] as number) - t0) * pps - start * step;
      // The part of the run in these columns, and one more sample for the line to the edge.
      const from = Math.max(s, Math.floor((c0 - x0) / step) - 1);
      const to = Math.min(end, Math.ceil((c1 - x0) / step) + 2);
      if (to > from) {
        if (piece.bin === 1 && step >= LINE && !hold) {
          lineColumns(out, piece, [from, to], x0, step, [c0, c1]);
          if (step > 1) out.sampleStep = step;
        } else binColumns(out, piece, [from, to], x0, step, [c0, c1]);
      }
      s = end;
    }
  }
}

/** Fills columns `[c0, c1)` with the bins of samples `[from, to)`. */
function binColumns(
  out: Columns,
  piece: Piece,
  [from, to]: Range,
  x0: number,
  step: number,
  [c0, c1]: Range,
): void {
  const { bin, first, lo, hi } = piece;
  const { lo: outLo, hi: outHi } = out;
  const wide = bin * step > 1;
  const lastBin = Math.ceil(to / bin);
  for (let j = Math.floor(from / bin); j < lastBin; j++) {
    const a = lo[j - first] as number;
    const b = hi[j - first] as number;
    const nothing = Number.isNaN(a) || Number.isNaN(b);
    // Of a bin across the edge of a run, only this run's part is drawn.
    const s0 = Math.max(j * bin, from);
    let c = Math.floor(x0 + s0 * step);
    let last = c;
    if (bin > 1) {
      const s1 = Math.min((j + 1) * bin, to);
      // A bin in two columns is drawn in both, so that no value is displaced or lost at an edge.
      last = wide ? Math.max(c, Math.ceil(x0 + s1 * step) - 1) : Math.floor(x0 + (s1 - 1) * step);
    } else if (wide) last = Math.max(c, Math.ceil(x0 + (s0 + 1) * step) - 1);
    if (c < c0) c = c0;
    if (last >= c1) last = c1 - 1;
    if (nothing) {
      if (c <= last) out.empty.fill(1, c, last + 1);
      continue;
    }
    for (; c <= last; c++) {
      if (!((outLo[c] as number) <= a)) outLo[c] = a;
      if (!((outHi[c] as number) >= b)) outHi[c] = b;
    }
  }
}

/** Joins samples `[from, to)` by lines. Each column in `[c0, c1)` has the range of the line in it. */
function lineColumns(
  out: Columns,
  piece: Piece,
  [from, to]: Range,
  x0: number,
  step: number,
  [c0, c1]: Range,
): void {
  const { first, lo: values } = piece;
  const { lo, hi } = out;
  const perStep = 1 / step;
  const stop = Math.min(to, first + piece.count);
  let px = 0;
  let pv = 0;
  let joined = false;
  // The range of the line in column `c` so far; columns outside are all as one before and after.
  let c = c0 - 1;
  let low = 0;
  let high = 0;
  const widen = (at: number, least: number, most: number): void => {
    if (!((lo[at] as number) <= least)) lo[at] = least;
    if (!((hi[at] as number) >= most)) hi[at] = most;
  };
  for (let s = Math.max(from, first); s < stop; s++) {
    const v = values[s - first] as number;
    const x = x0 + s * step;
    if (!Number.isFinite(v)) {
      if (joined && c >= c0 && c < c1) widen(c, low, high);
      joined = false;
      const begin = Math.max(c0, Math.floor(x - step) + 1);
      if (begin < c1) out.empty.fill(1, begin, Math.min(c1, Math.floor(x + step)));
      continue;
    }
    const column = x < c0 ? c0 - 1 : x < c1 ? x | 0 : c1;
    if (!joined) {
      joined = true;
      c = column;
      low = v;
      high = v;
    } else if (c >= column) {
      if (v < low) low = v;
      else if (v > high) high = v;
    } else {
      const slope = (v - pv) * perStep;
      // The difference and the slope may overflow: then the values are interpolated by weights.
      const steep = !Number.isFinite(slope);
      let past = c + 1 - px;
      let edge = steep ? between(pv, v, Math.min(1, past * perStep)) : pv + past * slope;
      const rising = v >= pv;
      // In noise, which of both is random: asked once, and not for each of the values.
      if (rising) {
        if (edge > high) high = edge;
      } else if (edge < low) low = edge;
      if (c >= c0) widen(c, low, high);
      for (c++; c < column; c++) {
        const entry = edge;
        past = c + 1 - px;
        edge = steep ? between(pv, v, Math.min(1, past * perStep)) : pv + past * slope;
        widen(c, rising ? entry : edge, rising ? edge : entry);
      }
      // The edge may be rounded beyond the sample.
      low = edge < v ? edge : v;
      high = edge < v ? v : edge;
    }
    px = x;
    pv = v;
  }
  if (joined && c >= c0 && c < c1) widen(c, low, high);
}

/** The sample nearest to a time, with its value, if the pieces contain single samples. */
export function sampleAt(
  pieces: readonly Piece[],
  tb: TimeBase,
  t: number,
): { t: number; value: number } | null {
  if (tb.starts.length === 0) return null;
  const r = Math.max(lastNotAbove(tb.onsets, t), 0);
  const onset = tb.onsets[r] as number;
  const start = tb.starts[r] as number;
  const s = Math.max(start, start + Math.round((t - onset) * tb.fs));
  if (s >= runEnd(tb, r)) return null;
  const when = onset + (s - start) / tb.fs;
  if (Math.abs(when - t) > 1 / tb.fs) return null;
  for (const piece of pieces) {
    if (piece.bin === 1 && s >= piece.first && s < piece.first + piece.count) {
      return { t: when, value: piece.lo[s - piece.first] as number };
    }
  }
  return null;
}
