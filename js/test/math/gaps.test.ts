import { expect, it } from "vitest";
import { gapBands, uncoveredBands } from "../../src/math/gaps.ts";
import type { TimeBase } from "../../src/math/timebase.ts";

const values = new Float64Array(0);
const TB: TimeBase = {
  fs: 10,
  nSamples: 800,
  starts: Float64Array.of(0, 400),
  onsets: Float64Array.of(0, 60),
};

it("bands of what no piece covers leave gaps out", () => {
  const gaps = gapBands(TB, 0, 100, 100, 1);
  const piece = (first: number, count: number) => ({
    bin: 1,
    first,
    count,
    lo: values,
    hi: values,
  });
  expect(uncoveredBands([], TB, 0, 100, gaps)).toEqual([0, 40, 60, 100]);
  expect(uncoveredBands([piece(100, 350)], TB, 0, 100, gaps)).toEqual([0, 10, 65, 100]);
  expect(uncoveredBands([piece(0, 800)], TB, 0, 100, gaps)).toEqual([]);
});
