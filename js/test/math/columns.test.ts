import { describe, expect, it } from "vitest";
import { Columns, reduceToColumns, sampleAt } from "../../src/math/columns.ts";
import { emptyBands, gapBands } from "../../src/math/gaps.ts";
import type { Piece } from "../../src/math/pieces.ts";
import type { TimeBase } from "../../src/math/timebase.ts";

function base(fs: number, nSamples: number, runs: [number, number][] = [[0, 0]]): TimeBase {
  return {
    fs,
    nSamples,
    starts: Float64Array.from(runs, (run) => run[0]),
    onsets: Float64Array.from(runs, (run) => run[1]),
  };
}

function samples(values: ArrayLike<number>, first = 0): Piece {
  const lo = Float64Array.from(values);
  return { bin: 1, first, count: lo.length, lo, hi: lo };
}

/** Seconds of a sample, the slow and plain way. */
function timeOf(tb: TimeBase, i: number): number {
  let r = 0;
  while (r + 1 < tb.starts.length && (tb.starts[r + 1] as number) <= i) r++;
  return (tb.onsets[r] as number) + (i - (tb.starts[r] as number)) / tb.fs;
}

describe("reducing to columns", () => {
  it.each([1, 3, 7, 11])("draws no line upside down, %d pixels a sample", (step) => {
    // The edge of a column at a sample may be rounded beyond its value.
    for (let k = 1; k < 200; k++) {
      const [out, end] = [new Columns(), Math.sin(k)];
      reduceToColumns(out, [samples([0, end])], base(1, 2), 0, 3, 3 * step);
      for (let c = 0; c <= step; c++) expect(out.lo[c]).toBeLessThanOrEqual(out.hi[c] as number);
      const last = [out.lo[step] as number, out.hi[step] as number];
      expect(last).toContain(end);
    }
  });

  it.each([0.3, 4])("joins samples whose difference is no double (%d pixels each)", (step) => {
    const tb = base(1, 40);
    const values = Float64Array.from({ length: 40 }, (_, i) => (i % 2 ? 1.7e308 : -1.7e308));
    const out = new Columns();
    const width = Math.round(40 * step);
    reduceToColumns(out, [samples(values)], tb, 0, 40, width);
    const drawn = [...out.lo, ...out.hi].filter((value) => !Number.isNaN(value));
    expect(drawn.length).toBeGreaterThan(1.9 * width - 2 * step);
    expect(drawn.every((value) => Math.abs(value) <= 1.7e308)).toBe(true);
    // Half way between two samples the line crosses zero.
    if (step === 4) expect([out.lo[0], out.hi[1], out.lo[2]]).toEqual([-1.7e308, 0, 0]);
  });

  it("agrees with a plain loop over the samples, across gaps", () => {
    const tb = base(100, 3000, [
      [0, 0],
      [1000, 12.5],
      [2200, 40],
    ]);
    const values = Float64Array.from({ length: 3000 }, (_, i) => Math.sin(i * 1.7) * i);
    values[500] = Number.NaN;
    for (const [t0, t1, width] of [
      [0, 50, 400],
      [9.97, 13.1, 60],
      [-3, 60, 333],
    ] as const) {
      const lo = new Float64Array(width).fill(Number.NaN);
      const hi = lo.slice();
      for (let i = 0; i < 3000; i++) {
        const c = Math.floor(((timeOf(tb, i) - t0) * width) / (t1 - t0) + 1e-9);
        const v = values[i] as number;
        if (c < 0 || c >= width || Number.isNaN(v)) continue;
        if (!((lo[c] as number) <= v)) lo[c] = v;
        if (!((hi[c] as number) >= v)) hi[c] = v;
      }
      const out = new Columns();
      reduceToColumns(out, [samples(values)], tb, t0, t1, width);
      let differ = 0;
      for (let c = 0; c < width; c++) {
        const same = Object.is(out.lo[c], lo[c]) && Object.is(out.hi[c], hi[c]);
        if (!same) differ++;
      }
      // A sample on the very edge of a column may round to either side.
      expect(differ).toBeLessThanOrEqual(2 * 3);
    }
  });

  it("fills every column of bins that are wider than a pixel", () => {
    const piece = { bin: 64, first: 0, count: 4, lo: new Float64Array(4), hi: new Float64Array(4) };
    piece.hi.fill(1);
    const out = new Columns();
    reduceToColumns(out, [piece], base(64, 256), 0, 4, 40);
    expect([...out.lo]).toEqual(new Array(40).fill(0));
    expect([...out.hi]).toEqual(new Array(40).fill(1));
  });

  it("draws a continuous line between samples far apart, and breaks it at NaN and gaps", () => {
    const tb = base(1, 6, [
      [0, 0],
      [4, 5],
    ]);
    const out = new Columns();
    reduceToColumns(out, [samples([0, 10, Number.NaN, 10, 0, 10])], tb, 0, 7, 70);
    expect(out.sampleStep).toBe(10);
    for (let c = 0; c < 10; c++) {
      expect(out.lo[c]).toBeCloseTo(c);
      expect(out.hi[c]).toBeCloseTo(c + 1);
    }
    expect(Number.isNaN(out.lo[15] as number)).toBe(true);
    // A sample alone keeps its column; the sample after the gap is not joined to it.
    expect(out.lo[30]).toBe(10);
    expect(Number.isNaN(out.lo[45] as number)).toBe(true);
    expect(out.hi[55]).toBeCloseTo(6);
  });

  it("is not broken by infinity", () => {
    const values = [0, Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 2, 3];
    const out = new Columns();
    reduceToColumns(out, [samples(values)], base(1, 6), 0, 6, 60);
    expect(out.lo[0]).toBe(0);
    expect(out.hi[45]).toBeCloseTo(2.6);
  });

  it("keeps time exact far from the start", () => {
    const day = 7 * 86400;
    const tb = base(1000, day * 1000);
    const out = new Columns();
    const first = (day - 1) * 1000;
    reduceToColumns(out, [samples([0, 0, 9, 0], first)], tb, day - 1, day - 1 + 0.004, 400);
    expect(out.hi.indexOf(Math.max(...out.hi.filter(Number.isFinite)))).toBeCloseTo(200, -1);
  });
});

describe("a window that moves", () => {
  const tb = base(1, 1000);
  const source = {};
  const drawn = (out: Columns, t0: number, value: number, of: unknown = source, span = 100): void =>
    reduceToColumns(
      out,
      [samples(new Float64Array(1000).fill(value))],
      tb,
      t0,
      t0 + span,
      50,
      false,
      of,
    );

  it("keeps the columns that it had, and fills the others", () => {
    const out = new Columns();
    drawn(out, 100, 1);
    drawn(out, 120, 2);
    expect([...out.hi]).toEqual([...new Array(40).fill(1), ...new Array(10).fill(2)]);
    drawn(out, 100, 3);
    expect([...out.hi]).toEqual([...new Array(10).fill(3), ...new Array(40).fill(1)]);
    drawn(out, 100, 4);
    expect(out.hi[0]).toBe(3);
  });

  it.each<[string, number, unknown, number]>([
    ["moves by a part of a column", 101, source, 100],
    ["moves further than it is long", 400, source, 100],
    ["changes its length", 100, source, 102],
    ["shows something else", 100, {}, 100],
    ["is incomplete", 100, null, 100],
  ])("is drawn anew if it %s", (_, t0, of, span) => {
    const out = new Columns();
    drawn(out, 100, 1);
    drawn(out, t0, 2, of, span);
    expect([...out.hi]).toEqual(new Array(50).fill(2));
    // What was incomplete is not kept either.
    drawn(out, t0, 3, source, span);
    if (of === null) expect([...out.hi]).toEqual(new Array(50).fill(3));
  });

  it("does not drift away over many small steps", () => {
    const ramp = [samples(Float64Array.from({ length: 1000 }, (_, i) => i))];
    const out = new Columns();
    let t0 = 100;
    for (let k = 0; k < 3000; k++, t0 += 0.0007) {
      reduceToColumns(out, ramp, tb, t0, t0 + 10, 500, false, source);
    }
    t0 -= 0.0007;
    // 0.02 s in a column: at most a thousandth of it off.
    expect(Math.abs((out.lo[250] as number) - (t0 + 5))).toBeLessThan(2.1e-5);
  });
});

describe("gaps", () => {
  const tb = base(100, 2000, [
    [0, 0],
    [1000, 10.02],
    [1500, 3600],
  ]);

  it("are two columns wide at least at every zoom, and as wide as they are", () => {
    const far = gapBands(tb, 0, 86400, 1000, 2);
    expect(far.bands).toEqual([0, 42, 42, 1000]);
    expect(gapBands(tb, 0, 86400, 1000, 2, true).bands).toEqual([0, 42]);
    expect(gapBands(tb, 0, 20, 1000, 2).bands).toEqual([500, 502, 751, 1000]);
    const near = gapBands(tb, 9.9, 10.1, 1000, 2);
    expect(near.bands[0]).toBeCloseTo(500, -1);
    expect(near.bands[1]).toBeCloseTo(600, -1);
  });

  it("that cover the whole window fill it", () => {
    expect(gapBands(tb, 100, 200, 50, 2).share).toBe(1);
  });

  it("lie before the first sample and after the last, but not where more is to come", () => {
    const late = base(100, 1000, [[0, 30]]);
    expect(gapBands(late, 0, 100, 1000, 2).bands).toEqual([0, 300, 400, 1000]);
    expect(gapBands(late, 0, 100, 1000, 2, true).bands).toEqual([0, 300]);
    expect(gapBands(late, 35, 36, 1000, 2).bands).toEqual([]);
    expect(gapBands(late, 0, 20, 1000, 2).bands).toEqual([0, 1000]);
    // A channel of 1 Hz beside a fast one ends within its last sample.
    expect(gapBands(base(1, 99), 0, 99.99, 1000, 2).bands).toEqual([]);
  });

  it("are also samples without a value, unless values are sparse", () => {
    const tb = base(1, 40);
    const out = new Columns();
    const values = Array.from({ length: 40 }, (_, k) => (k >= 10 && k < 20 ? Number.NaN : k));
    reduceToColumns(out, [samples(values)], tb, 0, 40, 400);
    expect(emptyBands(out)).toEqual([91, 200]);
    const sparse = values.map((value, k) => (k % 2 ? Number.NaN : value));
    reduceToColumns(out, [samples(sparse)], tb, 0, 40, 80);
    expect(emptyBands(out)).toEqual([]);
  });

  it("are not seen in onsets that are off by rounding", () => {
    const close = base(100, 2000, [
      [0, 0],
      [1000, 10.001],
    ]);
    expect(gapBands(close, 0, 20, 100, 2).bands).toEqual([]);
  });
});

describe("reading a sample", () => {
  const tb = base(10, 20, [
    [0, 0],
    [10, 100],
  ]);
  const piece = samples(Array.from({ length: 20 }, (_, i) => i));

  it("is that nearest the time, of the run that the time is in", () => {
    expect(sampleAt([piece], tb, 0.26)).toEqual({ t: 0.3, value: 3 });
    expect(sampleAt([piece], tb, 100.04)).toEqual({ t: 100, value: 10 });
  });

  it("is nothing in a gap", () => {
    expect(sampleAt([piece], tb, 50)).toBeNull();
  });
});
