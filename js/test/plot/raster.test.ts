import { describe, expect, it } from "vitest";
import { followData, newScale, tickText } from "../../src/math/autoscale.ts";
import { contrast, type Rgb, ramp } from "../../src/math/color.ts";
import { Columns } from "../../src/math/columns.ts";
import type { Gaps } from "../../src/math/gaps.ts";
import { laneTicks, shareBelow } from "../../src/math/scale.ts";
import { parseColor } from "../../src/page/csscolor.ts";
import { bandsOf } from "../../src/plot/bands.ts";
import { DARK_INKS, LIGHT_INKS } from "../../src/plot/palette.ts";
import { Raster } from "../../src/plot/raster.ts";
import { random } from "../data/fakes.ts";

const WHITE = 0xffffffff;
const inks = ramp([255, 255, 255], [0, 0, 0]);
const context = {
  createImageData: (w: number, h: number) => ({ data: new Uint8ClampedArray(w * h * 4) }),
} as unknown as CanvasRenderingContext2D;

function draw(pairs: [number, number][], gaps: Gaps | null = null, top = 0, height = 10): Raster {
  const raster = new Raster(context, pairs.length, 30);
  raster.clear(WHITE);
  const columns = new Columns();
  columns.begin(pairs.length, 0, 1);
  pairs.forEach(([lo, hi], c) => {
    columns.lo[c] = lo;
    columns.hi[c] = hi;
  });
  raster.trace(columns, { top, height, min: 0, max: 10 }, inks, 1, gaps);
  return raster;
}
const inked = (raster: Raster, c: number): number[] =>
  Array.from({ length: raster.height }, (_, y) => y).filter(
    (y) => raster.pixels[y * raster.width + c] !== WHITE,
  );

describe("drawing a trace", () => {
  it("joins neighbours, so that it has no holes", () => {
    const raster = draw([
      [1, 2],
      [7, 8],
      [2, 3],
    ]);
    for (const c of [1, 2]) {
      const rows = inked(raster, c);
      const before = inked(raster, c - 1);
      expect(rows.some((y) => before.includes(y))).toBe(true);
      expect(rows).toEqual(rows.map((_, k) => (rows[0] as number) + k));
    }
  });

  it("is at least a pixel thick and never leaves its lane", () => {
    const raster = draw([[5, 5]], null, 8, 10);
    expect(inked(raster, 0).length).toBeGreaterThanOrEqual(1);
    const big = draw(
      [
        [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
        [-900, 900],
      ],
      null,
      8,
    );
    for (const c of [0, 1]) expect(inked(big, c)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  });

  it("breaks where nothing is, and is not joined across a gap", () => {
    const none: [number, number] = [Number.NaN, Number.NaN];
    const broken = draw([[0, 1], none, [9, 10]]);
    expect(inked(broken, 1)).toEqual([]);
    expect(Math.max(...inked(broken, 2))).toBeLessThan(3);
    const mask = Uint8Array.of(0, 1, 1, 0);
    const gaps: Gaps = { bands: [1, 3], mask, share: 0.2 };
    const gap = draw(
      [
        [0, 1],
        [0, 1],
        [9, 10],
        [9, 10],
      ],
      gaps,
    );
    // Columns of the band that contain samples show them.
    expect(Math.min(...inked(gap, 1))).toBeGreaterThan(7);
    expect(Math.max(...inked(gap, 2))).toBeLessThan(3);
  });
});

describe("rows that are drawn apart", () => {
  const [width, height] = [60, 40];
  const next = random(5);
  const columns = [0, 1].map(() => {
    const made = new Columns();
    made.begin(width, 0, 1);
    for (let c = 0; c < width; c++) {
      if (c % 9 === 4) continue;
      made.lo[c] = next() * 10 - 1;
      made.hi[c] = Math.min(11, (made.lo[c] as number) + next() ** 3 * 12);
    }
    return made;
  });
  const boxes = [
    { top: 0.7, height: 17.3, min: 0, max: 10 },
    { top: 19.25, height: 20.1, min: 0, max: 10 },
  ];
  const background = new Uint32Array(width).fill(WHITE);
  background[30] = 0xffcccccc;

  /** The pixels of both lanes, drawn in these ranges of rows. */
  function drawn(bands: [number, number][], lowest: boolean, thick = 1.15): Uint32Array {
    const raster = new Raster(context, width, Math.max(...bands.map(([a, b]) => b - a)));
    const all = new Uint32Array(width * height);
    const canvas = {
      putImageData: (_: ImageData, __: number, y: number, ___: number, top: number) => {
        expect(top).toBe(0);
        const rows = bands.find(([a]) => a === y) as [number, number];
        all.set(raster.pixels.subarray(0, (rows[1] - y) * width), y * width);
      },
    } as unknown as CanvasRenderingContext2D;
    for (const [from, to] of bands) {
      raster.begin(from, to, background);
      boxes.forEach((box, k) => {
        raster.hatch(4, 20, box.top, box.top + box.height, 1, 2);
        raster.trace(columns[k] as Columns, { ...box, lowest }, inks, thick, null);
        raster.points(columns[k] as Columns, box, inks, 1.8);
        raster.block(50, 53, box.top, box.top + 2, 3);
        raster.horizontal(box.top, 4);
        raster.under(Math.round(box.top + 5), 5, 4);
      });
      raster.put(canvas);
    }
    return all;
  }

  it.each([1.15, 2])("are as those that are drawn together (%d pixels thick)", (thick) => {
    const together = drawn([[0, height]], false, thick);
    const apart: [number, number][] = [
      [0, 19],
      [19, height],
    ];
    expect(drawn(apart, false, thick)).toEqual(together);
    // Nothing is below the traces, so that blending and replacing are the same.
    expect(drawn(apart, true, thick)).toEqual(together);
  });

  it("are all rows of the canvas, by whole lanes", () => {
    for (let seed = 0; seed < 200; seed++) {
      const chance = random(seed * 17 + 3);
      for (let k = 0; k < 4; k++) chance();
      const dpr = [0.5, 1, 1.25, 2][seed % 4] as number;
      let bottom = -chance() * 40;
      const lanes = Array.from({ length: 1 + Math.floor(chance() * 60) }, () => {
        const top = bottom;
        bottom += 12 + chance() * 60;
        return { top, order: 0 };
      }).flatMap((lane) => (chance() < 0.3 ? [lane, { ...lane, order: 1 }] : [lane]));
      const rows = Math.round(bottom * dpr);
      if (rows < 1) continue;
      const bands = bandsOf(lanes, 1000 + 3000 * chance(), rows, dpr, seed % 5 === 0);
      expect(bands.map(({ from }) => from)).toEqual([0, ...bands.slice(0, -1).map(({ to }) => to)]);
      expect(bands.at(-1)?.to).toBe(rows);
      expect(bands.flatMap((band) => band.lanes)).toEqual(lanes);
      if (seed % 5 === 0) expect(bands.length).toBe(1);
      for (const { lanes: own, from, to } of bands) {
        expect(own[0]?.order).toBe(0);
        for (const { top } of own) {
          expect(Math.max(0, Math.round(top * dpr))).toBeGreaterThanOrEqual(from);
          expect(Math.round(top * dpr)).toBeLessThan(to);
        }
      }
    }
  });
});

describe("values of any size", () => {
  const LARGEST = Number.MAX_VALUE;
  const ranges: [number, number][] = [
    [-1.7e308, 1.7e308],
    [-LARGEST, LARGEST],
    [1e308, 1.7e308],
    [-1.7e308, 5],
    [1.5e308, 1.5e308],
    [LARGEST, LARGEST],
    [-3e-39, 4e-39],
    [1e-290, 2e-290],
    [3e-305, 3e-305],
    [5e-324, 5e-324],
  ];
  const scales = ranges.map((range) => ({ range, scale: newScale(range) }));

  it.each(scales)("$range lies in its scale", ({ range: [least, most], scale }) => {
    expect(scale.min).toBeLessThan(scale.max);
    expect(scale.min).toBeLessThanOrEqual(least);
    expect(scale.max).toBeGreaterThanOrEqual(most);
    expect([scale.min, scale.max].every(Number.isFinite)).toBe(true);
    const followed = newScale(null);
    followData(followed, { range: [least, most], bulk: [least, most], middle: least });
    expect([followed.min, followed.max]).toEqual([scale.min, scale.max]);
    expect(followData(followed, { range: [least, most], bulk: [least, most], middle: least })).toBe(
      false,
    );
  });

  it.each(scales)(
    "$range is drawn in the rows of its values",
    ({ range: [least, most], scale }) => {
      const raster = new Raster(context, 2, 100);
      raster.clear(WHITE);
      const columns = new Columns();
      columns.begin(2, 0, 1);
      columns.lo.fill(least);
      columns.hi.fill(most);
      const { min, max } = scale;
      raster.trace(columns, { top: 0, height: 100, min, max }, inks, 1, null);
      const rows = inked(raster, 0);
      expect(rows.length).toBeGreaterThan(0);
      const [top, bottom] = [most, least].map((value) => shareBelow(min, max, value) * 100);
      expect(Math.abs((rows[0] as number) - (top as number))).toBeLessThan(2);
      expect(Math.abs((rows.at(-1) as number) - (bottom as number))).toBeLessThan(2);
    },
  );

  it.each(scales)("$range has round ticks within its scale", ({ scale: { min, max } }) => {
    for (const pixels of [30, 80, 300]) {
      const { ticks } = laneTicks(min, max, pixels, 26);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      const slack = (max / 4 - min / 4) * 1e-8;
      expect(ticks.every((tick) => tick >= min - slack && tick <= max + slack)).toBe(true);
      for (const tick of ticks) expect(tickText(tick, 1)).not.toMatch(/Infinity|NaN|–/);
    }
  });

  it("a drift beyond the doubles is followed as far as they reach", () => {
    const scale = newScale([-1, 1]);
    followData(scale, { range: [-1.7e308, 1.7e308], bulk: [-1.6e308, 1.6e308], middle: 0 });
    expect(scale.min).toBeLessThanOrEqual(-1.7e308);
    expect(scale.max).toBeGreaterThanOrEqual(1.7e308);
    expect(followData(scale, { range: [-0.5, 0.5], bulk: [-0.5, 0.5], middle: 0 })).toBe(true);
    expect(scale.max).toBeLessThan(2);
  });
});

describe("colours", () => {
  it.each([
    ["light", LIGHT_INKS, "#ffffff"],
    ["dark", DARK_INKS, "#111111"],
  ])("of the %s theme are told from the background", (_, list, background) => {
    for (const ink of list.split(" ")) {
      const ratio = contrast(parseColor(ink) as Rgb, parseColor(background) as Rgb);
      expect(ratio).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("are read from what style sheets say", () => {
    expect(parseColor(" #fff ")).toEqual([255, 255, 255]);
    expect(parseColor("rgb(1 2 3 / 50%)")).toEqual([1, 2, 3]);
    expect(parseColor("var(--x)")).toBeNull();
  });
});
