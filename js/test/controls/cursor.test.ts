import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FindState, LaneData, Mark, MarkFilter } from "../../src/data/types.ts";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, emptySource, idleSession } from "../fixtures.ts";

let state: ViewState;
let controller: AbortController;
let view: View;
let data: LaneData;
let changed: () => void;
const BEATS = [20.5, 21.5, 45];

const values = Float64Array.from({ length: 10_000 }, (_, i) => i / 10_000);
const pieces = [{ bin: 1, first: 0, count: 10_000, lo: values, hi: values }];

const frames = async (n = 4): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};
const press = async (key: string, more: KeyboardEventInit = {}): Promise<void> => {
  view.plot.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
  await frames();
};
/** What is said when nothing else is waiting. */
let said: string[];
const cursorAt = (): [string, number] => {
  const [name, t] = (view.root.getAttribute("data-cursor") as string).split(" ");
  return [name as string, Number(t)];
};

beforeEach(async () => {
  const g = new Proxy(
    { measureText: () => ({ width: 20 }), createImageData: () => ({ data: new Uint8Array(4e6) }) },
    { get: (target, name) => Reflect.get(target, name) ?? (() => {}), set: () => true },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(
    g as unknown as RenderingContext,
  );
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  state = new ViewState(describe8(100, 100, 2));
  state.setWindow(20, 22);
  controller = new AbortController();
  data = { pieces, settled: true, building: false, refused: false };
  const findMark = (t: number, forwards: boolean, filter: MarkFilter): Promise<FindState> => {
    const all = filter.texts?.includes("N") === false ? [] : BEATS;
    const onset = forwards ? all.find((one) => one > t) : all.findLast((one) => one < t);
    const mark = onset === undefined ? null : ({ onset, text: "N" } as Mark);
    return Promise.resolve({ mark, error: "" });
  };
  const source = { ...emptySource, lane: () => data, findMark };
  const onData = (callback: () => void) => {
    changed = callback;
    return () => {};
  };
  view = new View(
    idleSession(state, { source, onData }),
    document.body,
    controller.signal,
    FEATURES,
  );
  said = [];
  vi.spyOn(view, "say").mockImplementation((text) => void said.push(text));
  await frames();
  view.focus();
});
afterEach(() => {
  controller.abort();
  vi.restoreAllMocks();
});

describe("the cursor", () => {
  it("steps by samples and says time, channel and value of each", async () => {
    await press("k");
    expect(cursorAt()).toEqual(["ECG", 21]);
    await press("ArrowRight");
    expect(cursorAt()[1]).toBeCloseTo(21.01);
    expect(said.at(-1)).toBe("0:00:21.01, ECG, 0.210 mV");
    await press("ArrowLeft");
    await press("ArrowLeft");
    expect(said.at(-1)).toBe("0:00:20.99, ECG, 0.210 mV");
    await press("ArrowDown");
    expect(cursorAt()[0]).toBe("PPG");
    expect([state.t0, state.t1]).toEqual([20, 22]);
    await press("Escape");
    expect(view.root.hasAttribute("data-cursor")).toBe(false);
    await press("ArrowRight");
    expect(state.t0).toBeGreaterThan(20);
  });

  it("steps by beats beyond the window, which follows, and selects with Shift", async () => {
    await press("k");
    await press("u");
    expect(said.at(-1)).toBe("step by beats");
    await press("ArrowRight");
    expect(cursorAt()[1]).toBe(21.5);
    await press("ArrowRight", { shiftKey: true });
    expect(cursorAt()[1]).toBe(45);
    expect(state.t0).toBeLessThan(45);
    expect(state.t1).toBeGreaterThan(45);
    expect(state.t1 - state.t0).toBeCloseTo(2);
    expect(state.selection).toEqual([21.5, 45]);
    await press("ArrowRight");
    expect(said.at(-1)).toBe("no later beat");
    expect(cursorAt()[1]).toBe(45);
  });

  it("steps by epochs where there are epochs, and stays in a window that is moved", async () => {
    await press("k");
    const units = async (): Promise<string[]> => {
      const names: string[] = [];
      do {
        await press("u");
        names.push((said.at(-1) as string).replace("step by ", ""));
      } while (names.at(-1) !== "samples");
      return names;
    };
    expect(await units()).toEqual(["beats", "events", "samples"]);
    state.setTime({ epochLength: 30 });
    expect(await units()).toEqual(["beats", "events", "epochs", "samples"]);
    for (let k = 0; k < 3; k++) await press("u");
    await press("ArrowRight");
    expect(said.at(-1)).toMatch(/^0:00:30.00, epoch 2 of 4, ECG, 0.300 mV/);
    state.setWindow(60, 70);
    await frames();
    expect(cursorAt()[1]).toBeGreaterThanOrEqual(60);
    expect(cursorAt()[1]).toBeLessThan(70);
  });

  it("speaks when the samples of its place have come, not before", async () => {
    data = { ...data, pieces: [], settled: false };
    changed();
    await frames();
    await press("k");
    expect(said).toEqual([]);
    data = { ...data, pieces, settled: true };
    changed();
    await frames();
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("ECG, 0.210 mV");
    // Once, not with each frame.
    changed();
    await frames();
    expect(said).toHaveLength(1);
  });

  it("puts calipers on what it has selected, in its own lane", async () => {
    await press("k");
    await press("ArrowDown");
    await press("ArrowRight");
    await press("ArrowRight", { shiftKey: true });
    await press("r");
    const { caliper } = state.measure;
    expect(caliper?.channel).toBe("PPG");
    expect([caliper?.from.t, caliper?.to.t]).toEqual(state.selection);
  });

  it("changes the amplitude of its own channel only", async () => {
    await press("k");
    await press("ArrowDown");
    const spans = (): number[] =>
      state.signals.map((one) => state.scaleOf(one).max - state.scaleOf(one).min);
    const [ecg, ppg] = spans() as [number, number];
    await press("}");
    expect(spans()[0]).toBe(ecg);
    expect(spans()[1]).toBeLessThan(ppg);
  });
});
