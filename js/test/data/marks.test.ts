import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseAnnotations } from "../../src/data/annotations.ts";
import { DataStore } from "../../src/data/store.ts";
import type { MarkQuery } from "../../src/data/types.ts";
import { channel, describe as described } from "./fakes.ts";

const LAYERS = [
  { name: "file", reader: "", read_only: true },
  { name: "anna", reader: "anna", read_only: false },
];

/** A buffer of float64 and int32 columns, and where each begins. */
function packed(...columns: [kind: "f8" | "i4" | "u4", values: number[]][]): [DataView, number[]] {
  const data = new DataView(new ArrayBuffer(8 + 8 * columns.flatMap(([, v]) => v).length));
  const places: number[] = [];
  let at = 8;
  for (const [kind, values] of columns) {
    places.push(at);
    for (const value of values) {
      if (kind === "f8") data.setFloat64(at, value, true);
      else if (kind === "i4") data.setInt32(at, value, true);
      else data.setUint32(at, value, true);
      at += kind === "f8" ? 8 : 4;
    }
  }
  return [data, places];
}

describe("the marks of a window", () => {
  it("have a layer, an identity, and a density where only some were sent", () => {
    const [data, at] = packed(
      ["f8", [1, 2]],
      ["f8", [0, 5]],
      ["i4", [0, 1]],
      ["i4", [-1, 3]],
      ["i4", [0, 1]],
      ["f8", [-(2 ** 52), 2 ** 53 - 1]],
      ["u4", [0, 4_000_000_000, 2]],
    );
    const density = { layer: 0, text: "N", channel: 3, total: 4_000_000_002, at: at[6] as number };
    const set = parseAnnotations(
      {
        ...{ count: 2, total: 9, texts: ["N", "V"], counts: [8, 1], at: at[0] as number },
        ...{ layers: LAYERS, layer_at: at[4] as number, id_at: at[5] as number, columns: 3 },
        densities: [density],
      },
      data,
      0,
      10,
    );
    expect(set.layers).toEqual([
      { name: "file", reader: "", readOnly: true },
      { name: "anna", reader: "anna", readOnly: false },
    ]);
    expect([...set.onsets, ...set.durations, ...set.text, ...set.channel]).toEqual([
      1, 2, 0, 5, 0, 1, -1, 3,
    ]);
    expect([...set.layer]).toEqual([0, 1]);
    expect([...set.ids]).toEqual([-(2 ** 52), 2 ** 53 - 1]);
    expect(set.densities).toMatchObject([
      { layer: 0, text: "N", channel: 3, total: 4_000_000_002 },
    ]);
    expect([...(set.densities[0]?.counts ?? [])]).toEqual([0, 4_000_000_000, 2]);
  });

  it("of a page without a kernel are those of the file", () => {
    const [data] = packed(["f8", [1]]);
    const set = parseAnnotations({ count: 0, total: 0, texts: [] }, data, 0, 1);
    expect(set.layers.map(({ name }) => name)).toEqual(["file"]);
    expect(set.densities).toEqual([]);
  });

  it("that are not in the buffer are refused", () => {
    const [data] = packed(["f8", [1]]);
    const reply = { count: 0, total: 5, texts: [], columns: 9, at: 0 };
    const densities = [{ layer: 0, text: "N", total: 5, at: 0 }];
    expect(() => parseAnnotations({ ...reply, densities }, data, 0, 1)).toThrow(
      "exceed the buffer",
    );
    expect(() => parseAnnotations({ ...reply, at: -1 }, data, 0, 1)).toThrow("exceed the buffer");
  });
});

// biome-ignore lint/suspicious/noExplicitAny: messages
let sent: any[];
// biome-ignore lint/suspicious/noExplicitAny: messages
let answer: (content: any, data?: DataView) => void;
let alive: boolean;
let store: DataStore;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  alive = true;
  const transport = {
    send: (content: unknown) => sent.push(content),
    // biome-ignore lint/suspicious/noExplicitAny: messages
    onMessage: (callback: (content: any, buffers: DataView[]) => void) => {
      answer = (content, data) => callback(content, data ? [data] : []);
      return () => {};
    },
    alive: () => alive,
  };
  store = new DataStore(transport, described([channel(100, 10)]));
});
afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

const of = (kind: string) => sent.filter((one) => one.kind === kind);
const reply = (to: { kind: string; request: string }, more: object, data?: DataView) =>
  answer({ v: 1, kind: to.kind, request: to.request, pending: false, ...more }, data);
const QUERY: MarkQuery = { sort: "onset", descending: false, search: "", layers: ["anna"] };

/** Answers a request for rows of a list whose row `k` begins at `k` seconds. */
function giveRows(to: { kind: string; request: string; first: number }, total: number): void {
  const n = Math.max(0, Math.min(200, total - to.first));
  const numbers = Array.from({ length: n }, (_, k) => to.first + k);
  const zeros = numbers.map(() => 0);
  const [data, at] = packed(
    ["f8", numbers.map((k) => k + 1000)],
    ["f8", numbers],
    ["f8", zeros],
    ["f8", numbers.map(() => 1.5e9)],
    ["i4", zeros],
    ["i4", numbers.map(() => 1)],
    ["i4", numbers.map(() => -1)],
    ["i4", numbers.map(() => 1)],
  );
  const texts = ["spike", "clear"];
  reply(to, { first: to.first, count: n, total, texts, layers: LAYERS, at: at[0] }, data);
}

describe("after a change of marks", () => {
  const empty = { count: 0, total: 0, texts: [], counts: [], at: 8 };
  const [data] = packed(["f8", [0]]);

  it("those of the window are requested at once, those of the whole later", () => {
    const look = (): void => {
      store.annotations(2, 3, 100);
      store.annotations(0, 10, 100, "overview");
    };
    look();
    expect(of("annotations")).toHaveLength(2); // what was never known does not wait
    for (const one of of("annotations")) reply(one, empty, data);
    look();
    expect(of("annotations")).toHaveLength(2);
    store.marksChanged();
    look();
    expect(of("annotations").slice(2)).toMatchObject([{ t0: 1.5, t1: 3.5 }]);
    reply(of("annotations")[2], empty, data);
    vi.advanceTimersByTime(500);
    store.marksChanged(); // changes that go on do not put it off
    reply(of("annotations")[3], empty, data);
    expect(of("annotations")).toHaveLength(4);
    vi.advanceTimersByTime(300);
    expect(of("annotations").slice(4)).toMatchObject([{ t0: 0, t1: 15 }]);
  });
});

describe("a reply that was on its way when marks were changed", () => {
  const empty = { count: 0, total: 0, texts: [], counts: [], at: 8 };
  const [data] = packed(["f8", [0]]);

  it.each([
    ["window", 0],
    ["overview", 700],
  ])("is shown, and requested again: the %s", (purpose, rest) => {
    const look = () => store.annotations(0, 10, 100, purpose);
    look();
    store.marksChanged();
    const first = of("annotations");
    expect(first).toHaveLength(1);
    reply(first[0], empty, data);
    expect(look()).not.toBeNull();
    vi.advanceTimersByTime(rest);
    expect(of("annotations")).toHaveLength(2);
    reply(of("annotations")[1], empty, data);
    vi.advanceTimersByTime(5000);
    look();
    expect(of("annotations")).toHaveLength(2);
  });
});

describe("the list of marks", () => {
  it("is requested in pages of what is needed, each once", () => {
    expect(store.listMarks(QUERY, 0, 20).total).toBeNull();
    store.listMarks(QUERY, 0, 20);
    expect(of("list")).toHaveLength(1);
    expect(of("list")[0]).toMatchObject({ ...QUERY, first: 0, count: 200 });
    giveRows(of("list")[0], 100_000);
    const list = store.listMarks(QUERY, 0, 20);
    expect(list.total).toBe(100_000);
    expect(list.row(7)).toEqual({
      ...{ id: 1007, onset: 7, duration: 0, changed: 1.5e9, text: "spike", comment: "clear" },
      ...{ channel: -1, layer: { name: "anna", reader: "anna", readOnly: false } },
    });
    expect(list.row(300)).toBeNull();
    store.listMarks(QUERY, 99_990, 100_010);
    expect(of("list").map(({ first }) => first)).toEqual([0, 99_800]);
    giveRows(of("list")[1], 100_000);
    expect(store.listMarks(QUERY, 99_990, 100_010).row(99_999)?.onset).toBe(99_999);
    expect(of("list")).toHaveLength(2);
  });

  it("is requested again after a change, and shown until the new one is there", () => {
    store.listMarks(QUERY, 0, 5);
    giveRows(of("list")[0], 3);
    store.marksChanged();
    expect(store.listMarks(QUERY, 0, 5).row(2)?.onset).toBe(2);
    expect(of("list")).toHaveLength(2);
    giveRows(of("list")[1], 2);
    expect(store.listMarks(QUERY, 0, 5)).toMatchObject({ total: 2 });
    expect(store.listMarks(QUERY, 0, 5).row(2)).toBeNull();
    expect(of("list")).toHaveLength(2);
  });

  it("is requested again if it was on its way when marks were changed", () => {
    store.listMarks(QUERY, 0, 5);
    store.marksChanged();
    giveRows(of("list")[0], 3);
    expect(store.listMarks(QUERY, 0, 5).total).toBe(3);
    expect(of("list")).toHaveLength(2);
    giveRows(of("list")[1], 2);
    expect(store.listMarks(QUERY, 0, 5).total).toBe(2);
    expect(of("list")).toHaveLength(2);
  });

  it("says why it cannot be shown, and does not ask without end", () => {
    const errors = vi.fn();
    store.onError(errors);
    store.listMarks(QUERY, 0, 5);
    answer({ kind: "error", request: of("list")[0].request, code: "failed", error: "a disk" });
    expect(store.listMarks(QUERY, 0, 5).error).toBe("a disk");
    expect(of("list")).toHaveLength(1);
    expect(errors).not.toHaveBeenCalled();
    store.marksChanged();
    store.listMarks(QUERY, 0, 5);
    expect(of("list")).toHaveLength(2);
    alive = false;
    expect(store.listMarks(QUERY, 0, 5).error).toContain("without a kernel");
  });
});

describe("the legend", () => {
  const layers = [{ ...LAYERS[1], count: 3, everywhere: 2, texts: [["N", 3]] }];
  const about = { notes: ["a note"], reader: "anna", blind: false, revision: 4, undo: 2, redo: 1 };

  it("is requested once, and again after a change", () => {
    expect(store.legend()).toBeNull();
    expect(store.legend()).toBeNull();
    expect(of("legend")).toHaveLength(1);
    reply(of("legend")[0], { layers, ...about });
    expect(store.legend()).toEqual({
      layers: [
        {
          name: "anna",
          reader: "anna",
          readOnly: false,
          count: 3,
          everywhere: 2,
          texts: [["N", 3]],
        },
      ],
      ...about,
    });
    store.marksChanged();
    expect(store.legend()?.undo).toBe(2);
    expect(of("legend")).toHaveLength(2);
  });

  it("is asked for again while the annotations are being read", () => {
    const changed = vi.fn(() => store.legend());
    store.legend();
    reply(of("legend")[0], { layers: [], notes: [], pending: true });
    expect(store.legend()).toBeNull();
    expect(of("legend")).toHaveLength(1);
    store.onChange(changed);
    vi.advanceTimersByTime(400);
    expect(of("legend")).toHaveLength(2);
  });
});

describe("the next mark", () => {
  it("is found, or not", async () => {
    const first = store.findMark(5, true, { texts: ["V"] });
    const second = store.findMark(5, false, {});
    expect(of("find")[0]).toMatchObject({ t: 5, forwards: true, texts: ["V"] });
    reply(of("find")[1], { mark: null });
    const mark = {
      id: 3,
      onset: 8,
      duration: 0,
      text: "V",
      channel: 1,
      layer: "anna",
      comment: "",
    };
    reply(of("find")[0], { mark });
    expect((await first).mark).toMatchObject({ id: 3, onset: 8, layer: { name: "anna" } });
    expect(await second).toEqual({ mark: null, error: "" });
  });

  it("is not waited for without a kernel, after an error, or when the viewer is closed", async () => {
    const failed = store.findMark(1, true, {});
    answer({ kind: "error", request: of("find")[0].request, code: "failed", error: "a disk" });
    expect((await failed).error).toBe("a disk");
    const open = store.findMark(1, true, {});
    store.dispose();
    expect((await open).error).toContain("closed");
    alive = false;
    expect((await store.findMark(1, true, {})).error).toContain("without a kernel");
  });

  it("ends where the reply was lost: with the connection, or after a long silence", async () => {
    vi.useFakeTimers();
    const lost = store.findMark(1, true, {});
    store.resume();
    expect((await lost).error).toContain("did not reply");
    const silent = store.findMark(1, true, {});
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await silent).error).toContain("did not reply");
  });
});

it("marks that were saved are shown until the present ones come", () => {
  const [data] = packed(["f8", [5]], ["f8", [0]], ["i4", [0]], ["i4", [-1]]);
  store.seedMarks({ count: 1, total: 1, texts: ["N"], at: 8, t0: 0, t1: 15 }, data);
  expect(store.annotations(0, 10, 100)?.count).toBe(1);
  expect(store.annotationsSettled(0, 10, 100)).toBe(false);
  reply(of("annotations")[0], { count: 0, total: 0, texts: [], at: 8 }, data);
  expect(store.annotations(0, 10, 100)?.count).toBe(0);
  expect(store.annotationsSettled(0, 10, 100)).toBe(true);
});

it("marks of another filter are requested, and the former ones shown until they come", () => {
  const [data] = packed(["f8", [5]], ["f8", [0]], ["i4", [0]], ["i4", [-1]]);
  store.annotations(0, 10, 100);
  reply(of("annotations")[0], { count: 1, total: 1, texts: ["N"], at: 8 }, data);
  expect(store.annotationsSettled(0, 10, 100)).toBe(true);
  store.filterMarks({ layers: ["anna"], without: ["N"] });
  expect(store.annotations(0, 10, 100)?.count).toBe(1);
  expect(store.annotationsSettled(0, 10, 100)).toBe(false);
  expect(of("annotations")[1]).toMatchObject({ layers: ["anna"], without: ["N"], columns: 200 });
  reply(of("annotations")[1], { count: 0, total: 0, texts: [], at: 8 }, data);
  expect(store.annotations(0, 10, 100)?.count).toBe(0);
  expect(store.annotationsSettled(0, 10, 100)).toBe(true);
});
