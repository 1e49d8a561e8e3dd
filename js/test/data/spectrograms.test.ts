import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataStore } from "../../src/data/store.ts";
import { colorAt } from "../../src/math/colormap.ts";
import { channel, describe as described } from "./fakes.ts";

// biome-ignore lint/suspicious/noExplicitAny: messages
let sent: any[];
let answer: (content: object, buffer?: DataView) => void;
let store: DataStore;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  const transport = {
    send: (content: unknown) => sent.push(content),
    // biome-ignore lint/suspicious/noExplicitAny: messages
    onMessage: (callback: (content: any, buffers: DataView[]) => void) => {
      answer = (content, buffer) => callback(content, buffer ? [buffer] : []);
      return () => {};
    },
    alive: () => true,
  };
  store = new DataStore(transport, described([channel(100, 10)]));
});
afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

const asked = () => sent.filter(({ kind }) => kind === "spectrogram");
const reply = (more: object, buffer?: DataView) =>
  answer({ v: 1, kind: "spectrogram", request: asked().at(-1)?.request, ...more }, buffer);
const head = { rows: 2, columns: 3, t0: 1, column_s: 2, f0: 0, f1: 20, low: -10, high: 30, at: 8 };

describe("a spectrogram", () => {
  it("is requested once, waited for, and held", () => {
    expect(store.spectrogram(0, "k").picture).toBeNull();
    store.spectrogram(0, "k");
    expect(asked()).toHaveLength(1);
    expect(asked()[0].channel).toBe(0);
    reply({ pending: true, progress: 0.5 });
    expect(store.spectrogram(0, "k").progress).toBe(0.5);
    expect(asked()).toHaveLength(1);
    vi.advanceTimersByTime(500);
    expect(asked()).toHaveLength(2);
    const bytes = new Uint8Array([...new Array(8).fill(9), 1, 2, 3, 4, 5, 0]);
    reply({ pending: false, ...head }, new DataView(bytes.buffer));
    const { picture } = store.spectrogram(0, "k");
    expect([...(picture?.codes ?? [])]).toEqual([1, 2, 3, 4, 5, 0]);
    expect(picture).toMatchObject({ columnSeconds: 2, band: [0, 20], decibels: [-10, 30] });
    expect(asked()).toHaveLength(2);
  });

  it("that cannot be computed says why, once", () => {
    store.spectrogram(0, "k");
    answer({ kind: "error", request: asked()[0].request, code: "failed", error: "too short" });
    expect(store.spectrogram(0, "k").error).toBe("too short");
    expect(asked()).toHaveLength(1);
  });
});

it("colours become lighter evenly", () => {
  const linear = (value: number): number =>
    value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const lightness = Array.from({ length: 33 }, (_, k) => {
    const [r, g, b] = colorAt(k / 32).map(linear) as [number, number, number];
    const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return 116 * Math.cbrt(y) - 16;
  });
  const steps = lightness.slice(1).map((value, k) => value - (lightness[k] as number));
  expect(Math.min(...steps)).toBeGreaterThan(0);
  expect(Math.max(...steps)).toBeLessThan(2.5 * Math.min(...steps));
});
