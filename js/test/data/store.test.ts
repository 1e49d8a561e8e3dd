import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DataStore } from "../../src/data/store.ts";
import type { DataError, LaneData } from "../../src/data/types.ts";
import {
  binOf,
  binValues,
  channel,
  describe,
  type FakeChannel,
  FakeKernel,
  random,
  samplesIn,
} from "./fakes.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function recording(): FakeChannel[] {
  const holes = channel(30_000, 100, { missing: -7, gain: -0.5 });
  for (let i = 4000; i < 4400; i++) holes.values[i] = -7;
  const float = channel(9_000, 25.5);
  float.values = Float64Array.from(float.values, (v, i) => (i % 700 < 40 ? Number.NaN : v + 1e6));
  return [
    channel(60_000, 200),
    holes,
    channel(20_000, 100, {
      runs: [
        [0, 0],
        [5000, 90],
        [5003, 200],
      ],
    }),
    channel(5, 1 / 60),
    float,
  ];
}

function open(channels = recording(), options = {}) {
  const kernel = new FakeKernel(channels);
  const store = new DataStore(kernel.transport(), describe(channels), options);
  const errors: (DataError | null)[] = [];
  store.onError((error) => errors.push(error));
  return { kernel, store, errors };
}

function checkOrder(one: FakeChannel, { pieces }: LaneData): void {
  let end = Number.NEGATIVE_INFINITY;
  for (const { bin, first, count, lo, hi } of pieces) {
    expect(first * bin).toBeGreaterThanOrEqual(end);
    end = (first + count) * bin;
    expect(count).toBeGreaterThan(0);
    expect(lo.length).toBe(count);
    expect(hi.length).toBe(count);
    if (bin === 1) expect(hi).toBe(lo);
    for (let k = 0; k < count; k += 37) {
      const [low, high] = binValues(one, bin, first + k);
      // Whole float64 for samples; bins are for drawing.
      const step = 1e-4 * Math.abs(one.gain) * 2000;
      if (Number.isNaN(low)) expect(lo[k]).toBeNaN();
      else if (bin === 1) expect(lo[k]).toBe(low);
      else {
        expect(Math.abs((lo[k] as number) - low)).toBeLessThan(step);
        expect(Math.abs((hi[k] as number) - high)).toBeLessThan(step);
      }
    }
  }
}

/** A settled lane holds every bin of the window at the window's own bin size, in one piece. */
function checkSettled(one: FakeChannel, lane: LaneData, t0: number, t1: number, width: number) {
  checkOrder(one, lane);
  const [s0, s1] = samplesIn(one, t0, t1);
  if (s0 === s1) return;
  const bin = binOf(one.fs, t0, t1, width);
  expect(lane.pieces.length).toBe(1);
  const piece = lane.pieces[0] as LaneData["pieces"][0];
  expect(piece.bin).toBe(bin);
  expect(piece.first * bin).toBeLessThanOrEqual(s0);
  expect((piece.first + piece.count) * bin).toBeGreaterThanOrEqual(s1);
  expect(piece.count).toBeLessThanOrEqual(Math.ceil((s1 - s0) / bin) + 3);
}

test.each([1, 2, 3, 4])(
  "random windows and orders of arrival agree with the oracle (%i)",
  (seed) => {
    const next = random(seed);
    const channels = recording();
    const { kernel, store, errors } = open(channels, { maxBytes: seed % 2 ? 150_000 : undefined });
    const duration = describe(channels).duration;
    for (let step = 0; step < 40; step++) {
      const span = duration * 10 ** (-4 * next());
      const t0 = next() * duration - span / 2;
      const width = 50 + Math.floor(next() * 1500);
      const t1 = t0 + span;
      const shown = [0, 1, 2, 3, 4].filter(() => next() < 0.7);
      store.demand(shown, t0, t1, width, "window");
      if (next() < 0.3) store.demand([0], 0, duration, 300, "overview");
      for (let k = 0; k < 3 && kernel.queue.length > 0; k++) {
        if (next() < 0.6) kernel.deliver(Math.floor(next() * kernel.queue.length));
        for (const index of shown)
          checkOrder(channels[index] as FakeChannel, store.lane(index, t0, t1, width));
      }
      if (next() < 0.2) vi.advanceTimersByTime(500);
      if (next() < 0.5) continue;
      kernel.deliverAll();
      for (const index of shown) {
        const lane = store.lane(index, t0, t1, width);
        expect(lane.settled, `channel ${index} of [${t0}, ${t1}) on ${width}`).toBe(true);
        checkSettled(channels[index] as FakeChannel, lane, t0, t1, width);
      }
    }
    expect(errors).toEqual([]);
  },
);

test("what is held is not asked for again", () => {
  const { kernel, store } = open();
  store.demand([0, 1], 10, 20, 1000, "window");
  expect(kernel.windows.length).toBe(1);
  store.demand([0, 1], 10, 20, 1000, "window");
  store.demand([0, 1], 10.1, 20.1, 1000, "window");
  expect(kernel.windows.length).toBe(1);
  kernel.deliverAll();
  store.demand([1], 10.2, 20.2, 1000, "window");
  expect(kernel.windows.length).toBe(1);
  expect(store.counters().pending).toBe(0);
});

test("a slow kernel has at most two requests of a view to answer, and the newest wins", () => {
  const { kernel, store } = open();
  for (let k = 0; k < 50; k++) store.demand([0], 5 * k, 5 * k + 3, 1000, "window");
  expect(kernel.windows.length).toBe(2);
  while (kernel.windows.length < 3) kernel.deliver();
  expect(kernel.windows.at(-1).t0).toBeCloseTo(245, 0);
  kernel.deliverAll();
  expect(store.lane(0, 245, 248, 1000).settled).toBe(true);
  expect(kernel.windows.length).toBe(3);
});

test("requests that nobody needs any more are cancelled, once", () => {
  const { kernel, store } = open();
  store.demand([0], 0, 3, 1000, "window");
  store.demand([0], 100, 103, 1000, "window");
  store.demand([0], 200, 203, 1000, "window");
  const cancels = kernel.sent.filter((message) => message.kind === "cancel");
  const ids = kernel.windows.map((message) => message.request);
  expect(cancels.flatMap((message) => message.requests)).toEqual(ids.slice(0, 2));
});

test("neighbours come when nothing else is to do, and stay within the bound of memory", () => {
  const { kernel, store } = open();
  store.demand([0], 100, 110, 1000, "window");
  kernel.deliverAll();
  for (let k = 0; k < 10; k++) {
    vi.advanceTimersByTime(200);
    expect(store.counters().pending).toBeLessThanOrEqual(1);
    kernel.deliverAll();
  }
  const before = kernel.windows.length;
  for (const [t0, t1] of [
    [110, 120],
    [90, 100],
    [85, 125],
  ] as const) {
    expect(store.lane(0, t0, t1, 1000).settled).toBe(true);
  }
  vi.advanceTimersByTime(10_000);
  expect(kernel.windows.length).toBe(before);
});

test("tiles in view are kept when memory is full", () => {
  const { kernel, store } = open(recording(), { maxBytes: 30_000 });
  store.demand([0], 0, 300, 200, "overview");
  kernel.deliverAll();
  for (let k = 0; k < 40; k++) {
    store.demand([0, 1], 7 * k, 7 * k + 6, 1200, "window");
    kernel.deliverAll();
    expect(store.lane(0, 7 * k, 7 * k + 6, 1200).settled).toBe(true);
    expect(store.lane(0, 0, 300, 200).settled).toBe(true);
  }
  expect(store.counters().bytes).toBeLessThan(80_000);
});

test("before finer tiles come, coarser ones fill in", () => {
  const { kernel, store } = open();
  store.demand([0], 0, 300, 300, "overview");
  kernel.deliverAll();
  const rough = store.lane(0, 100, 110, 1000);
  expect(rough.settled).toBe(false);
  expect(rough.pieces.length).toBe(1);
  expect(rough.pieces[0]?.bin).toBe(64);
  store.demand([0], 100, 102, 1000, "window");
  kernel.deliverAll();
  const mixed = store.lane(0, 98, 108, 1000);
  expect(new Set(mixed.pieces.map((piece) => piece.bin))).toEqual(new Set([1, 64]));
});

test("messages for another page are ignored", () => {
  const { kernel, store } = open();
  store.demand([0], 0, 5, 1000, "window");
  const own = kernel.queue[0] as (typeof kernel.queue)[0];
  kernel.post({ ...own.content, request: "other:1" }, own.buffers);
  kernel.post({ kind: "error", request: "other:1", code: "failed", error: "no" });
  expect(store.counters()).toMatchObject({ tiles: 0, pending: 1 });
});

test("an unfinished pyramid is asked again only when there is more", () => {
  const { kernel, store } = open();
  kernel.built = 0.4;
  store.demand([0], 0, 300, 300, "window");
  kernel.deliverAll();
  let lane = store.lane(0, 0, 300, 300);
  expect(lane).toMatchObject({ settled: false, building: true });
  expect(lane.pieces[0]?.count).toBeGreaterThan(300);
  store.demand([0], 0, 300, 301, "window");
  expect(kernel.windows.length).toBe(1);
  kernel.built = 1;
  for (let k = 0; k < 50; k++) store.refresh();
  vi.advanceTimersByTime(1000);
  expect(kernel.windows.length).toBe(2);
  kernel.deliverAll();
  lane = store.lane(0, 0, 300, 300);
  expect(lane).toMatchObject({ settled: true, building: false });
});

test("a recording that grew is asked for what is new", () => {
  const channels = recording();
  const one = channels[0] as FakeChannel;
  const whole = one.values;
  one.values = whole.slice(0, 30_001);
  const { kernel, store } = open(channels);
  store.demand([0], 0, 300, 300, "window");
  kernel.deliverAll();
  one.values = whole;
  store.setDescription(describe(channels, 2));
  kernel.deliverAll();
  checkSettled(one, store.lane(0, 0, 300, 300), 0, 300, 300);
  expect(store.lane(0, 0, 300, 300).settled).toBe(true);
});

test("an error is told, and not asked for again at once", () => {
  const { kernel, store, errors } = open();
  kernel.failing = "failed";
  store.demand([0], 0, 5, 1000, "window");
  kernel.deliverAll();
  store.demand([0], 0, 5.1, 1000, "window");
  expect(errors).toEqual([{ code: "failed", error: "something broke" }]);
  expect(kernel.windows.length).toBe(1);
  kernel.failing = null;
  vi.advanceTimersByTime(31_000);
  kernel.deliverAll();
  expect(errors.at(-1)).toBe(null);
  expect(store.lane(0, 0, 5.1, 1000).settled).toBe(true);
});

test("a reply that cannot be read is an error, not a crash", () => {
  const { kernel, store, errors } = open();
  store.demand([0], 0, 5, 1000, "window");
  const reply = kernel.queue.shift() as (typeof kernel.queue)[0];
  kernel.post(reply.content, [new DataView(new ArrayBuffer(8))]);
  expect(errors[0]?.code).toBe("protocol");
  expect(store.counters().pending).toBe(0);
});

test("a kernel that does not answer is slow, and asked again", () => {
  const { kernel, store, errors } = open();
  store.demand([0], 0, 5, 1000, "window");
  vi.advanceTimersByTime(10_100);
  expect(errors.map((error) => error?.code)).toEqual(["slow"]);
  vi.advanceTimersByTime(20_000);
  expect(kernel.windows.length).toBe(2);
  kernel.deliverAll();
  expect(errors.at(-1)).toBe(null);
  expect(store.lane(0, 0, 5, 1000).settled).toBe(true);
});

test("without a kernel nothing is sent and what is held stays", () => {
  const { kernel, store, errors } = open();
  store.demand([0], 0, 5, 1000, "window");
  kernel.deliverAll();
  kernel.isAlive = false;
  store.demand([0], 100, 105, 1000, "window");
  store.demand([0], 0, 5, 1000, "window");
  vi.advanceTimersByTime(100_000);
  expect(errors.map((error) => error?.code)).toEqual(["dead"]);
  expect(kernel.windows.length).toBe(1);
  expect(store.lane(0, 0, 5, 1000).settled).toBe(true);
});

test("the first picture needs no request", () => {
  const { kernel, store } = open();
  const first = kernel.window({}, { channels: [0, 1], t0: 0, t1: 10, width: 1000 });
  store.seed(first.content as never, first.buffers[0] as DataView);
  store.demand([0, 1], 0, 10, 1000, "window");
  expect(kernel.sent).toEqual([]);
  expect(store.lane(1, 0, 10, 1000).settled).toBe(true);
});

test("a missing table of runs is asked for first", () => {
  const channels = recording();
  const kernel = new FakeKernel(channels);
  const description = describe(channels);
  const base = description.timebases[2] as (typeof description.timebases)[0];
  base.starts = new Float64Array(0);
  base.onsets = new Float64Array(0);
  const store = new DataStore(kernel.transport(), description);
  store.demand([2], 80, 100, 1000, "window");
  expect(kernel.sent.map((message) => message.kind)).toEqual(["runs"]);
  kernel.deliverAll();
  expect(Array.from(base.onsets)).toEqual([0, 90, 200]);
  checkSettled(channels[2] as FakeChannel, store.lane(2, 80, 100, 1000), 80, 100, 1000);
});

test("annotations come once for a window and its surroundings", () => {
  const { kernel, store } = open();
  expect(store.annotations(10, 20, 100)).toBe(null);
  store.annotations(10, 20, 100);
  kernel.deliverAll();
  const set = store.annotations(11, 21, 100);
  expect(set).toMatchObject({ count: 1, total: 1, texts: ["N"] });
  expect(store.annotationsSettled(11, 21, 100)).toBe(true);
  expect(store.annotationsSettled(50, 60, 100)).toBe(false);
  expect(store.annotationsSettled(0, 0, 100)).toBe(true);
  expect(set?.channel[0]).toBe(-1);
  expect(kernel.sent.length).toBe(1);
});

test("annotations that are still being read are asked for again", () => {
  const { kernel, store } = open();
  const settled = () => store.annotationsSettled(10, 20, 100);
  kernel.reading = true;
  store.annotations(10, 20, 100);
  expect(settled()).toBe(false);
  kernel.deliverAll();
  expect(kernel.sent.length).toBe(1);
  expect(settled()).toBe(false);
  kernel.reading = false;
  vi.advanceTimersByTime(1100);
  expect(settled()).toBe(false);
  kernel.deliverAll();
  expect(settled()).toBe(true);
  vi.advanceTimersByTime(5000);
  expect(kernel.sent.length).toBe(2);
});

test("annotations and run tables that cannot be given are not asked for without end", () => {
  const channels = recording();
  const kernel = new FakeKernel(channels);
  const description = describe(channels);
  for (const base of description.timebases) base.starts = new Float64Array(0);
  const store = new DataStore(kernel.transport(), description);
  kernel.failing = "failed";
  store.onChange(() => store.annotations(10, 20, 100));
  store.annotations(10, 20, 100);
  kernel.deliverAll();
  expect(kernel.sent.length).toBe(channels.length + 1);
  // Nothing more will come, so nobody waits for it.
  expect(store.annotationsSettled(10, 20, 100)).toBe(true);
  kernel.failing = null;
  vi.advanceTimersByTime(31_000);
  kernel.deliverAll();
  expect(store.annotations(10, 20, 100)?.count).toBe(1);
  expect(description.timebases[2]?.onsets.length).toBe(3);
});

test("after it was disposed of, nothing is left", () => {
  const { kernel, store } = open();
  store.demand([0], 0, 5, 1000, "window");
  store.dispose();
  expect(vi.getTimerCount()).toBe(0);
  kernel.deliverAll();
  expect(store.counters()).toMatchObject({ bytes: 0, tiles: 0, pending: 0 });
});

test("what was sent into the void is requested again when the connection is back", () => {
  const { kernel, store, errors } = open();
  store.demand([0, 1], 0, 60, 500, "window");
  vi.advanceTimersByTime(11_000);
  expect(errors.at(-1)?.code).toBe("slow");
  const late = kernel.queue.splice(0);
  expect(late.length).toBeGreaterThan(0);
  store.resume();
  expect(errors.at(-1)).toBeNull();
  kernel.deliverAll();
  for (const k of [0, 1]) expect(store.lane(k, 0, 60, 500).settled).toBe(true);
  // A reply that comes in spite of it does no harm.
  for (const { content, buffers } of late) kernel.post(content, buffers);
  expect(store.lane(0, 0, 60, 500).settled).toBe(true);
  store.dispose();
});
