import { describe, expect, it } from "vitest";
import { melodyOf, PITCH, soundSeconds } from "../../src/math/sound.ts";

describe("the sound of a trace", () => {
  it("has equal intervals for equal differences, and the limits of the lane as limits", () => {
    const values = [0, 0.25, 0.5, 0.75, 1, 2, -1];
    const { pitch, loudness } = melodyOf(values, values, 7, [0, 1], 7);
    expect(pitch[0]).toBeCloseTo(PITCH[0]);
    expect(pitch[4]).toBeCloseTo(PITCH[1]);
    expect(pitch[2]).toBeCloseTo(440, 2);
    for (let k = 1; k < 4; k++) {
      expect((pitch[k + 1] as number) / (pitch[k] as number)).toBeCloseTo(Math.SQRT2, 4);
    }
    expect([...pitch].every((one) => one >= 219.9 && one <= 880.1)).toBe(true);
    expect(Math.max(...loudness)).toBeLessThan(0.2);
  });

  it("is silent in gaps and keeps the one spike of many columns", () => {
    const lo = new Float64Array(1000);
    const hi = new Float64Array(1000);
    hi[333] = 1;
    lo.fill(Number.NaN, 500, 600);
    hi.fill(Number.NaN, 500, 600);
    const { pitch, loudness } = melodyOf(lo, hi, 1000, [0, 1], 100);
    expect(pitch[33]).toBeCloseTo(PITCH[1]);
    expect([...loudness].map((one) => one > 0).indexOf(false)).toBe(50);
    expect([...loudness].filter((one) => one === 0)).toHaveLength(10);
  });

  it("has more steps than columns in a narrow view, and a flat trace has one pitch", () => {
    const { pitch } = melodyOf([5, 5], [5, 5], 2, [5, 5], 10);
    expect(new Set(pitch).size).toBe(1);
    expect([soundSeconds(0.1), soundSeconds(4), soundSeconds(86400)]).toEqual([1, 4, 8]);
  });
});
