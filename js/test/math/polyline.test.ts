import { expect, test } from "vitest";
import { Columns } from "../../src/math/columns.ts";
import { lineThrough } from "../../src/math/polyline.ts";
import { selectionText } from "../../src/math/resolution.ts";

function drawn(times: number[], values: number[], t1 = 10, width = 10): Columns {
  const out = new Columns();
  const set = {
    times: Float64Array.from(times),
    values: Float64Array.from(values),
    samples: times.length,
  };
  lineThrough(out, set, 0, t1, width);
  return out;
}

test("each column has the range of the line in it", () => {
  const { lo, hi } = drawn([0, 10], [0, 10]);
  expect([...lo]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...hi]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("several points in a column give its lowest and highest value", () => {
  const { lo, hi } = drawn([2.1, 2.3, 2.5, 2.9], [1, 7, -3, 2]);
  expect([lo[2], hi[2]]).toEqual([-3, 7]);
  expect(lo[1]).toBeNaN();
  expect(hi[3]).toBeNaN();
});

test("the line ends at NaN and begins again after it", () => {
  const { lo } = drawn([1, 2.5, 6.5, 6.5, 8], [1, 1, Number.NaN, 2, 2]);
  expect([...lo].map((value) => (Number.isNaN(value) ? "-" : value)).join("")).toBe("-11---222-");
});

test("points outside the window draw the line to its edges", () => {
  const { lo, hi } = drawn([-5, 15], [0, 20]);
  expect([lo[0], hi[9]]).toEqual([5, 15]);
});

test("a line through dense samples is that of the samples in each column", () => {
  const times = Array.from({ length: 5000 }, (_, k) => k / 500);
  const values = times.map((t) => Math.sin(40 * t) * (1 + t));
  const { lo, hi } = drawn(times, values, 10, 50);
  for (let c = 0; c < 50; c++) {
    const inside = values.slice(c * 100, (c + 1) * 100);
    expect(lo[c]).toBeLessThanOrEqual(Math.min(...inside) + 1e-12);
    expect(hi[c]).toBeGreaterThanOrEqual(Math.max(...inside) - 1e-12);
    expect(hi[c]).toBeLessThan(Math.max(...inside) + 0.9);
  }
});

test("the badge names the method, and how many samples were chosen", () => {
  const values = Float64Array.from([1, Number.NaN, 2]);
  expect(selectionText("lttb", [{ values, samples: 25_000 }])).toBe(
    "selection (LTTB), no envelope: 2 of 25,000 samples",
  );
});
