import { describe, expect, it } from "vitest";
import {
  laneAt,
  laneExtent,
  lanesInView,
  layoutOf,
  MIN_LANE_HEIGHT,
} from "../../src/math/layout.ts";
import { type LaneOptions, lanesOf } from "../../src/state/lane.ts";
import { describe8 } from "../fixtures.ts";

const { channels } = describe8(100, 100, 4);
const none: LaneOptions = { names: null, overlaid: new Map(), weights: new Map() };
const namesOf = (options: Partial<LaneOptions>): string[][] =>
  lanesOf(channels, { ...none, ...options }).map(({ signals }) => signals.map(({ name }) => name));

describe("lanes", () => {
  it("show all channels, or the named ones in order", () => {
    expect(namesOf({})).toEqual([["ECG"], ["PPG"], ["Resp"], ["SpO2"]]);
    expect(namesOf({ names: ["Resp", "nobody", "ECG"] })).toEqual([["Resp"], ["ECG"]]);
  });

  it("contain the channels that are drawn in them", () => {
    expect(namesOf({ overlaid: new Map([["ECG", "Resp"]]) })).toEqual([
      ["PPG"],
      ["Resp", "ECG"],
      ["SpO2"],
    ]);
  });

  it.each([
    ["a hidden lane", ["ECG", "PPG"], [["ECG", "Resp"]], [["ECG"], ["PPG"]]],
    ["itself", ["ECG", "PPG"], [["ECG", "ECG"]], [["ECG"], ["PPG"]]],
    [
      "each other",
      ["ECG", "PPG"],
      [
        ["ECG", "PPG"],
        ["PPG", "ECG"],
      ],
      [["ECG"], ["PPG"]],
    ],
  ] as [string, string[], [string, string][], string[][]][])(
    "lose no channel that is to be drawn in %s",
    (_, names, pairs, expected) => {
      expect(namesOf({ names, overlaid: new Map(pairs) })).toEqual(expected);
    },
  );

  it("share the height by weight, and none is lower than the smallest height", () => {
    const box = layoutOf(1000, 430, [1, 2, 1, 0.01], 1, false);
    const heights = [0, 1, 2, 3].map((k) => laneExtent(box, k)[1]);
    expect(heights[1]).toBeCloseTo(2 * (heights[0] as number));
    expect(heights[3]).toBe(MIN_LANE_HEIGHT);
    expect(box.contentHeight).toBeCloseTo(heights.reduce((a, b) => a + b));
  });

  it("are found by position, as a search through all of them finds them", () => {
    for (const weights of [[], [1], [1, 3, 0.2, 5], Array<number>(256).fill(1)]) {
      const box = layoutOf(1000, 430, weights, 1, false);
      const slow = (y: number): number =>
        weights.findIndex((_, k) => {
          const [top, height] = laneExtent(box, k);
          return y >= top && y < top + height;
        });
      for (let y = -10; y < box.contentHeight + 10; y += 3.7) expect(laneAt(box, y)).toBe(slow(y));
      for (let scroll = 0; scroll <= box.contentHeight; scroll += 41.3) {
        const [first, stop] = lanesInView(box, scroll);
        const visible = weights.flatMap((_, k) => {
          const [top, height] = laneExtent(box, k);
          const inside = top < scroll + box.lanesHeight - 1e-5 && top + height > scroll + 1e-5;
          return inside ? [k] : [];
        });
        expect(weights.map((_, k) => k).slice(first, stop)).toEqual(visible);
      }
    }
  });
});
