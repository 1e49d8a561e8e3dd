/**
 * What is drawn against a brute-force raster: random signals with gaps and missing samples, at random
 * zooms and pixel ratios. No value is lost, none is invented, and no gap is hidden or crossed.
 */
import { describe, expect, it } from "vitest";
import { ramp } from "../../src/math/color.ts";
import { Columns, reduceToColumns } from "../../src/math/columns.ts";
import { gapBands } from "../../src/math/gaps.ts";
import type { Piece } from "../../src/math/pieces.ts";
import type { TimeBase } from "../../src/math/timebase.ts";
import { thickness } from "../../src/plot/lanes.ts";
import { Raster } from "../../src/plot/raster.ts";
import { binOf, random } from "../data/fakes.ts";

const WHITE = 0xffffffff;
const GAP = 0xff00ffff;
const inks = ramp([255, 255, 255], [0, 0, 0]);
const context = {
  createImageData: (w: number, h: number) => ({ data: new Uint8ClampedArray(w * h * 4) }),
} as unknown as CanvasRenderingContext2D;

interface Case {
  tb: TimeBase;
  values: Float64Array;
  t0: number;
  t1: number;
  width: number;
  dpr: number;
}

function someCase(seed: number): Case {
  const next = random(seed * 7919 + 1);
  for (let k = 0; k < 5; k++) next();
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const fs = [0.5, 1, 7.3, 50, 128, 250][whole(0, 5)] as number;
  const n = whole(2, 6000);
  const starts = [0];
  const onsets = [next() * 3];
  const runs = whole(0, 4);
  for (let k = 0; k < runs; k++) {
    const last = starts.at(-1) as number;
    const start = whole(last + 1, Math.max(last + 1, n - 1));
    if (start >= n) break;
    // From gaps of half a sample to gaps longer than the recording.
    const gap = (0.6 + 10 ** (next() * 4 - 1)) / fs;
    onsets.push((onsets.at(-1) as number) + (start - last) / fs + gap);
    starts.push(start);
  }
  const values = Float64Array.from({ length: n }, (_, i) => {
    if (next() < 0.03) return Number.NaN;
    return Math.round((Math.sin(i / 20) * 0.6 + (next() - 0.5) * 0.7) * 1e4) / 1e4;
  });
  if (next() < 0.3) values.fill(Number.NaN, whole(0, n), whole(0, n));
  const tb = {
    fs,
    nSamples: n,
    starts: Float64Array.from(starts),
    onsets: Float64Array.from(onsets),
  };
  const end = (onsets.at(-1) as number) + (n - (starts.at(-1) as number)) / fs;
  const span = Math.max((end + 2) * 10 ** (-3 * next()), 4 / fs);
  const t0 = next() * Math.max(0, end - span) - (next() < 0.2 ? 1 : 0);
  const dpr = [1, 1.25, 2, 3][whole(0, 3)] as number;
  return { tb, values, t0, t1: t0 + span, width: whole(20, 500), dpr };
}

/** The bins that the kernel sends for this window, by looking at each sample. */
function piecesOf({ tb, values, t0, t1, width }: Case): Piece[] {
  const bin = binOf(tb.fs, t0, t1, width);
  const count = Math.ceil(values.length / bin);
  if (bin === 1) return [{ bin, first: 0, count, lo: values, hi: values }];
  const lo = new Float64Array(count).fill(Number.NaN);
  const hi = lo.slice();
  values.forEach((value, i) => {
    const j = Math.floor(i / bin);
    if (Number.isNaN(value)) return;
    lo[j] = Math.min(Number.isNaN(lo[j]) ? value : (lo[j] as number), value);
    hi[j] = Math.max(Number.isNaN(hi[j]) ? value : (hi[j] as number), value);
  });
  return [{ bin, first: 0, count, lo, hi }];
}

/** Position of each sample in columns, and the run that it is in. */
function positions({ tb, values, t0, t1, width }: Case): { x: number; run: number }[] {
  let run = 0;
  return Array.from(values, (_, i) => {
    while (run + 1 < tb.starts.length && (tb.starts[run + 1] as number) <= i) run++;
    const t = (tb.onsets[run] as number) + (i - (tb.starts[run] as number)) / tb.fs;
    return { x: ((t - t0) * width) / (t1 - t0), run };
  });
}

const EDGE = 1e-6;

describe.each(Array.from({ length: 150 }, (_, seed) => seed))("a random signal (%d)", (seed) => {
  const one = someCase(seed);
  const { tb, values, t0, t1, width, dpr } = one;
  const columns = new Columns();
  // Drawn after the window has moved here by whole columns, which keeps those it had before.
  const next = random(seed * 31 + 7);
  const moves = Array.from({ length: seed % 4 }, () => Math.round((next() - 0.5) * 2.4 * width));
  for (const by of [...moves, 0]) {
    const shift = (by * (t1 - t0)) / width;
    const [a, b] = [t0 + shift, t1 + shift];
    reduceToColumns(columns, piecesOf({ ...one, t0: a, t1: b }), tb, a, b, width, false, one);
  }
  const at = positions(one);
  const bin = binOf(tb.fs, t0, t1, width);
  const step = width / (t1 - t0) / tb.fs;
  const gaps = gapBands(tb, t0, t1, width, Math.max(2, Math.round(2 * dpr)));
  const height = 90;
  const raster = new Raster(context, width, height);
  raster.clear(WHITE);
  const [top, inner] = [3, height - 6];
  for (let b = 0; b < gaps.bands.length; b += 2) {
    raster.block(gaps.bands[b] as number, gaps.bands[b + 1] as number, 0, height, GAP);
  }
  const thick = thickness(dpr);
  const lowest = seed % 2 === 0;
  raster.trace(columns, { top, height: inner, min: -1, max: 1, lowest }, inks, thick, gaps);
  const row = (value: number): number => top + ((1 - value) / 2) * inner;
  const inkAt = (c: number, y: number): boolean => {
    const color = raster.pixels[y * width + c];
    return color !== WHITE && color !== GAP;
  };

  it("shows every value in its column", () => {
    const lost: unknown[] = [];
    values.forEach((value, i) => {
      const { x } = at[i] as { x: number };
      const c = Math.floor(x);
      // On the edge of a column, a sample may round to either side.
      if (Number.isNaN(value) || c < 0 || c >= width || Math.abs(x - Math.round(x)) < EDGE) return;
      const y = Math.min(Math.max(Math.floor(row(value)), 0), height - 1);
      const inside = (columns.lo[c] as number) <= value && (columns.hi[c] as number) >= value;
      if (!inside || !inkAt(c, y)) lost.push({ i, c, value, lo: columns.lo[c], hi: columns.hi[c] });
    });
    expect(lost).toEqual([]);
  });

  it("shows no other values", () => {
    // What a column may contain: its samples and those of their bins, also where a bin continues
    // after a gap; where samples are joined by lines, what lies between neighbours.
    const reach = (bin > 1 ? step : step >= 0.25 ? step : 0) + EDGE;
    const least = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    const most = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
    values.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      const first = Math.floor(i / bin) * bin;
      for (let k = first; k < Math.min(first + bin, values.length); k++) {
        const { x } = at[k] as { x: number };
        for (let c = Math.floor(x - reach); c <= Math.floor(x + reach); c++) {
          if (c < 0 || c >= width) continue;
          least[c] = Math.min(least[c] as number, value);
          most[c] = Math.max(most[c] as number, value);
        }
      }
    });
    const invented: unknown[] = [];
    for (let c = 0; c < width; c++) {
      const [lo, hi] = [columns.lo[c] as number, columns.hi[c] as number];
      if (Number.isNaN(lo) && Number.isNaN(hi)) continue;
      const fits = lo >= (least[c] as number) - 1e-9 && hi <= (most[c] as number) + 1e-9;
      if (!fits) invented.push({ c, lo, hi, least: least[c], most: most[c] });
    }
    expect(invented).toEqual([]);
    // Ink lies between the values of the column and those of its neighbours that it joins.
    const wide = thick > 1.5 ? 1 : 0;
    for (let c = 0; c < width; c++) {
      let [up, down] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let k = Math.max(0, c - 1 - wide); k <= c; k++) {
        if (Number.isNaN(columns.hi[k])) continue;
        up = Math.min(up, row(columns.hi[k] as number) - thick / 2);
        down = Math.max(down, row(columns.lo[k] as number) + thick / 2);
      }
      for (let y = 0; y < height; y++) {
        if (inkAt(c, y) && (y + 1 <= up || y >= down)) invented.push({ c, y, up, down });
      }
    }
    expect(invented).toEqual([]);
  });

  it("shows every gap, and no line across it", () => {
    const wrong: unknown[] = [];
    for (let r = 1; r < tb.starts.length; r++) {
      const last = (tb.starts[r] as number) - 1;
      const from = (at[last] as { x: number }).x + step;
      const to = (at[last + 1] as { x: number }).x;
      if (to - from < 0.5 * step - EDGE || from >= width || to <= 0) continue;
      // In the free space above the trace, the gap is visible wherever the trace is.
      const c0 = Math.max(0, Math.min(Math.floor(from), width - 1));
      const c1 = Math.max(0, Math.min(Math.floor(to), width - 1));
      let seen = false;
      for (let c = Math.max(0, c0 - 6); c <= Math.min(width - 1, c1 + 6); c++)
        seen ||= raster.pixels[c] === GAP;
      if (!seen) wrong.push({ r, from, to });
      // Columns that are entirely in the gap, but for the second column of a thick line.
      for (let c = Math.ceil(from + step + 1); c < Math.floor(to - 1) && c < width; c++) {
        if (c < 0) continue;
        for (let y = 0; y < height; y++) if (inkAt(c, y)) wrong.push({ r, c, y });
      }
    }
    expect(wrong).toEqual([]);
  });
});
