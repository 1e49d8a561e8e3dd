import { describe, expect, it } from "vitest";
import { placeText, stepEpoch, stepSamples } from "../../src/math/steps.ts";
import type { TimeBase } from "../../src/math/timebase.ts";

/** 50 samples at 10 Hz from 0 s, then 50 from 20 s. */
const tb: TimeBase = {
  fs: 10,
  nSamples: 100,
  starts: Float64Array.of(0, 50),
  onsets: Float64Array.of(0, 20),
};

describe("steps", () => {
  it("visit every sample once, forwards and backwards, and tell the gap", () => {
    const visited: number[] = [0];
    const gaps: number[] = [];
    for (let at: number | null = 0; at !== null; ) {
      const step = stepSamples(tb, at, 1);
      at = step?.t ?? null;
      if (step) visited.push(step.t);
      if (step && step.gap > 0) gaps.push(step.gap);
    }
    const times = Array.from({ length: 100 }, (_, i) => (i < 50 ? i / 10 : 20 + (i - 50) / 10));
    expect(visited.map((t) => Number(t.toFixed(6)))).toEqual(times);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toBeCloseTo(15);
    const back: number[] = [];
    for (let step = stepSamples(tb, 24.9, -1); step; step = stepSamples(tb, step.t, -1)) {
      back.push(Number(step.t.toFixed(6)));
    }
    expect(back).toEqual(times.slice(0, -1).reverse());
  });

  it("start in a gap at its edge, and end at the ends", () => {
    expect(stepSamples(tb, 12, 1)?.t).toBeCloseTo(20);
    expect(stepSamples(tb, 30, 1)).toBeNull();
    expect(stepSamples(tb, 0, -3)).toBeNull();
    expect(stepSamples(tb, 0.3, -8)?.t).toBe(0);
    const unknown = { ...tb, starts: new Float64Array(0), onsets: new Float64Array(0) };
    expect(stepSamples(unknown, 0, 1)).toBeNull();
  });

  it("of epochs go to the start of the present one first", () => {
    const epochs = { length: 30, start: 5 };
    expect(stepEpoch(epochs, 50, -1, 100)).toBe(35);
    expect(stepEpoch(epochs, 35, -1, 100)).toBe(5);
    expect(stepEpoch(epochs, 5, -1, 100)).toBeNull();
    expect(stepEpoch(epochs, 50, 1, 100)).toBe(65);
    expect(stepEpoch(epochs, 96, 1, 100)).toBeNull();
  });

  it("are spoken with time, channel, value and events, as words", () => {
    const place = { time: "0:00:01.5", channel: "ECG", value: "−0.1 … 0.4 mV", note: "" };
    expect(placeText({ ...place, marks: ["N"] })).toBe("0:00:01.5, ECG, -0.1 to 0.4 mV, N");
    expect(placeText({ ...place, value: "", marks: [..."abcde"] })).toBe(
      "0:00:01.5, ECG, no value, a, b, c, 2 more",
    );
  });
});
