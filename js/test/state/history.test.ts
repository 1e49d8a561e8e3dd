import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8 } from "../fixtures.ts";

let state: ViewState;
const at = (): [number, number] => [state.t0, state.t1];
const wait = (): void => void vi.advanceTimersByTime(2000);

beforeEach(() => {
  vi.useFakeTimers();
  state = new ViewState(describe8());
  state.setWindow(20, 30);
  state.history.clear();
});
afterEach(() => vi.useRealTimers());

describe("former windows", () => {
  it("are returned to after a double click, and left again", () => {
    state.showAll();
    expect(state.goBack()).toBe(true);
    expect(at()).toEqual([20, 30]);
    expect(state.goBack()).toBe(false);
    expect(state.goForward()).toBe(true);
    expect(at()).toEqual([0, 100]);
    expect(state.goForward()).toBe(false);
  });

  it("do not contain each step of a movement", () => {
    for (let k = 0; k < 30; k++) {
      state.pan(1);
      vi.advanceTimersByTime(100);
    }
    wait();
    state.pan(5);
    state.goBack();
    expect(at()).toEqual([50, 60]);
    state.goBack();
    expect(at()).toEqual([20, 30]);
  });

  it("take a drag with a pause as one movement", () => {
    const release = state.hold();
    state.pan(1);
    wait();
    state.pan(1);
    release();
    state.goBack();
    expect(at()).toEqual([20, 30]);
    expect(state.history.canGoBack).toBe(false);
  });

  it("contain the window that a jump leaves, also shortly after a movement", () => {
    state.pan(1);
    state.showAll();
    state.zoom(0.5);
    for (const expected of [
      [0, 100],
      [21, 31],
      [20, 30],
    ]) {
      state.goBack();
      expect(at()).toEqual(expected);
    }
  });

  it("forget what was ahead when the window is moved", () => {
    state.jump(50, 60);
    state.goBack();
    state.pan(5);
    expect(state.goForward()).toBe(false);
    state.goBack();
    expect(at()).toEqual([20, 30]);
  });

  it("are not without end", () => {
    for (let k = 0; k < 1000; k++) state.jump(k % 80, (k % 80) + 5);
    let steps = 0;
    while (state.goBack()) steps++;
    expect(steps).toBe(100);
  });
});

describe("a page", () => {
  it("starts with an epoch, as a chosen length does", () => {
    state.setTime({ epochLength: 10, epochStart: 5 });
    state.page(1);
    expect(at()).toEqual([25, 35]);
    state.page(-1);
    expect(at()).toEqual([15, 25]);
    state.setSpan(20);
    expect(at()).toEqual([15, 35]);
    state.setSpan(2);
    expect(at()).toEqual([15, 17]);
    state.setSpan(Number.POSITIVE_INFINITY);
    expect(at()).toEqual([0, 100]);
  });

  it("at the end returns to the grid", () => {
    state.setTime({ epochLength: 30 });
    state.setWindow(60, 90);
    state.page(1);
    expect(at()).toEqual([70, 100]);
    state.page(-1);
    expect(at()).toEqual([60, 90]);
  });
});
