import { describe, expect, it } from "vitest";
import { parseDescription } from "../../src/data/description.ts";
import type { ChannelInfo, Description } from "../../src/data/types.ts";
import { FIELDS } from "../../src/fields.ts";
import { asFilters, asMontage, filterLabel } from "../../src/state/lanechoice.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8 } from "../fixtures.ts";

/** The description after the channel ECG was filtered: another signal has its name. */
function filtered(): Description {
  const before = describe8();
  const ecg = before.channels[0] as ChannelInfo;
  const derived = { ...ecg, index: 3, filter: "0.5-40 Hz", key: "k", range: null };
  const rest = before.channels.slice(1);
  return { ...before, revision: 2, channels: [{ ...ecg, shown: false }, ...rest, derived] };
}

describe("lanes", () => {
  it("show the filtered signal in the place of the recorded one", () => {
    const state = new ViewState(describe8());
    state.setLanes({ names: ["PPG", "ECG"] });
    state.describe(filtered());
    expect(state.signals.map(({ name, index }) => [name, index])).toEqual([
      ["PPG", 1],
      ["ECG", 3],
    ]);
    expect(state.signals[1]?.filter).toBe("0.5-40 Hz");
    state.setLanes({ names: null });
    expect(state.signals.map(({ index }) => index)).toEqual([1, 2, 3]);
  });

  it("start their automatic scale again with another signal, but keep one of the user", () => {
    const state = new ViewState(describe8());
    const scaleOf = (k: number) =>
      state.scaleOf(state.signals.find(({ index }) => index === k) as ChannelInfo);
    expect(scaleOf(0).base).toEqual([-1, 1]);
    const ppg = scaleOf(1);
    state.describe(filtered());
    expect(scaleOf(3).base).toBeNull();
    expect(scaleOf(1)).toBe(ppg);
    state.setScales({ values: { ECG: "10 mm/mV" } });
    state.describe(describe8());
    expect(state.scales.gain(state.signals[0] as ChannelInfo)).toMatchObject({ form: "mm" });
  });
});

describe("traits", () => {
  it("are applied to the state", () => {
    const state = new ViewState(describe8());
    const changes: string[] = [];
    state.onChange((change) => changes.push(change));
    const apply = (name: string, value: unknown) => FIELDS[name]?.apply(state, value);
    apply("montage", { name: "mine", lanes: [] });
    apply("filters", { ECG: "0.5-40 Hz" });
    apply("_lane_menu", { montages: ["average"], kinds: [] });
    expect(changes).toEqual(["choice", "choice", "choice"]);
    expect(state.choice.montage).toBe("mine");
    expect(state.choice.filters.get("ECG")).toBe("0.5-40 Hz");
    expect(state.choice.montages).toEqual(["average"]);
  });

  it("may be missing or strange", () => {
    expect([asMontage(null), asMontage(undefined), asMontage(3)]).toEqual([null, null, null]);
    expect(asFilters(undefined).size).toBe(0);
    expect([...asFilters({ a: 1, b: "1-2 Hz" })]).toEqual([["b", "1-2 Hz"]]);
  });
});

it("a filter is written with the dash of ranges", () => {
  expect(filterLabel("0.5-40 Hz, notch 50 Hz")).toBe("0.5–40 Hz, notch 50 Hz");
  expect(filterLabel("high-pass 0.5 Hz")).toBe("high-pass 0.5 Hz");
});

it("a signal that was dropped has no samples and no lane", () => {
  const channel = { name: "ECG", fs: 1, n_samples: 0, timebase: 0, gain: 1, offset: 0 };
  const timebases = [{ fs: 1, n_samples: 0, runs: 0, at: 0 }];
  const common = { v: 1, name: "x", start: null, duration: 0, revision: 1, timebases };
  const made = parseDescription(
    { ...common, channels: [channel, null] },
    new DataView(new ArrayBuffer(0)),
  );
  expect(made.channels.map(({ nSamples, shown }) => [nSamples, shown])).toEqual([
    [0, true],
    [0, false],
  ]);
  expect(new ViewState(made).signals.map(({ name }) => name)).toEqual(["ECG"]);
});
