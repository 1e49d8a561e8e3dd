import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, emptySource, idleSession } from "../fixtures.ts";

const made: FakeContext[] = [];
/** As on a busy machine: a curve begins later than was asked for, and nothing may overlap it. */
const LATER = 0.02;
const param = () => {
  const curves: [number, number][] = [];
  return {
    setValueAtTime: vi.fn(),
    setTargetAtTime: vi.fn((_: number, at: number) => {
      if (curves.some(([from, to]) => at >= from && at < to)) throw new Error("it overlaps");
    }),
    setValueCurveAtTime: vi.fn((_: Float32Array, at: number, seconds: number) => {
      curves.push([at + LATER, at + LATER + seconds]);
    }),
  };
};
class FakeContext {
  currentTime = 0;
  destination = {};
  tone = {
    frequency: param(),
    connect: (next: unknown) => next,
    start: vi.fn(),
    stop: vi.fn(),
    onended: null as (() => void) | null,
  };
  close = vi.fn(() => Promise.resolve());
  constructor() {
    made.push(this);
  }
  createOscillator() {
    return this.tone;
  }
  createGain() {
    return { gain: param(), connect: (next: unknown) => next };
  }
}

let state: ViewState;
let controller: AbortController;
let view: View;
const press = (key: string): unknown =>
  view.root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const button = (): HTMLElement => view.root.querySelector('[aria-label^="Hear"]') as HTMLElement;
const isPlaying = (): boolean => button().getAttribute("aria-pressed") === "true";

beforeEach(async () => {
  vi.stubGlobal("AudioContext", FakeContext);
  made.length = 0;
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
  const values = new Float64Array(10_000).fill(1);
  const pieces = [{ bin: 1, first: 0, count: 10_000, lo: values, hi: values }];
  const lane = () => ({ pieces, settled: true, building: false, refused: false });
  controller = new AbortController();
  const source = { ...emptySource, lane };
  view = new View(idleSession(state, { source }), document.body, controller.signal, FEATURES);
  for (let k = 0; k < 4; k++) await new Promise((done) => requestAnimationFrame(done));
});
afterEach(() => {
  controller.abort();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("nothing sounds before it is asked for, and the same key stops it", () => {
  expect(made).toHaveLength(0);
  press("h");
  expect(isPlaying()).toBe(true);
  const [context] = made as [FakeContext];
  const [curve, , seconds] = context.tone.frequency.setValueCurveAtTime.mock.calls[0] as [
    Float32Array,
    number,
    number,
  ];
  expect(seconds).toBeCloseTo(2);
  expect(new Set(curve).size).toBe(1);
  press("h");
  expect(isPlaying()).toBe(false);
  expect(context.tone.stop).toHaveBeenCalledTimes(2);
});

it("it stops at its end, with another window, with Escape, and with the view", async () => {
  const ways = [
    () => made.at(-1)?.tone.onended?.(),
    () => state.pan(1),
    () => press("Escape"),
    () => controller.abort(),
  ];
  for (const way of ways) {
    press("h");
    expect(isPlaying()).toBe(true);
    way();
    expect(isPlaying()).toBe(false);
  }
  await vi.waitFor(() => {
    for (const { close } of made) expect(close).toHaveBeenCalledOnce();
  });
  expect(made).toHaveLength(4);
});

it("without sound in the browser the button is unavailable", () => {
  vi.stubGlobal("AudioContext", undefined);
  const other = new View(idleSession(state), document.body, controller.signal, FEATURES);
  const one = other.root.querySelector('[aria-label^="Hear"]');
  expect(one?.getAttribute("aria-disabled")).toBe("true");
});
