import { describe, expect, it } from "vitest";
import {
  differenceText,
  intervalTexts,
  marches,
  type Point,
  snap,
  snapTo,
} from "../../src/math/calipers.ts";
import { resolutionText } from "../../src/math/resolution.ts";
import { cellsOf, tableText } from "../../src/math/statistics.ts";

/** 10 pixels a second, 10 pixels a unit, zero at y = 100. */
const pixels = { x: (t: number) => 10 * t, y: (value: number) => 100 - 10 * value };
const trace = [0, 1, 2, 5, 2, 1, 1, 1, 0.5].map((value, k): Point => ({ t: k / 2, value }));

describe("a caliper", () => {
  it("snaps to the peak near the pointer, else to the nearest sample", () => {
    expect(snap(trace, 13, 55, pixels)).toEqual({ t: 1.5, value: 5 });
    expect(snap(trace, 21, 55, pixels)).toEqual({ t: 1.5, value: 5 });
    // Far from the peak across the time, it is the sample under the pointer.
    expect(snap(trace, 21, 99, pixels)).toEqual({ t: 2, value: 2 });
    expect(snap(trace, 31, 90, pixels)).toEqual({ t: 3, value: 1 });
  });

  it("says whether it snapped to a maximum, a minimum or neither", () => {
    expect(snapTo(trace, 13, 55, pixels)).toEqual({ point: { t: 1.5, value: 5 }, extremum: 1 });
    const below = trace.map(({ t, value }) => ({ t, value: -value }));
    expect(snapTo(below, 13, 145, pixels)?.extremum).toBe(-1);
    expect(snapTo(trace, 21, 99, pixels)?.extremum).toBe(0);
    expect(snapTo([], 1, 1, pixels)).toBeNull();
  });

  it("does not take the end of the visible points for an extremum", () => {
    expect(snap(trace, 1, 100, pixels)).toEqual({ t: 0, value: 0 });
    expect(snap(trace.slice(0, 3), 16, 80, pixels)).toEqual({ t: 1, value: 2 });
    expect(snap([], 1, 1, pixels)).toBeNull();
  });

  it("gives the interval, the rate and the frequency", () => {
    expect(intervalTexts(0.8)).toEqual(["800 ms", "75 bpm", "1.25 Hz"]);
    expect(intervalTexts(-0.02)).toEqual(["20 ms", "3000 bpm", "50 Hz"]);
    expect(intervalTexts(4)).toEqual(["4 s", "15 bpm", "0.25 Hz"]);
    expect(intervalTexts(90)).toEqual(["1 min 30 s", "0.01111 Hz"]);
    expect(intervalTexts(0)).toEqual(["0 s"]);
  });

  it("gives the difference from the earlier to the later point, in the displayed units", () => {
    const [a, b] = [
      { t: 1, value: -0.25 },
      { t: 2, value: 1 },
    ];
    const shown = { units: "µV", factor: 1000 };
    expect(differenceText(a, b, shown)).toBe("Δ +1250 µV");
    expect(differenceText(b, a, shown)).toBe("Δ +1250 µV");
    expect(differenceText({ t: 3, value: 1 }, a, shown)).toBe("Δ +1250 µV");
    expect(differenceText(a, { t: 2, value: -1 }, { units: "", factor: 1 })).toBe("Δ −0.75");
  });

  it("marches to both sides, unless the lines would be too close", () => {
    expect(marches([10, 12], [3, 21], 100)).toEqual([4, 6, 8, 14, 16, 18, 20]);
    expect(marches([12, 10], [3, 21], 100)).toEqual([4, 6, 8, 14, 16, 18, 20]);
    expect(marches([10, 10.1], [0, 100], 1000)).toEqual([]);
    expect(marches([10, 10], [0, 100], 1000)).toEqual([]);
  });
});

describe("the badge", () => {
  it.each([
    [[], ""],
    [[{ perPixel: 0.2, bin: 1 }], "samples"],
    [[{ perPixel: 1, bin: 1 }], "samples"],
    [[{ perPixel: 1.24, bin: 1 }], "min/max of 1.2 samples a pixel"],
    [[{ perPixel: 25.3, bin: 16 }], "min/max of 25 samples a pixel"],
    // Coarser data than the pixels need, until finer ones arrive.
    [[{ perPixel: 25, bin: 64 }], "min/max of 64 samples a pixel"],
    [[{ perPixel: 0.5, bin: 4 }], "min/max of 4 samples a pixel"],
    [
      [
        { perPixel: 12_345, bin: 4096 },
        { perPixel: 48, bin: 16 },
      ],
      "min/max of 48 to 12,300 samples a pixel",
    ],
    [
      [
        { perPixel: 0.5, bin: 1 },
        { perPixel: 48, bin: 16 },
      ],
      "samples, or min/max of 48 samples a pixel",
    ],
  ])("says what the pixels of %j show", (drawn, text) => {
    expect(resolutionText(drawn)).toBe(text);
  });
});

describe("the statistics of a selection", () => {
  const row = {
    n: 2500,
    missing: 3,
    min: -0.25,
    max: 1.05,
    mean: -0.00004,
    rms: 0.2004,
    sd: 0.2,
    slope: -1.5e-7,
  };
  it("have the decimals that their spread needs", () => {
    expect(cellsOf("ECG", row, { units: "mV", factor: 1 })).toEqual([
      ...["ECG", "−0.250", "1.050", "0.000", "0.200", "0.200", "−1.50e−7", "mV"],
      "2,500 (3 missing)",
    ]);
    const constant = { ...row, n: 1, missing: 0, min: 36.6, max: 36.6, mean: 36.6, rms: 36.6 };
    const cells = cellsOf("T", { ...constant, sd: null, slope: null }, { units: "°C", factor: 1 });
    expect(cells).toEqual([...["T", "36.60", "36.60", "36.60", "36.60", "–", "–", "°C", "1"]]);
  });

  it("are copied with all digits", () => {
    const text = tableText([{ name: "ECG", units: "mV", row: { ...row, slope: null } }]);
    expect(text.split("\n")).toEqual([
      "channel\tunits\tn\tmissing\tmin\tmax\tmean\trms\tsd\tslope",
      "ECG\tmV\t2500\t3\t-0.25\t1.05\t-0.00004\t0.2004\t0.2\t",
      "",
    ]);
  });
});
