import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FigureView } from "../../src/figures/plotly.ts";
import { REPORT_DELAY, reportLater } from "../../src/figures/report.ts";

let told: unknown[][];

/** A view that notes what it reports, and the value of `state` at that time. */
class View {
  state = 0;
  _sendTraceDeltas(edit: unknown): void {
    told.push(["traces", edit, this.state]);
  }
  _sendLayoutDelta(edit: unknown): void {
    told.push(["layout", edit, this.state]);
  }
}

beforeEach(() => {
  told = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function made(): { view: View; end: () => void } {
  const view = new View();
  return { view, end: reportLater(view as unknown as FigureView) };
}

test("of several changes the last one is reported, as the figure is then", () => {
  const { view } = made();
  view._sendTraceDeltas(1);
  view._sendLayoutDelta(4);
  view._sendTraceDeltas(2);
  view.state = 7;
  expect(told).toEqual([]);
  vi.advanceTimersByTime(REPORT_DELAY);
  expect(told).toEqual([
    ["traces", 2, 7],
    ["layout", 4, 7],
  ]);
  view._sendTraceDeltas(3);
  vi.advanceTimersByTime(REPORT_DELAY);
  expect(told.at(-1)).toEqual(["traces", 3, 7]);
  expect(vi.getTimerCount()).toBe(0);
});

test("changes without a pause are reported all the same", () => {
  const { view } = made();
  for (let k = 0; k < 100; k += 1) {
    view._sendTraceDeltas(k);
    vi.advanceTimersByTime(REPORT_DELAY / 4);
  }
  expect(told.length).toBeGreaterThan(15);
});

test("a closed view reports nothing", () => {
  const { view, end } = made();
  view._sendTraceDeltas(1);
  end();
  vi.advanceTimersByTime(10 * REPORT_DELAY);
  expect(told).toEqual([]);
});
