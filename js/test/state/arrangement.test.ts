import { describe, expect, it } from "vitest";
import { mergedOrder, moved } from "../../src/state/arrangement.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8 } from "../fixtures.ts";

const shown = (state: ViewState): string[] => state.signals.map(({ name }) => name);

describe("the arrangement", () => {
  it("is changed, undone step by step, and reset; each is reported", () => {
    const state = new ViewState(describe8(100, 100, 4));
    state.setLanes({ names: ["PPG", "ECG"] });
    let reports = 0;
    state.onChange((change) => {
      if (change === "arrangement") reports += 1;
    });
    state.arrangement.change({ names: ["ECG"] });
    state.arrangement.change({ weights: new Map([["ECG", 2]]) });
    expect(state.lanes[0]?.weight).toBe(2);
    state.arrangement.reset();
    expect(shown(state)).toEqual(["ECG", "PPG", "Resp", "SpO2"]);
    expect(state.arrangement.undo()).toBe(true);
    expect([shown(state), state.lanes[0]?.weight]).toEqual([["ECG"], 2]);
    state.arrangement.undo();
    state.arrangement.undo();
    expect(shown(state)).toEqual(["PPG", "ECG"]);
    expect(state.arrangement.undo()).toBe(false);
    expect(reports).toBe(6);
  });

  it("cannot be undone to channels that are no longer there", () => {
    const state = new ViewState(describe8(100, 100, 4));
    state.arrangement.change({ names: ["ECG"] });
    state.describe(describe8(200, 100, 4));
    expect(state.arrangement.canUndo).toBe(true);
    state.describe(describe8(200, 100, 2));
    expect(state.arrangement.canUndo).toBe(false);
  });

  it("keeps hidden channels at their place", () => {
    const state = new ViewState(describe8(100, 100, 4));
    const order = (): string[] => state.arrangement.order();
    state.setLanes({ names: ["SpO2", "ECG"] });
    expect(order()).toEqual(["SpO2", "ECG", "PPG", "Resp"]);
    state.setLanes({ names: ["SpO2", "ECG", "Resp"] });
    expect(order()).toEqual(["SpO2", "ECG", "PPG", "Resp"]);
  });

  it("merges orders, and moves channels before another one or to the end", () => {
    expect(mergedOrder(["a", "b", "c", "d"], ["d", "b"])).toEqual(["a", "d", "b", "c"]);
    expect(mergedOrder([], ["a"])).toEqual(["a"]);
    expect(moved(["a", "b", "c", "d"], ["a", "c"], "d")).toEqual(["b", "a", "c", "d"]);
    expect(moved(["a", "b", "c"], ["a"], null)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], ["b"], "b")).toEqual(["a", "c", "b"]);
  });
});
