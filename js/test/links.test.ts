import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bindLinks } from "../src/links.ts";
import { ViewState } from "../src/state/viewstate.ts";
import { describe8 } from "./fixtures.ts";

let states: ViewState[];
let offs: (() => void)[];
const windows = () => states.map(({ t0, t1 }) => [t0, t1]);

beforeEach(() => {
  states = [100, 100, 50].map((seconds) => new ViewState(describe8(seconds)));
  offs = states.map(bindLinks);
  for (const state of states) state.setWindow(0, 10);
});
afterEach(() => {
  for (const off of offs) off();
});

describe("linked viewers", () => {
  it("know of each other, and move together without a kernel", () => {
    expect(states.map(({ link }) => link.others)).toEqual([2, 2, 2]);
    states[0]?.setLink({ group: "a" });
    states[1]?.setLink({ group: "a" });
    states[0]?.setWindow(20, 25);
    expect(windows()).toEqual([
      [20, 25],
      [20, 25],
      [0, 10],
    ]);
    states[1]?.pan(1);
    expect(states[0]?.t0).toBe(21);
  });

  it("take the window of the group when they join, and keep it when they leave", () => {
    states[0]?.setWindow(40, 50);
    states[0]?.setLink({ group: "a" });
    states[1]?.setLink({ group: "a" });
    expect(windows()[1]).toEqual([40, 50]);
    states[1]?.setLink({ group: "" });
    states[0]?.pan(5);
    expect(windows()[1]).toEqual([40, 50]);
  });

  it("show the same clock time, as far as each recording reaches", () => {
    // The third one starts 60 s after the first one, and lasts 50 s.
    states[0]?.setLink({ group: "a" });
    states[2]?.setLink({ group: "a", origin: 60 });
    states[0]?.setWindow(70, 80);
    expect(windows()[2]).toEqual([10, 20]);
    states[2]?.setWindow(30, 40);
    expect(windows()[0]).toEqual([90, 100]);
    states[0]?.setWindow(5, 15);
    expect(windows()[2]).toEqual([0, 10]);
    // A viewer that cannot go there does not hold the others back.
    expect(windows()[0]).toEqual([5, 15]);
  });

  it("that are closed are forgotten", () => {
    states[0]?.setLink({ group: "a" });
    states[1]?.setLink({ group: "a" });
    offs[1]?.();
    states[0]?.pan(7);
    expect(windows()[1]).toEqual([0, 10]);
    expect(states[0]?.link.others).toBe(1);
  });
});
