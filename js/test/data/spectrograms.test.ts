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
const head = {
  ...{ rows: 2, columns: 7, tile_columns: 3, t0: 1, column_s: 2, f0: 0, f1: 20 },
  ...{ low: -10, high: 30, at: 8 },
};
const bytes = (...codes: number[]) =>
  new DataView(new Uint8Array([...new Array(8).fill(9), ...codes]).buffer);

describe("a spectrogram", () => {
  it("begins with a tile that is requested once, waited for, and held", () => {
    expect(store.spectrogram(0, "k", 0, 5).picture).toBeNull();
    store.spectrogram(0, "k", 0, 5);
    expect(asked().map(({ channel, tile }) => [channel, tile])).toEqual([[0, 0]]);
    reply({ pending: true, tile: 0 });
    store.spectrogram(0, "k", 0, 5);
    expect(asked()).toHaveLength(1);
    vi.advanceTimersByTime(500);
    expect(asked()).toHaveLength(2);
    reply({ pending: false, tile: 0, ...head }, bytes(1, 2, 3, 4, 5, 0));
    const { picture } = store.spectrogram(0, "k", 0, 5);
    expect([...(picture?.tiles.get(0) ?? [])]).toEqual([1, 2, 3, 4, 5, 0]);
    expect(picture).toMatchObject({ columnSeconds: 2, band: [0, 20], decibels: [-10, 30] });
    expect(asked()).toHaveLength(2);
  });

  it("requests the tiles of the window, four at a time, those in its middle first", () => {
    store.spectrogram(0, "k", 9, 11);
    const long = { ...head, columns: 30 };
    reply({ pending: false, tile: 0, ...long }, bytes(1, 2, 3, 4, 5, 0));
    const tilesOf = () => asked().map(({ tile }) => tile);
    // Tiles last 6 s from 1 s on: the window covers tiles 2 to 6, its middle is in tile 4.
    store.spectrogram(0, "k", 14, 42);
    expect(tilesOf()).toEqual([0, 4, 3, 5, 2]);
    store.spectrogram(0, "k", 14, 42);
    expect(tilesOf()).toEqual([0, 4, 3, 5, 2]);
    reply({ pending: false, tile: 2, ...long }, bytes(1, 2, 3, 4, 5, 0));
    store.spectrogram(0, "k", 14, 42);
    expect(tilesOf()).toEqual([0, 4, 3, 5, 2, 6]);
    expect(store.spectrogram(0, "k", 1, 6).picture?.tiles.size).toBe(2);
    expect(tilesOf()).toEqual([0, 4, 3, 5, 2, 6]);
  });

  it("has a last tile of few columns", () => {
    store.spectrogram(0, "k", 0, 5);
    reply({ pending: false, tile: 0, ...head }, bytes(1, 2, 3, 4, 5, 0));
    store.spectrogram(0, "k", 13.5, 15);
    expect(asked().at(-1).tile).toBe(2);
    reply({ pending: false, tile: 2, ...head }, bytes(7, 8));
    const { picture } = store.spectrogram(0, "k", 13.5, 15);
    expect([...(picture?.tiles.get(2) ?? [])]).toEqual([7, 8]);
  });

  it("that cannot be computed says why, once", () => {
    store.spectrogram(0, "k", 0, 5);
    answer({ kind: "error", request: asked()[0].request, code: "failed", error: "too short" });
    expect(store.spectrogram(0, "k", 0, 5).error).toBe("too short");
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
