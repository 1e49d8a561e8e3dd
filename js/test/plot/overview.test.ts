/** The overview: which channel it shows, where there are samples, sleep stages, density of marks. */
import { describe, expect, it } from "vitest";
import fixture from "../../../tests/fixtures/overview.json";
import type { AnnotationSet, LaneData } from "../../src/data/types.ts";
import { coverage } from "../../src/math/coverage.ts";
import { isInformative } from "../../src/math/informative.ts";
import { stageOf } from "../../src/math/stages.ts";
import type { TimeBase } from "../../src/math/timebase.ts";
import { Overview } from "../../src/plot/overview.ts";
import { stagesOf } from "../../src/plot/overviewmarks.ts";
import type { Source } from "../../src/plot/source.ts";
import type { Surface } from "../../src/plot/surface.ts";
import type { Theme } from "../../src/plot/theme.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, emptySource, target } from "../fixtures.ts";

const numbers = (values: (number | null)[]): Float64Array =>
  Float64Array.from(values, (value) => value ?? Number.NaN);

it.each(fixture.informative)("$about: is it informative?", ({ lo, hi, is }) => {
  expect(isInformative(numbers(lo), numbers(hi))).toBe(is);
});

it.each(fixture.stages as [string, string | null][])("%s is the sleep stage %s", (text, stage) => {
  expect(stageOf(text)).toBe(stage);
});

describe("coverage", () => {
  const base = (fs: number, runs: [number, number][]): TimeBase => {
    const starts: number[] = [];
    let nSamples = 0;
    for (const [t0, t1] of runs) {
      starts.push(nSamples);
      nSamples += Math.round((t1 - t0) * fs);
    }
    const onsets = Float64Array.from(runs, ([t0]) => t0);
    return { fs, nSamples, starts: Float64Array.from(starts), onsets };
  };
  const text = (bases: TimeBase[]): string => [...coverage(bases, 100, 20)].join("");

  it("is of no, some or all channels", () => {
    const long = base(10, [[0, 100]]);
    const parts = base(4, [
      [10, 30],
      [50, 70],
    ]);
    expect(text([long])).toBe("2".repeat(20));
    expect(text([parts])).toBe("00222200002222000000");
    expect(text([long, parts])).toBe("11222211112222111111");
    expect(text([base(1, []), parts])).toBe("00111100001111000000");
  });

  it("is complete if slow channels end less than a sample before others", () => {
    expect(text([base(10, [[0, 100]]), base(1 / 9, [[0, 99]])])).toBe("2".repeat(20));
    expect(text([base(1 / 9, [[5, 95]])])).toBe("2".repeat(20));
  });

  it("is complete where packets touch each other", () => {
    const packets = Array.from({ length: 1000 }, (_, k): [number, number] => [
      k / 10,
      (k + 1) / 10,
    ]);
    expect(text([base(100, packets)])).toBe("2".repeat(20));
  });
});

describe("the channel of the overview", () => {
  const state = (kinds: string[]): ViewState => {
    const description = describe8(100, 100, 4);
    description.channels.forEach((channel, k) => {
      channel.kind = kinds[k] as string;
    });
    return new ViewState(description);
  };
  const shapes: Record<string, (k: number) => number> = {
    counter: (k) => k % 1000,
    constant: () => 3,
    wave: (k) => Math.sin(k / 20),
  };
  const choose = (
    kinds: string[],
    signals: (string | null)[],
    overview = new Overview(document.createElement("div")),
  ) => {
    const lane = (index: number): LaneData => {
      const shape = shapes[signals[index] ?? ""];
      if (!shape) return { pieces: [], settled: false, building: false, refused: false };
      const values = Float64Array.from({ length: 10_000 }, (_, k) => shape(k));
      const piece = { bin: 1, first: 0, count: 10_000, lo: values, hi: values };
      return { pieces: [piece], settled: true, building: false, refused: false };
    };
    return overview.choose(state(kinds), { ...emptySource, lane }, 500)?.channel.name;
  };
  const other = ["other", "other", "other", "other"];

  it("is one of a known kind, and neither a counter nor constant", () => {
    expect(choose(other, ["wave", "wave", "wave", "wave"])).toBe("ECG");
    expect(choose(["other", "PPG", "other", "SpO2"], ["wave", "wave", "wave", "wave"])).toBe("PPG");
    expect(choose(["ECG", "PPG", "other", "other"], ["constant", "wave", "wave", "wave"])).toBe(
      "PPG",
    );
    expect(choose(other, ["counter", "constant", "wave", "wave"])).toBe("Resp");
  });

  it("is the first one while data are missing, and if no channel is better", () => {
    expect(choose(other, [null, "wave", "wave", "wave"])).toBe("ECG");
    expect(choose(other, ["counter", "constant", "counter", "constant"])).toBe("ECG");
    const overview = new Overview(document.createElement("div"));
    expect(choose(other, ["counter", null, "wave", "wave"], overview)).toBe("PPG");
    expect(choose(other, ["counter", "constant", "wave", "wave"], overview)).toBe("Resp");
  });
});

it("asks for the ribbon of usable signal beside its channel", () => {
  const description = describe8(100, 100, 4);
  Object.assign(description.channels[2] as object, { style: "ribbon" });
  const asked: number[][] = [];
  const demand: Source["demand"] = (indices) => asked.push([...indices]);
  const surface = { width: 500, height: 20, context: null } as unknown as Surface;
  const overview = new Overview(document.createElement("div"));
  const { box } = target(100);
  const state = new ViewState(description);
  const theme = {} as Theme;
  overview.draw(surface, state, { ...emptySource, demand }, box, theme, true, 1);
  expect(asked).toEqual([[0, 2]]);
});

describe("marks in the overview", () => {
  const set: AnnotationSet = {
    t0: 0,
    t1: 100,
    count: 5,
    total: 9,
    texts: ["N", "Sleep stage W", "Sleep stage N2", "artefact"],
    counts: [6, 1, 1, 1],
    onsets: Float64Array.of(5, 15, 50, 0, 80),
    durations: Float64Array.of(0, 0, 50, 50, 20),
    text: Int32Array.of(0, 0, 2, 1, 3),
    channel: Int32Array.of(-1, -1, -1, -1, -1),
    layers: [{ name: "file", reader: "", readOnly: true }],
    layer: new Int32Array(5),
    ids: new Float64Array(5),
    densities: [],
    revision: 0,
  };

  it("are sleep stages in order of time, and others", () => {
    expect(stagesOf(set)).toEqual({
      stages: [
        [0, 50, 0],
        [50, 50, 3],
      ],
      others: true,
    });
  });

  it("take W and R alone for stages in a layer with N1, N2 or N3 only", () => {
    const layers = ["beats", "ben"].map((name) => ({ name, reader: "", readOnly: true }));
    const alone: AnnotationSet = {
      ...set,
      texts: ["R", "W", "N2"],
      onsets: Float64Array.of(1, 0, 30, 60, 90),
      durations: Float64Array.of(0, 30, 30, 30, 30),
      text: Int32Array.of(0, 1, 2, 0, 1),
      layer: Int32Array.of(0, 1, 1, 1, 1),
      layers,
    };
    expect(stagesOf(alone).stages).toEqual([
      [0, 30, 0],
      [30, 30, 3],
      [60, 30, 1],
      [90, 30, 0],
    ]);
    expect(stagesOf(alone).others).toBe(true);
    const two = stagesOf({ ...alone, texts: ["N1", "W", "N2"] });
    expect(two.stages.map(([onset]) => onset)).toEqual([0, 30, 60, 90]);
    expect(two.others, "stages of another layer are no other marks").toBe(false);
  });
});
