import { describe, expect, it } from "vitest";
import { followData, newScale, tickText, valueText } from "../../src/math/autoscale.ts";
import { endTicks, valueTicks } from "../../src/math/scale.ts";

describe("scales", () => {
  const seen = (...range: [number, number]) => ({ range, bulk: range });

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
    followData(scale, { range: [-500, 500], bulk: [0.1, 0.9] });
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

  it("have round ticks within them", () => {
    for (const [min, max] of [
      [-0.51, 1.3],
      [0, 1e-6],
      [35.81, 37.4],
      [-4e6, 4e6],
    ] as const) {
      for (const { ticks } of [endTicks(min, max), valueTicks(min, max, 5)]) {
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(5);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(min - (max - min) * 1e-9);
          expect(tick).toBeLessThanOrEqual(max + (max - min) * 1e-9);
        }
      }
    }
    expect(tickText(-0.05, 0.05)).toBe("−0.05");
    expect(tickText(20, 5)).toBe("20");
    expect(valueText(Number.NaN, 1)).toBe("–");
  });
});
