import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Points } from "../../src/data/points.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Sent = { fields: { channels: number[]; t0: number; aggregator: string }; key: string };

function create(alive = true) {
  const sent: Sent[] = [];
  const requests = {
    send: (_: string, fields: Sent["fields"], { key }: { key: string }) =>
      sent.push({ fields, key }),
  };
  // biome-ignore lint/suspicious/noExplicitAny: a fake has only what is used
  return { points: new Points(requests as any, () => alive), sent };
}

function reply(parts: { channel: number; values: number[] | null }[]) {
  const arrays: number[] = [];
  const heads = parts.map(({ channel, values }) => {
    if (values === null) return { channel, samples: 1e9, count: -1, at: 0 };
    const at = 8 * arrays.length;
    arrays.push(...values.map((_, k) => k), ...values);
    return { channel, samples: 100, count: values.length, at };
  });
  return [{ parts: heads }, new DataView(Float64Array.from(arrays).buffer)] as const;
}

test("a window that rests is requested once, with all its signals", () => {
  const { points, sent } = create();
  for (let frame = 0; frame < 3; frame++) {
    expect(points.of(0, "lttb", 0, 10, 500)).toBe(null);
    expect(points.of(3, "lttb", 0, 10, 500)).toBe(null);
  }
  vi.advanceTimersByTime(200);
  expect(sent.map(({ fields }) => fields.channels)).toEqual([[0, 3]]);
  points.take(
    ...reply([
      { channel: 0, values: [5, 6] },
      { channel: 3, values: [7] },
    ]),
    sent[0]?.key ?? "",
  );
  expect([...(points.of(0, "lttb", 0, 10, 500)?.values ?? [])]).toEqual([5, 6]);
  expect([...(points.of(3, "lttb", 0, 10, 500)?.times ?? [])]).toEqual([0]);
  vi.advanceTimersByTime(1000);
  expect(sent.length).toBe(1);
});

test("while a window moves nothing is requested, and a late reply is not drawn", () => {
  const { points, sent } = create();
  for (let k = 0; k < 20; k++) {
    points.of(0, "lttb", k, k + 10, 500);
    vi.advanceTimersByTime(16);
  }
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(sent.map(({ fields }) => fields.t0)).toEqual([19]);
  points.of(0, "lttb", 30, 40, 500);
  points.take(...reply([{ channel: 0, values: [1] }]), sent[0]?.key ?? "");
  expect(points.of(0, "lttb", 30, 40, 500)).toBe(null);
});

test("signals with too many samples, errors and a stopped kernel keep the envelope", () => {
  const { points, sent } = create();
  points.of(0, "m4", 0, 1e6, 500);
  vi.advanceTimersByTime(100);
  points.take(...reply([{ channel: 0, values: null }]), sent[0]?.key ?? "");
  expect(points.of(0, "m4", 0, 1e6, 500)).toBe(null);
  points.of(0, "m4", 0, 10, 500);
  vi.advanceTimersByTime(100);
  points.fail("the file has changed", sent[1]?.key ?? "");
  expect(points.of(0, "m4", 0, 10, 500)).toBe(null);
  vi.advanceTimersByTime(1000);
  expect(sent.length).toBe(2);
  const dead = create(false);
  dead.points.of(0, "m4", 0, 10, 500);
  vi.advanceTimersByTime(1000);
  expect(dead.sent).toEqual([]);
});

test("changed samples are requested again", () => {
  const { points, sent } = create();
  points.of(0, "lttb", 0, 10, 500);
  vi.advanceTimersByTime(100);
  points.expire();
  points.of(0, "lttb", 0, 10, 500);
  vi.advanceTimersByTime(100);
  expect(sent.length).toBe(2);
  points.dispose();
});
