import { expect, test } from "vitest";
import { AnnotationCache } from "../../src/data/annotations.ts";
import { binSizeFor } from "../../src/data/bins.ts";
import { decodePart } from "../../src/data/decode.ts";
import { parseDescription } from "../../src/data/description.ts";
import { TileCache } from "../../src/data/tiles.ts";
import type { AnnotationSet, Part } from "../../src/data/types.ts";
import type { TimeBase } from "../../src/math/timebase.ts";
import { drawnRange, sampleRange, timeOf } from "../../src/math/timebase.ts";
import { channel, random, samplesIn, sampleTime } from "./fakes.ts";

const part = (more: Partial<Part>): Part => ({
  ...{ channel: 0, bin: 1, first: 0, count: 2, dtype: "int16", at: 0 },
  ...{ gain: 1, offset: 0, missing: null, complete: true },
  ...more,
});

test("the bin size is the largest power of 4 that is not above samples a pixel", () => {
  expect(binSizeFor(100, 0, 10, 1000)).toBe(1);
  expect(binSizeFor(100, 0, 39.99, 1000)).toBe(1);
  expect(binSizeFor(100, 0, 40, 1000)).toBe(4);
  expect(binSizeFor(1, 0, 1e-6, 1000)).toBe(1);
  expect(binSizeFor(256, 0, 86400, 1200)).toBe(16384);
});

test("samples of a window agree with looking at each one, across gaps", () => {
  const one = channel(200, 7, {
    runs: [
      [0, 1.5],
      [50, 20],
      [51, 30],
      [150, 44.3],
    ],
  });
  const tb: TimeBase = {
    fs: 7,
    nSamples: 200,
    starts: Float64Array.from(one.runs, ([start]) => start),
    onsets: Float64Array.from(one.runs, ([, onset]) => onset),
  };
  const next = random(1);
  for (let k = 0; k < 300; k++) {
    const t0 = next() * 60 - 3;
    const t1 = t0 + next() * 20;
    const [i0, i1] = sampleRange(tb, t0, t1);
    const [e0, e1] = samplesIn(one, t0, t1);
    expect(i1 - i0).toBe(e1 - e0);
    if (e1 > e0) expect([i0, i1]).toEqual([e0, e1]);
    const [d0, d1] = drawnRange(tb, t0, t1);
    expect(i0 - d0 === 0 || i0 - d0 === 1).toBe(true);
    expect(d1 - i1 === 0 || d1 - i1 === 1).toBe(true);
    expect(d0 >= 0 && d1 <= 200).toBe(true);
  }
  for (let i = 0; i < 200; i++) {
    expect(timeOf(tb, i)).toBeCloseTo(sampleTime(one, i), 9);
    expect(sampleRange(tb, timeOf(tb, i), 99)[0]).toBe(i);
  }
});

test("samples are exact, missing ones are NaN", () => {
  const data = new DataView(Int16Array.of(-32768, 300).buffer);
  const [lo, hi] = decodePart(part({ missing: -32768, gain: 0.1, offset: 2 }), data);
  expect(Array.from(lo)).toEqual([Number.NaN, 300 * 0.1 + 2]);
  expect(lo).toBeInstanceOf(Float64Array);
  expect(hi).toBe(lo);
});

test("with a negative gain minimum and maximum change places; empty bins are NaN", () => {
  const data = new DataView(Int16Array.of(1, 5, 3, 4).buffer);
  const [lo, hi] = decodePart(part({ bin: 4, gain: -2 }), data);
  expect(Array.from(lo)).toEqual([-6, Number.NaN]);
  expect(Array.from(hi)).toEqual([-2, Number.NaN]);
});

test.each([
  [-1.7e308, -1.5e308, 1.6e308, 1.7e308],
  [1e38, 2e38, 3e38, 4e38],
  [1e-40, 2e-40, 3e-40, 4e-40],
  [-4e-300, -3e-300, 1e-310, 3e-300],
])("bins of values that float32 does not have keep them (%d … %d)", (a, b, c, d) => {
  const data = new DataView(Float64Array.of(a, b, c, d).buffer);
  const [lo, hi] = decodePart(part({ bin: 4, dtype: "float64" }), data);
  expect([...lo, ...hi]).toEqual([a, b, c, d]);
});

test("small changes on a large offset survive, also in a view that is not aligned", () => {
  const bytes = new Uint8Array(3 + 32);
  bytes.set(new Uint8Array(Float64Array.of(1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3).buffer), 3);
  const data = new DataView(bytes.buffer, 3);
  const [lo, hi] = decodePart(part({ bin: 4, dtype: "float64" }), data);
  expect(Array.from(lo)).toEqual([1e9, 1e9 + 1]);
  expect(Array.from(hi)).toEqual([1e9 + 2, 1e9 + 3]);
});

test("a part that is not in its buffer or of an unknown type is refused", () => {
  const data = new DataView(new ArrayBuffer(3));
  expect(() => decodePart(part({}), data)).toThrow("exceeds the buffer");
  expect(() => decodePart(part({ dtype: "complex64" }), data)).toThrow("complex64");
});

test("a description is read with its run tables", () => {
  const data = new DataView(new ArrayBuffer(40));
  data.setBigInt64(16, 100n, true);
  data.setFloat64(24, 0.5, true);
  data.setFloat64(32, 9.25, true);
  const json = {
    ...{ v: 1, name: "a.edf", start: null, duration: 12, revision: 2, notes: ["short"] },
    channels: [
      { name: "ECG", units: "mV", fs: 10, n_samples: 120, timebase: 0, gain: 2, offset: 1 },
      { name: "SpO2", fs: 1, n_samples: 12, timebase: 1, gain: 1, offset: 0, absent: true },
      null,
      { name: "old name", absent: true },
    ],
    timebases: [
      { fs: 10, n_samples: 120, runs: 2, at: 8 },
      { fs: 1, n_samples: 12, runs: 5000, at: null },
    ],
    ranges: [[-1, 1], null],
  };
  const read = parseDescription(json, data);
  expect(read.channels[0]).toMatchObject({ index: 0, name: "ECG", nSamples: 120, range: [-1, 1] });
  expect(Array.from(read.channels[0]?.timebase.starts ?? [])).toEqual([0, 100]);
  expect(Array.from(read.channels[0]?.timebase.onsets ?? [])).toEqual([0.5, 9.25]);
  expect(read.channels[1]?.timebase.starts.length).toBe(0);
  expect(read.channels[1]?.range).toBe(null);
  const about = read.channels.map(({ name, absent, shown, index }) => [name, absent, shown, index]);
  expect(about).toEqual([
    ["ECG", false, true, 0],
    ["SpO2", true, true, 1],
    ["", false, false, 2],
    ["old name", true, false, 3],
  ]);
  expect(() => parseDescription({ ...json, v: 2 }, data)).toThrow("version 2");
});

test("parts of tiles join to what is held, wherever they begin and end", () => {
  const cache = new TileCache();
  const values = (from: number, to: number) =>
    Float64Array.from({ length: to - from }, (_, k) => from + k);
  const held = new Set<number>();
  const next = random(3);
  for (let k = 0; k < 60; k++) {
    const from = Math.floor(next() * 2000);
    const some = values(from, from + 1 + Math.floor(next() * 400));
    cache.put(0, 1, from, some, some);
    for (const value of some) held.add(value);
    for (const tile of cache.level(0, 1)?.tiles.values() ?? []) {
      expect(Array.from(tile.lo)).toEqual(Array.from(values(tile.first, tile.first + tile.count)));
      for (const value of tile.lo) expect(held.has(value)).toBe(true);
    }
  }
  cache.clear();
  expect([cache.bytes, cache.count]).toEqual([0, 0]);
});

test("annotations that were thinned out do not do for a closer look", () => {
  const cache = new AnnotationCache();
  const set = { t0: 0, t1: 100, count: 10, total: 50, texts: [] } as unknown as AnnotationSet;
  cache.put(set, 10, false);
  expect(cache.best(10, 90, 10)).toEqual({ set, enough: true, settled: true });
  expect(cache.best(10, 20, 10)).toEqual({ set, enough: false, settled: false });
  cache.expire();
  expect(cache.best(10, 90, 10)).toEqual({ set, enough: false, settled: false });
  expect(cache.best(200, 300, 10)).toEqual({ set: null, enough: false, settled: false });
});

test("annotations that are still being read take no others away", () => {
  const cache = new AnnotationCache();
  const set = { t0: 0, t1: 100, count: 10, total: 10, texts: [] } as unknown as AnnotationSet;
  cache.put(set, 10, false);
  cache.expire();
  cache.put({ ...set, count: 0, total: 0 }, 10, true);
  expect(cache.best(10, 90, 10)).toEqual({ set, enough: true, settled: false });
  expect(cache.retry()).toBe(true);
  expect(cache.best(10, 90, 10)).toEqual({ set, enough: false, settled: false });
  const read = { ...set, count: 12, total: 12 };
  cache.put(read, 10, false);
  expect(cache.best(10, 90, 10)).toEqual({ set: read, enough: true, settled: true });
});

test("of annotations of equal stretches the newest are held", () => {
  const cache = new AnnotationCache();
  for (let k = 0; k < 20; k++) {
    const set = { t0: 10 * k, t1: 10 * k + 10, count: 0, total: 0, texts: [] };
    cache.put(set as unknown as AnnotationSet, 10, false);
    expect(cache.best(10 * k, 10 * k + 10, 10).settled).toBe(true);
  }
});
