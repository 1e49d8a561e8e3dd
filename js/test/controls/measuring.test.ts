import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Measurement } from "../../src/data/types.ts";
import { FEATURES } from "../../src/features.ts";
import type { Piece } from "../../src/math/pieces.ts";
import { View } from "../../src/plot/view.ts";
import { asCaliper, caliperValue } from "../../src/state/measurestate.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, emptySource, idleSession, pointer } from "../fixtures.ts";

let state: ViewState;
let controller: AbortController;
let root: HTMLElement;
let plot: HTMLElement;
let measurement: Measurement;
let measured: unknown[];
let changed: () => void;

const frames = async (n = 4): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};
const press = (key: string, more: KeyboardEventInit = {}): unknown =>
  root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
const named = (name: string): HTMLElement =>
  root.querySelector(`[aria-label^="${name}"]`) as HTMLElement;

/** Samples of a sine of 1 Hz at 100 Hz; 10 s are 800 pixels less the gutter. */
const values = Float64Array.from({ length: 10_000 }, (_, i) => Math.sin((i / 100) * 2 * Math.PI));
const pieces: Piece[] = [{ bin: 1, first: 0, count: 10_000, lo: values, hi: values }];

beforeEach(async () => {
  // happy-dom has no canvas; what is drawn does not matter here.
  const g = new Proxy(
    { measureText: () => ({ width: 20 }), createImageData: () => ({ data: new Uint8Array(4e6) }) },
    {
      get: (target, name) => Reflect.get(target, name) ?? (() => {}),
      set: () => true,
    },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(
    g as unknown as RenderingContext,
  );
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  measurement = { rows: null, progress: 0.5, error: "" };
  measured = [];
  state = new ViewState(describe8(100, 100, 1));
  state.setWindow(20, 22);
  controller = new AbortController();
  const source = {
    ...emptySource,
    lane: () => ({ pieces, settled: true, building: false, refused: false }),
    measure: (...args: unknown[]) => {
      measured.push(args);
      return measurement;
    },
  };
  const onData = (callback: () => void) => {
    changed = callback;
    return () => {};
  };
  new View(idleSession(state, { source, onData }), document.body, controller.signal, FEATURES);
  root = document.querySelector(".vital-viewer") as HTMLElement;
  plot = root.querySelector(".vv-area-plot") as HTMLElement;
  await frames();
});
afterEach(() => {
  controller.abort();
  vi.restoreAllMocks();
});

/** Pixels of a time in the plot. */
const x = (t: number): number => ((t - state.t0) / (state.t1 - state.t0)) * (800 - 110);

function drag(from: [number, number], to: [number, number], more: PointerEventInit = {}): void {
  const at = ([px, clientY]: [number, number], type: string) =>
    plot.dispatchEvent(pointer(type, px, { clientY, ...more }));
  at(from, "pointerdown");
  at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], "pointermove");
  at(to, "pointermove");
  at(to, "pointerup");
}

describe("calipers", () => {
  it("measure from peak to peak with a drag that begins near one and ends near the next", async () => {
    drag([x(20.27), 30], [x(21.23), 30]);
    expect(state.measure.caliper).toBeNull();
    state.setWindow(20, 22);
    press("r");
    press("Escape");
    press("r");
    state.measure.setCaliper(null);
    drag([x(20.27), 40], [x(21.23), 40]);
    expect(state.measure.caliper).toMatchObject({ channel: "ECG", from: { t: 20.25, value: 1 } });
    expect(state.measure.caliper?.to.t).toBeCloseTo(21.25);
    expect([state.t0, state.t1]).toEqual([20, 22]);
    await frames();
    expect(root.getAttribute("data-caliper")).toBe("1 s  60 bpm  1 Hz  Δ 0 mV");
  });

  it("are placed and moved by keys, march, and go away", () => {
    press("x");
    expect(state.measure.caliper).toBeNull();
    press("r");
    expect(named("Calipers").getAttribute("aria-pressed")).toBe("true");
    const first = state.measure.caliper;
    expect(first?.from.t).toBeCloseTo(20.8);
    expect(first?.to.t).toBeCloseTo(21.2);
    press(".");
    expect(state.measure.caliper?.to.t).toBeCloseTo(21.21);
    expect(state.measure.caliper?.to.value).toBeCloseTo(values[2121] as number);
    press("<", { shiftKey: true });
    expect(state.measure.caliper?.from.t).toBeCloseTo(20.79);
    press("x");
    expect(state.measure.caliper?.marching).toBe(true);
    named("Repeat").click();
    expect(state.measure.caliper?.marching).toBe(false);
    press("Escape");
    expect(named("Calipers").getAttribute("aria-pressed")).toBe("false");
    expect(state.measure.caliper).not.toBeNull();
    press("Escape");
    expect(state.measure.caliper).toBeNull();
  });

  it("are put where a finger rests, or else it selects", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const finger = (type: string, t: number): unknown =>
      plot.dispatchEvent(pointer(type, x(t), { clientY: 40, pointerType: "touch" }));
    finger("pointerdown", 21);
    vi.advanceTimersByTime(1000);
    expect(root.querySelector(".vv-hint")?.textContent).toContain("lift: calipers");
    finger("pointermove", 21.5);
    finger("pointerup", 21.5);
    expect(root.querySelector(".vv-hint")).toBeNull();
    expect(state.selection?.[0]).toBeCloseTo(21);
    expect(state.selection?.[1]).toBeCloseTo(21.5);
    expect(state.measure.caliper).toBeNull();
    finger("pointerdown", 21);
    vi.advanceTimersByTime(1000);
    finger("pointerup", 21);
    vi.useRealTimers();
    expect(state.measure.caliper?.from.t).toBeCloseTo(20.75);
    expect(state.measure.caliper?.to.t).toBeCloseTo(21.25);
    expect(named("Calipers").getAttribute("aria-pressed")).toBe("true");
    // Its ends are taken from farther away than with a mouse.
    finger("pointerdown", 21.29);
    finger("pointermove", 21.6);
    finger("pointerup", 21.6);
    expect(state.measure.caliper?.to.t).toBeCloseTo(21.6, 1);
  });

  it("are moved by their ends; a click or a cancelled gesture changes nothing", () => {
    press("r");
    const before = state.measure.caliper;
    const end = x(before?.to.t as number);
    plot.dispatchEvent(pointer("pointerdown", end + 3, { clientY: 300 }));
    plot.dispatchEvent(pointer("pointerup", end + 3, { clientY: 300 }));
    expect(state.measure.caliper).toEqual(before);
    plot.dispatchEvent(pointer("pointerdown", end + 3, { clientY: 300 }));
    plot.dispatchEvent(pointer("pointermove", x(21.6), { clientY: 300 }));
    expect(state.measure.caliper?.to.t).toBeCloseTo(21.6, 1);
    expect(state.measure.caliper?.from).toEqual(before?.from);
    plot.dispatchEvent(pointer("pointercancel", x(21.6)));
    expect(state.measure.caliper).toEqual(before);
  });

  it("are a value that Python can read and set", () => {
    const value = { channel: "ECG", from: [1, 0.5], to: [2, -0.5], marching: true };
    expect(caliperValue(asCaliper(value))).toEqual(value);
    for (const wrong of [null, 3, {}, { ...value, from: [1] }, { ...value, to: ["a", 1] }])
      expect(asCaliper(wrong)).toBeNull();
  });
});

describe("a selection", () => {
  const panel = (): HTMLElement => root.querySelector(".vv-measured") as HTMLElement;

  it("is measured when the gesture ends, and shown as a table that can be copied", async () => {
    expect(panel().hidden).toBe(true);
    const release = state.hold();
    state.setSelection([20.5, 21.5]);
    await frames();
    expect(measured).toEqual([]);
    release();
    await frames();
    expect(measured.at(-1)).toEqual([[0], 20.5, 21.5]);
    expect(panel().hidden).toBe(false);
    expect(panel().textContent).toContain("50 %");
    const row = { channel: 0, n: 100, missing: 0, min: -1, max: 1, mean: 0, rms: 0.7, sd: 0.7 };
    measurement = { rows: [{ ...row, slope: 0.25 }], progress: 1, error: "" };
    changed();
    await frames();
    const cells = [...panel().querySelectorAll("tbody th, tbody td")].map((one) => one.textContent);
    expect(cells).toEqual([
      "ECG",
      "−1.000",
      "1.000",
      "0.000",
      "0.700",
      "0.700",
      "0.25",
      "mV",
      "100",
    ]);
    const writeText = vi.fn(async () => {});
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
    named("Copy the table").click();
    expect(writeText).toHaveBeenCalledWith(expect.stringContaining("ECG\tmV\t100\t0\t-1\t1\t0"));
    await frames();
    expect(named("Copied")).not.toBeNull();
  });

  it("keeps its table closed until the next one", async () => {
    state.setSelection([20.5, 21.5]);
    await frames();
    named("Close the table").click();
    await frames();
    expect(panel().hidden).toBe(true);
    expect(state.selection).not.toBeNull();
    state.setSelection([20.5, 21]);
    await frames();
    expect(panel().hidden).toBe(false);
    press("Escape");
    await frames();
    expect(panel().hidden).toBe(true);
  });

  it("has its table only while it is in the window", async () => {
    state.setSelection([20.5, 21.5]);
    await frames();
    state.setWindow(50, 52);
    await frames();
    expect([panel().hidden, state.selection]).toEqual([true, [20.5, 21.5]]);
    state.setWindow(21, 23);
    await frames();
    expect(panel().hidden).toBe(false);
  });

  it("that cannot be measured says why", async () => {
    measurement = { rows: null, progress: 0, error: "no kernel" };
    state.setSelection([20.5, 21.5]);
    await frames();
    expect(panel().textContent).toContain("no kernel");
  });
});

describe("rulers", () => {
  it("are offered for the kinds that are shown, and chosen in the toolbar", () => {
    const eeg = describe8(100, 100, 1);
    for (const one of eeg.channels) Object.assign(one, { kind: "EEG", units: "uV" });
    state.describe(eeg);
    const select = named("Ruler") as HTMLSelectElement;
    const texts = [...select.options].map(({ textContent }) => textContent);
    expect(texts).toEqual(["no ruler", "75 µV (N3)", "50 µV", "100 µV", "200 µV"]);
    select.value = select.options[1]?.value ?? "";
    select.dispatchEvent(new Event("change"));
    expect(state.measure.rulers).toEqual({ EEG: "75 µV" });
    expect(state.measure.rulerOf({ name: "C3", kind: "EEG" })).toMatchObject({ span: 75 });
    expect(state.measure.rulerOf({ name: "C3", kind: "ECG" })).toBeNull();
    state.measure.setRulers({ C3: "1 mV" });
    expect(select.selectedOptions[0]?.textContent).toBe("other ruler");
    expect(state.measure.rulerOf({ name: "C3", kind: "EEG" })).toMatchObject({ units: "mV" });
  });
});
