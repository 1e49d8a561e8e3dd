import { describe, expect, it } from "vitest";
import arrangement from "../../../tests/fixtures/arrangement.json";
import type { ChannelInfo } from "../../src/data/types.ts";
import {
  laneAt,
  laneExtent,
  lanesInView,
  layoutOf,
  MIN_LANE_HEIGHT,
} from "../../src/math/layout.ts";
import { type ColoredBy, LANE_OPTIONS, type LaneOptions, lanesOf } from "../../src/state/lane.ts";
import { describe8 } from "../fixtures.ts";

const { channels } = describe8(100, 100, 4);
const namesOf = (options: Partial<LaneOptions>): string[][] =>
  lanesOf(channels, { ...LANE_OPTIONS, ...options }).map(({ signals }) =>
    signals.map(({ name }) => name),
  );

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

  it.each(arrangement.cases)("are arranged as in Python: $about", (example) => {
    const [channel] = channels;
    const all = arrangement.channels.map(([name, kind], index) => ({
      ...channel,
      name,
      kind,
      index,
    }));
    const { shown, overlaid = {}, heights = {}, colors = {}, color_by = "channel" } = example;
    const options = {
      names: shown,
      overlaid: new Map(Object.entries(overlaid)),
      weights: new Map(Object.entries(heights)),
      colors: new Map(Object.entries(colors)),
      colorBy: color_by as ColoredBy,
      perPage: null,
    } as unknown as LaneOptions;
    const lanesFor = (names: string[]) => lanesOf(all as ChannelInfo[], { ...options, names });
    expect(
      lanesFor(shown).map(({ signals, weight }) => [signals.map(({ name }) => name), weight]),
    ).toEqual(example.lanes);
    const every = lanesFor(all.map(({ name }) => name as string)).flatMap((lane) => lane.signals);
    const inks = every.filter(({ ink }) => ink !== undefined).map(({ name, ink }) => [name, ink]);
    expect(Object.fromEntries(inks)).toEqual(example.inks);
  });

  it("fill the page with the chosen number, and more are reached by scrolling", () => {
    const heightOf = (lanes: number, perPage: number): number =>
      laneExtent(layoutOf(1000, 430, Array(lanes).fill(1), 1, 0, 0, perPage), 0)[1];
    const { lanesHeight } = layoutOf(1000, 430, [1], 1, 0);
    expect(heightOf(20, 4)).toBeCloseTo(lanesHeight / 4);
    expect(heightOf(3, 4)).toBeCloseTo(lanesHeight / 3);
    expect(heightOf(64, 32)).toBe(12);
  });

  it("share the height by weight, and none is lower than the smallest height", () => {
    const box = layoutOf(1000, 430, [1, 2, 1, 0.01], 1, 0);
    const heights = [0, 1, 2, 3].map((k) => laneExtent(box, k)[1]);
    expect(heights[1]).toBeCloseTo(2 * (heights[0] as number));
    expect(heights[3]).toBe(MIN_LANE_HEIGHT);
    expect(box.contentHeight).toBeCloseTo(heights.reduce((a, b) => a + b));
  });

  it("are found by position, as a search through all of them finds them", () => {
    for (const weights of [[], [1], [1, 3, 0.2, 5], Array<number>(256).fill(1)]) {
      const box = layoutOf(1000, 430, weights, 1, 0);
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
