import { describe, expect, it } from "vitest";
import { followData, newScale, nth, tickText, valueText } from "../../src/math/autoscale.ts";
import { barValue, laneTicks } from "../../src/math/scale.ts";
import { random } from "../data/fakes.ts";

it("the k-th value is found as by sorting", () => {
  const next = random(11);
  for (let round = 0; round < 300; round++) {
    const values = Float64Array.from({ length: 1 + Math.floor(next() * 60) }, () =>
      next() < 0.5 ? Math.floor(next() * 6) : (next() - 0.5) * 1e9,
    );
    if (round % 5 === 0) values.sort();
    const k = Math.floor(next() * values.length);
    expect(nth(values.slice(), k)).toBe(values.slice().sort()[k]);
  }
});

describe("scales", () => {
  const seen = (...range: [number, number]) => ({ range, bulk: range, middle: range[0] });

  it("stay while the data lie in them, follow them away and come back", () => {
    const scale = newScale([0, 1]);
    const first = [scale.min, scale.max];
    expect(followData(scale, seen(0.2, 0.8))).toBe(false);
    expect(followData(scale, seen(5, 6))).toBe(true);
    expect(scale.min).toBeLessThan(5);
    expect(scale.max).toBeGreaterThan(6);
    expect(followData(scale, seen(5.1, 5.9))).toBe(false);
    expect(followData(scale, seen(0, 1))).toBe(true);
    expect([scale.min, scale.max]).toEqual(first);
  });

  it("are not squashed by an artefact, but show all of data that are elsewhere", () => {
    const scale = newScale([0, 1]);
    followData(scale, { range: [-500, 500], bulk: [0.1, 0.9], middle: 0.5 });
    expect(scale.max - scale.min).toBeLessThan(4);
    expect(scale.min).toBeLessThan(0);
    expect(scale.max).toBeGreaterThan(1);
    followData(scale, seen(-20, 0.5));
    expect(scale.min).toBeLessThan(-20);
    expect(scale.max).toBeGreaterThan(0.5);
  });

  it("leave a scale by hand alone", () => {
    const scale = { ...newScale([0, 1]), auto: false };
    expect(followData(scale, seen(50, 60))).toBe(false);
  });

  it("have an extent for constant data", () => {
    for (const value of [0, -3, 1e-12, 1e9]) {
      const scale = newScale([value, value]);
      expect(scale.max).toBeGreaterThan(scale.min);
      expect(scale.min).toBeLessThanOrEqual(value);
    }
  });

  it.each([20, 25, 60, 90, 300])("have even, round ticks in a lane of %d pixels", (pixels) => {
    for (const [min, max] of [
      [-0.51, 1.3],
      [0, 1e-6],
      [35.81, 37.4],
      [-4e6, 4e6],
      [-0.9, 0.95],
      [-3000, -40],
      [94.2, 98.9],
    ] as const) {
      const { ticks, step } = laneTicks(min, max, pixels, 26, 4);
      expect(ticks.length).toBeGreaterThanOrEqual(pixels > 20 ? 2 : 0);
      const [a = 0, b = 0] = ticks;
      ticks.forEach((tick, k) => {
        expect(tick).toBeCloseTo(a + k * (b - a), 9);
        expect(Math.abs(tick / step - Math.round(tick / step))).toBeLessThan(1e-9);
        // Labels neither leave the lane nor touch.
        const y = ((tick - min) / (max - min)) * pixels;
        expect(y).toBeGreaterThanOrEqual(3.99);
        expect(y).toBeLessThanOrEqual(pixels - 3.99);
      });
      if (ticks.length > 1) expect(((b - a) / (max - min)) * pixels).toBeGreaterThanOrEqual(11.99);
      const zero = (-min / (max - min)) * pixels;
      if (pixels > 50 && zero > 8 && zero < pixels - 8) expect(ticks).toContain(0);
    }
  });

  it.each([
    [3, 20, 50],
    [2.5, 20, 50],
    [0.001, 100, 0.1],
    [1, 19, 10],
    [1, 20, 20],
  ])("%d a pixel and %d pixels: a bar of %d", (perPixel, pixels, value) => {
    expect(barValue(perPixel, pixels)).toBeCloseTo(value, 12);
  });

  it("write one minus sign in numbers and in exponents", () => {
    expect(tickText(-0.05, 0.05)).toBe("−0.05");
    expect(valueText(-2.5e-7, 1e-7)).toBe("−2.50e−7");
    expect(tickText(20, 5)).toBe("20");
    expect(valueText(Number.NaN, 1)).toBe("–");
  });
});
