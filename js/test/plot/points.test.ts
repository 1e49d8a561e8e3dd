/** Slow samples: each one is a point that can be seen, at its value, at every zoom. */
import { describe, expect, it } from "vitest";
import { ramp } from "../../src/math/color.ts";
import { Columns, reduceToColumns } from "../../src/math/columns.ts";
import type { Piece } from "../../src/math/pieces.ts";
import type { TimeBase } from "../../src/math/timebase.ts";
import { Raster } from "../../src/plot/raster.ts";

const WHITE = 0xffffffff;
const context = {
  createImageData: (w: number, h: number) => ({ data: new Uint8ClampedArray(w * h * 4) }),
} as unknown as CanvasRenderingContext2D;
const inks = ramp([255, 255, 255], [0, 0, 0]);
const [WIDTH, HEIGHT] = [1000, 80];
const BOX = { top: 4, height: HEIGHT - 8, min: 60, max: 180 };
/** A cuff pressure every 15 min in a column of one row each second. */
const EVERY = 900;
const HOURS = 24;
const values = Float64Array.from({ length: HOURS * 3600 }, (_, s) =>
  s % EVERY === 0 ? 90 + ((s / EVERY) % 7) * 10 : Number.NaN,
);
const tb: TimeBase = {
  fs: 1,
  nSamples: values.length,
  starts: Float64Array.of(0),
  onsets: Float64Array.of(0),
};

/** Bins of a size, by looking at each sample. */
function piece(bin: number): Piece {
  const count = Math.ceil(values.length / bin);
  const lo = new Float64Array(count).fill(Number.NaN);
  const hi = new Float64Array(count).fill(Number.NaN);
  values.forEach((value, s) => {
    if (Number.isNaN(value)) return;
    const b = Math.floor(s / bin);
    lo[b] = Number.isNaN(lo[b]) ? value : Math.min(lo[b] as number, value);
    hi[b] = Number.isNaN(hi[b]) ? value : Math.max(hi[b] as number, value);
  });
  return { first: 0, bin, count, lo, hi };
}

describe("a cuff pressure every 15 min", () => {
  it.each([24, 12, 3, 1, 0.3, 0.26])("is seen as points in %s h", (hours) => {
    const span = hours * 3600;
    const bin = 4 ** Math.max(0, Math.floor(Math.log(span / WIDTH) / Math.log(4)));
    const columns = new Columns();
    reduceToColumns(columns, [piece(bin)], tb, 0, span, WIDTH);
    const raster = new Raster(context, WIDTH, HEIGHT);
    raster.clear(WHITE);
    raster.trace(columns, BOX, inks, 1.15, null);
    raster.points(columns, BOX, inks, 1.8);
    const ink = (x: number, y: number): number =>
      (255 - ((raster.pixels[y * WIDTH + x] as number) & 255)) / 255;
    let all = 0;
    for (const pixel of raster.pixels) all += (255 - (pixel & 255)) / 255;
    let near = 0;
    for (let s = 0; s < span; s += EVERY) {
      const x = Math.floor((s / span) * WIDTH);
      const y = BOX.top + ((BOX.max - (values[s] as number)) / 120) * BOX.height;
      let own = 0;
      for (let dx = Math.max(-4, -x); dx <= Math.min(4, WIDTH - 1 - x); dx++) {
        for (let dy = -4; dy <= 4; dy++) own += ink(x + dx, Math.round(y) + dy);
      }
      expect(own, `sample at ${s} s`).toBeGreaterThan(x < 4 ? 3 : 6);
      near += own;
    }
    // Nothing is drawn elsewhere, in particular no line between the points.
    expect(near).toBeCloseTo(all, 3);
  });
});

it("a single column in a gap is drawn, and touching columns are left to the trace", () => {
  const columns = new Columns();
  columns.begin(30, 0, 1);
  for (const c of [5, 20, 21, 22]) columns.lo[c] = columns.hi[c] = 120;
  const raster = new Raster(context, 30, HEIGHT);
  raster.clear(WHITE);
  const mask = new Uint8Array(30).fill(1, 0, 10);
  raster.trace(columns, BOX, inks, 1.15, { bands: [0, 10], mask, share: 0.2 });
  const before = raster.pixels.slice();
  raster.points(columns, BOX, inks, 1.8);
  const changed = [...raster.pixels.keys()].filter((k) => raster.pixels[k] !== before[k]);
  expect(changed.length).toBeGreaterThan(5);
  expect(changed.every((k) => Math.abs((k % 30) - 5) <= 2)).toBe(true);
});

describe("a trace", () => {
  it.each([[], [0], [500], [999]])("says whether columns lack values: %j", (...empty) => {
    const columns = new Columns();
    columns.begin(WIDTH, 0, 1);
    columns.lo.fill(100);
    columns.hi.fill(110);
    for (const c of empty) columns.lo[c] = columns.hi[c] = Number.NaN;
    const raster = new Raster(context, WIDTH, HEIGHT);
    expect(raster.trace(columns, BOX, inks, 1.15, null)).toBe(empty.length > 0);
  });
});
