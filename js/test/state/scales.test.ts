import { beforeEach, describe, expect, it } from "vitest";
import { between, shareBelow } from "../../src/math/scale.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8 } from "../fixtures.ts";

type Of = { name: string; kind: string; units: string; range: [number, number] | null };

function viewOf(channels: Of[], height = 100, seconds = 100): ViewState {
  const description = describe8(seconds, 100, 1);
  const [first] = description.channels;
  if (!first) throw new Error("no channel");
  const of = channels.map((channel, index) => ({ ...first, ...channel, index }));
  const state = new ViewState({ ...description, channels: of });
  state.laidOut(
    1000,
    of.map(() => height),
  );
  update(state);
  return state;
}

/** What a frame does. */
function update({ scales, signals }: ViewState): void {
  scales.share(signals);
  for (const channel of signals) scales.resolve(channel);
}

const limits = (state: ViewState, k = 0): [number, number] => {
  const channel = state.signals[k];
  if (!channel) throw new Error("no channel");
  update(state);
  const { min, max } = state.scaleOf(channel);
  return [min, max];
};
const span = (state: ViewState, k = 0): number => limits(state, k)[1] - limits(state, k)[0];
const ecg: Of = { name: "II", kind: "ECG", units: "mV", range: [-0.3, 1.2] };
const pressure: Of = { name: "ABP", kind: "pressure", units: "mmHg", range: [60, 120] };

describe("gains in millimetres", () => {
  // A lane of 100 pixels at 4 pixels for a millimetre is 25 mm high.
  it.each([
    ["10 mm/mV", "mV", 2.5],
    ["10 mm/mV", "uV", 2500],
    ["10 mm/mV", "V", 0.0025],
    ["20 µV/mm", "mV", 0.5],
    ["0.1 mV/mm", "µV", 2500],
    ["1.5 mV", "µV", 1500],
  ])("%s of a channel in %s: %d from bottom to top", (value, units, expected) => {
    const state = viewOf([{ ...ecg, units }]);
    state.setPxPerMm(4);
    state.setScales({ values: { ECG: value } });
    expect(span(state)).toBeCloseTo(expected, 9);
    expect(limits(state)[0]).toBeLessThan(0);
    expect(limits(state)[1]).toBeGreaterThan(0);
  });

  it("fall back to a fit for units that cannot be converted", () => {
    const state = viewOf([pressure]);
    const fitted = limits(state);
    state.setScales({ values: { ABP: "10 mm/mV" } });
    expect(limits(state)).toEqual(fitted);
  });

  it("of a channel count before those of its kind", () => {
    const state = viewOf([ecg, { ...ecg, name: "V1" }]);
    state.setPxPerMm(4);
    state.setScales({ values: { ECG: "10 mm/mV", V1: "5 mm/mV" } });
    expect([span(state, 0), span(state, 1)].map((one) => one.toFixed(6))).toEqual([
      "2.500000",
      "5.000000",
    ]);
  });
});

describe("fitted scales", () => {
  it("are one for channels of the same kind, also in other units", () => {
    const state = viewOf([ecg, { ...ecg, name: "V1", units: "uV", range: [-100, 200] }]);
    expect(span(state, 1)).toBeCloseTo(span(state, 0) * 1000, 6);
    expect(span(state, 0)).toBeCloseTo(1.8, 9);
  });

  it("and one unit, whatever their offsets are", () => {
    const eeg = { kind: "EEG", units: "µV" };
    const state = viewOf([
      { ...eeg, name: "C3", range: [-100, 100] },
      { ...eeg, name: "C4", range: [14_900, 15_100] },
    ]);
    for (const channel of state.signals) {
      expect(state.scales.shown(channel)).toEqual({ units: "µV", factor: 1 });
    }
  });

  it("ignore a channel with a far larger signal, such as a loose electrode", () => {
    const eeg = { ...ecg, kind: "EEG", units: "µV" };
    const ranges: [number, number][] = [
      [-50, 50],
      [-40, 40],
      [-60, 60],
      [-9000, 9000],
    ];
    const state = viewOf(ranges.map((range, k) => ({ ...eeg, name: `e${k}`, range })));
    expect(span(state)).toBeCloseTo(144, 6);
  });

  it("stay while other data come, and follow a trace that has left its lane", () => {
    const state = viewOf([pressure]);
    const [channel] = state.signals;
    const before = limits(state);
    const see = (middle: number, half: number): void => {
      const range = [middle - half, middle + half] as const;
      state.scales.see(channel as never, () => ({ range, bulk: range, middle }), true);
    };
    see(90, 300);
    expect(limits(state)).toEqual(before);
    see(400, 10);
    expect(span(state)).toBeCloseTo(before[1] - before[0], 9);
    expect(limits(state)[0]).toBeLessThan(390);
    expect(limits(state)[1]).toBeGreaterThan(410);
    const away = limits(state);
    see(405, 10);
    expect(limits(state)).toEqual(away);
    see(100, 10);
    expect(limits(state)).toEqual(before);
  });
});

describe("gestures", () => {
  let state: ViewState;
  const share = (value: number, k = 0): number => shareBelow(...limits(state, k), value);
  const scaled = (key: string) => state.scales.values[key];
  const lane = () => state.lanes[0] as never;

  beforeEach(() => {
    state = viewOf([ecg, pressure]);
    state.setPxPerMm(4);
  });

  it("change the gain about zero or the median, and say it in the document", () => {
    const zero = share(0);
    state.magnifyLane(lane(), 2);
    expect(share(0)).toBeCloseTo(zero, 3);
    expect(span(state)).toBeCloseTo(0.9, 3);
    // 0.9 mV on 25 mm
    expect(state.scales.values).toEqual({ ECG: "27.78 mm/mV" });
    const [, abp] = state.signals;
    state.scales.see(abp as never, () => ({ range: [60, 120], bulk: [60, 120], middle: 75 }), true);
    const before = share(75, 1);
    state.magnifyLane(state.lanes[1] as never, 1.5);
    expect(share(75, 1)).toBeCloseTo(before, 3);
    expect(span(state, 1)).toBeCloseTo(48, 1);
    expect(scaled("ABP")).toHaveLength(2);
  });

  it("go through the usual gains with keys", () => {
    state.setScales({ values: { ECG: "10 mm/mV" } });
    const seen = [true, true, false, false, false].map((larger) => {
      state.stepGain(larger);
      return scaled("ECG");
    });
    expect(seen).toEqual(["20 mm/mV", "40 mm/mV", "20 mm/mV", "10 mm/mV", "5 mm/mV"]);
    state.setScales({ values: { ECG: "0.11 mV/mm" } });
    state.stepGain(true);
    expect(scaled("ECG")).toBe("10 mm/mV");
  });

  it("move a trace and leave its gain", () => {
    state.setScales({ values: { ECG: "10 mm/mV" } });
    const zero = share(0);
    state.shiftLane(lane(), 0.25);
    expect(share(0)).toBeCloseTo(zero - 0.25, 3);
    expect(span(state)).toBeCloseTo(2.5, 9);
    expect(Object.keys(state.scales.positions)).toEqual(["II"]);
    state.shiftLane(state.lanes[1] as never, 0.25);
    expect(scaled("ABP")).toHaveLength(2);
  });

  it("fit again what was set by hand", () => {
    const before = limits(state);
    state.magnifyLane(lane(), 3);
    state.shiftLane(lane(), 0.2);
    state.fitScales(state.lanes[0]?.signals);
    expect([state.scales.values, state.scales.positions]).toEqual([{}, {}]);
    const range = [-0.3, 1.2] as const;
    const ecgChannel = state.signals[0] as never;
    state.scales.see(ecgChannel, () => ({ range, bulk: range, middle: 0 }), true);
    expect(limits(state)).toEqual(before);
  });

  const LARGEST = Number.MAX_VALUE;
  it.each([
    [[-LARGEST, LARGEST]],
    [[1e308, 1.7e308]],
    [[-3e-39, 4e-39]],
    [[3e-305, 3e-305]],
    [[1e9, 1e9]],
  ] as [number, number][][])("%j is scaled and moved within the doubles", (range) => {
    state = viewOf([{ ...pressure, range }]);
    for (const factor of [...Array(400).fill(10), ...Array(400).fill(0.1)]) {
      state.magnifyLane(lane(), factor);
      const [min, max] = limits(state);
      expect(min).toBeLessThan(max);
      expect([min, max].every(Number.isFinite)).toBe(true);
      expect(shareBelow(min, max, between(min, max, 0.5))).toBeCloseTo(0.5);
    }
    for (const by of [...Array(50).fill(0.3), ...Array(100).fill(-0.3)]) {
      state.shiftLane(lane(), by);
      expect(limits(state).every(Number.isFinite)).toBe(true);
    }
  });
});

describe("values near the largest number", () => {
  const LARGEST = Number.MAX_VALUE;
  const ranges: [number, number][] = [
    [-LARGEST, LARGEST],
    [1e308, 1.7e308],
    [1.6e308, 1.79e308],
    [-1.7e308, 0],
  ];
  const channels = [ecg, pressure].flatMap((one) => ranges.map((range) => ({ ...one, range })));

  it.each(channels)("$name in $range has a scale, marks and a text", (channel) => {
    const state = viewOf([channel]);
    const [info] = state.signals;
    if (!info) throw new Error("no channel");
    const { range } = channel;
    const usable = (): void => {
      const [min, max] = limits(state);
      expect([min, max].every(Number.isFinite)).toBe(true);
      expect(min).toBeLessThan(max);
      expect(state.scales.figure(info)).not.toMatch(/NaN|Infinity/);
      expect(shareBelow(min, max, state.scales.baseline(info))).not.toBeNaN();
    };
    usable();
    const middle = range[0] / 2 + range[1] / 2;
    state.scales.see(info, () => ({ range, bulk: range, middle }), true);
    usable();
    for (const position of [0.5, 0.1, 2, -1]) {
      state.scales.positions = { [info.name]: position };
      usable();
    }
    state.shiftLane(state.lanes[0] as never, 0.3);
    usable();
  });
});

describe("the pace", () => {
  const length = ({ t0, t1 }: ViewState): number => t1 - t0;

  it("of paper determines the window by the width of the lanes", () => {
    const state = viewOf([ecg]);
    state.setPxPerMm(4);
    state.setPace({ paperSpeed: 25 });
    // 1000 px are 250 mm.
    expect(length(state)).toBeCloseTo(10, 9);
    state.goTo(50, 51);
    expect([state.t0, length(state)]).toEqual([50, 10]);
    state.laidOut(500, [100]);
    expect(length(state)).toBeCloseTo(5, 9);
    state.setPxPerMm(2);
    expect(length(state)).toBeCloseTo(10, 9);
    state.pan(7);
    expect(state.pace.paperSpeed).toBe(25);
    state.zoom(0.5);
    expect(state.pace.paperSpeed).toBeNull();
    expect(length(state)).toBeCloseTo(5, 9);
  });

  it("of a page stays at the end, and beyond a short recording", () => {
    const state = viewOf([ecg], 100, 12);
    state.setPace({ page: 5 });
    state.goTo(11, 12);
    expect([state.t0, state.t1]).toEqual([7, 12]);
    state.setPace({ page: 30 });
    expect([state.t0, state.t1]).toEqual([0, 30]);
    expect(state.pace.paperSpeed).toBeNull();
    state.showAll();
    expect([state.t1, state.pace.page]).toEqual([12, null]);
  });
});
