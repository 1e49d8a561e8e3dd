import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataStore } from "../../src/data/store.ts";
import { channel, describe as described } from "./fakes.ts";

// biome-ignore lint/suspicious/noExplicitAny: messages
let sent: any[];
// biome-ignore lint/suspicious/noExplicitAny: messages
let answer: (content: any) => void;
let alive: boolean;
let store: DataStore;
let changes: number;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  alive = true;
  changes = 0;
  const transport = {
    send: (content: unknown) => sent.push(content),
    // biome-ignore lint/suspicious/noExplicitAny: messages
    onMessage: (callback: (content: any, buffers: DataView[]) => void) => {
      answer = (content) => callback(content, []);
      return () => {};
    },
    alive: () => alive,
  };
  store = new DataStore(transport, described([channel(100, 10)]));
  store.onChange(() => changes++);
});
afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

const measures = () => sent.filter(({ kind }) => kind === "measure");
const reply = (of: { request: string }, more: object) =>
  answer({ v: 1, kind: "measure", request: of.request, ...more });
const rows = [{ channel: 0, n: 10 }];

describe("a measurement", () => {
  it("is requested once, and held", () => {
    expect(store.measure([0], 1, 2)).toEqual({ rows: null, progress: 0, error: "" });
    store.measure([0], 1, 2);
    expect(measures()).toHaveLength(1);
    expect(measures()[0]).toMatchObject({ channels: [0], t0: 1, t1: 2 });
    reply(measures()[0], { pending: false, rows });
    expect(store.measure([0], 1, 2).rows).toEqual(rows);
    expect(changes).toBe(1);
    expect(measures()).toHaveLength(1);
  });

  it("in progress is asked for again", () => {
    store.measure([0], 1, 2);
    reply(measures()[0], { pending: true, progress: 0.4, rows: [] });
    expect(store.measure([0], 1, 2)).toEqual({ rows: null, progress: 0.4, error: "" });
    expect(measures()).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(measures()).toHaveLength(2);
    reply(measures()[1], { pending: false, rows });
    expect(store.measure([0], 1, 2).rows).toEqual(rows);
  });

  it("of a former range is not shown for the present one", () => {
    store.measure([0], 1, 2);
    store.measure([0], 1, 3);
    expect(measures()).toHaveLength(1);
    reply(measures()[0], { pending: false, rows });
    expect(store.measure([0], 1, 3).rows).toBeNull();
    expect(measures()[1]).toMatchObject({ t0: 1, t1: 3 });
  });

  it("that fails says why, without a notice over the whole view", () => {
    const errors = vi.fn();
    store.onError(errors);
    store.measure([0], 1, 2);
    answer({ kind: "error", request: measures()[0].request, code: "failed", error: "a disk" });
    expect(store.measure([0], 1, 2).error).toBe("a disk");
    expect(errors).not.toHaveBeenCalled();
    expect(measures()).toHaveLength(1);
  });

  it("is made again when the file has grown, and needs a kernel", () => {
    store.measure([0], 1, 2);
    reply(measures()[0], { pending: false, rows });
    store.setDescription(described([channel(200, 10)], 2));
    store.measure([0], 1, 2);
    expect(measures()).toHaveLength(2);
    reply(measures()[1], { pending: false, rows });
    alive = false;
    expect(store.measure([0], 5, 6).error).toContain("without a kernel");
    expect(measures()).toHaveLength(2);
  });
});
