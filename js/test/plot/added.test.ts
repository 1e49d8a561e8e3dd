import { describe, expect, it } from "vitest";
import type { ChannelInfo } from "../../src/data/types.ts";
import { Columns, reduceToColumns } from "../../src/math/columns.ts";
import { hasLevels, levelName } from "../../src/math/levels.ts";
import { Raster } from "../../src/plot/raster.ts";
import { paintRibbon } from "../../src/plot/ribbon.ts";
import type { Theme } from "../../src/plot/theme.ts";
import { LANE_OPTIONS, lanesOf } from "../../src/state/lane.ts";
import { describe8 } from "../fixtures.ts";

const [GOOD, BAD] = [0xff00ff00, 0xff0000ff];
const context = {
  createImageData: (w: number, h: number) => ({ data: new Uint8ClampedArray(w * h * 4) }),
} as unknown as CanvasRenderingContext2D;

function columnsOf(values: number[], width: number): Columns {
  const n = values.length;
  const tb = { fs: 1, nSamples: n, starts: Float64Array.of(0), onsets: Float64Array.of(0) };
  const lo = Float64Array.from(values);
  const out = new Columns();
  reduceToColumns(out, [{ bin: 1, first: 0, count: n, lo, hi: lo }], tb, 0, n, width, true);
  return out;
}

describe("added signals", () => {
  it("with stages are steps: a value lasts until the next one", () => {
    const columns = columnsOf([5, 3, Number.NaN, 1], 40);
    expect([...columns.lo]).toEqual(
      [5, 3, Number.NaN, 1].flatMap((value) => new Array(10).fill(value)),
    );
    expect(columns.lo).toEqual(columns.hi);
    expect(columns.sampleStep).toBe(0);
  });

  it("with a mask are a ribbon, in which a short disturbance stays visible", () => {
    const values = Array.from({ length: 1000 }, (_, k) => (k === 500 ? 0 : 1));
    const raster = new Raster(context, 20, 30);
    const lane = { columns: columnsOf(values, 20), top: 0, height: 30 };
    paintRibbon(raster, lane, 1, { usable: GOOD, unusable: BAD } as Theme);
    const row = [...raster.pixels.subarray(26 * 20, 27 * 20)];
    expect(row).toEqual(row.map((_, c) => (c === 10 ? BAD : GOOD)));
    expect(raster.pixels[10 * 20]).toBe(0);
  });

  it("are in the lane that they name, if it is visible", () => {
    const { channels } = describe8();
    const added: ChannelInfo = {
      ...(channels[0] as ChannelInfo),
      index: 9,
      name: "x",
      host: "PPG",
    };
    const options = LANE_OPTIONS;
    const names = lanesOf([...channels, added], options).map(({ signals }) =>
      signals.map(({ name }) => name),
    );
    expect(names).toEqual([["ECG"], ["PPG", "x"], ["Resp"]]);
    const alone = lanesOf([...channels, added], { ...options, names: ["ECG", "x"] });
    expect(alone).toHaveLength(2);
  });

  it("have names of their values", () => {
    const stages = { levels: { W: 5, N1: 3 } };
    expect([levelName(stages, 3), levelName(stages, 4)]).toEqual(["N1", undefined]);
    expect([hasLevels(stages), hasLevels({ levels: {} }), hasLevels({})]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
