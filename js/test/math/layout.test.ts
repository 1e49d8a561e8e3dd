import { describe, expect, it } from "vitest";
import { drawable, layoutOf, MAX_SIZE } from "../../src/math/layout.ts";

describe("the size of a drawing", () => {
  const sizes = [0, -5, Number.NaN, Number.POSITIVE_INFINITY, 300, 1e6, 1e300];
  const ratios = [0, Number.NaN, 0.5, 3.5, 1000];

  it.each(sizes)("of any height is one that a browser can paint if the width is %d", (w) => {
    for (const [h, ratio] of sizes.flatMap((h) => ratios.map((r) => [h, r] as const))) {
      const { width, height, dpr } = drawable(w, h, ratio);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(0);
      expect(Math.max(width, height) * dpr).toBeLessThanOrEqual(MAX_SIZE.side * 1.0001);
      expect(width * height * dpr * dpr).toBeLessThanOrEqual(MAX_SIZE.area * 1.0001);
      expect(dpr).toBeGreaterThan(0);
      const box = layoutOf(width, height, [1, 2], dpr, 1, 50);
      const numbers = Object.values(box).filter((value) => typeof value === "number");
      expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([]);
    }
  });

  it.each([
    [1280, 470, 1],
    [390, 470, 3],
    [3840, 2000, 2],
  ])("%d x %d at %d device pixels stays as it is", (width, height, dpr) => {
    expect(drawable(width, height, dpr)).toEqual({ width, height, dpr });
  });
});
