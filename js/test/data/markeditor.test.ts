import { beforeEach, describe, expect, it } from "vitest";
import { MarkEditor } from "../../src/data/markeditor.ts";
import { type Patch, patchedSet } from "../../src/data/markpatch.ts";
import { Orders } from "../../src/data/orders.ts";
import type { AnnotationSet, MarkEdit, NewMark, Transport } from "../../src/data/types.ts";
import { markSet } from "../fixtures.ts";
import { random } from "./fakes.ts";

const MINE = { name: "anna", reader: "anna", readOnly: false };

// biome-ignore lint/suspicious/noExplicitAny: messages as they are
let sent: any[];
let deliver: (content: object, buffers?: DataView[]) => void;
let alive: boolean;
let redraws: number;
let editor: MarkEditor;

beforeEach(() => {
  sent = [];
  alive = true;
  redraws = 0;
  const transport: Transport = {
    send: (content) => sent.push(content),
    onMessage(callback) {
      deliver = (content, buffers = []) => callback(content, buffers);
      return () => {};
    },
    alive: () => alive,
  };
  editor = new MarkEditor(
    new Orders(transport),
    () => alive,
    () => {
      redraws += 1;
    },
  );
});

const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

function answer(ids: number[], revision: number): void {
  const { request } = sent.at(-1);
  const buffer = new DataView(new ArrayBuffer(8 * ids.length));
  ids.forEach((id, k) => void buffer.setFloat64(8 * k, id, true));
  deliver({ kind: "mark", request, count: ids.length, at: 0, revision }, [buffer]);
}

const rowsOf = ({ count, onsets, durations, texts, text, ids }: AnnotationSet) =>
  Array.from({ length: count }, (_, k) => [
    ids[k],
    onsets[k],
    durations[k],
    texts[text[k] as number],
  ]);
const MOMENT = { text: "F", duration: 0, channel: -1 };
const created = (onset: number, text = "N"): MarkEdit => ({
  do: "create",
  marks: [{ onset, text, duration: 0, channel: -1 }],
  layer: null,
});

describe("changes of marks", () => {
  it("are drawn before the kernel has answered, and no more when the set contains them", async () => {
    const before = markSet(0, 10, [[1, "N"]], { revision: 4 });
    const { ids, done } = editor.edit(created(2, "V"), MINE);
    expect(redraws).toBe(1);
    expect(rowsOf(editor.patched(before)).map((row) => row.slice(1))).toEqual([
      [1, 0, "N"],
      [2, 0, "V"],
    ]);
    await settle();
    answer([77], 5);
    expect(await done).toEqual({ error: "", ids: [77] });
    expect(editor.now(ids[0] as number)).toBe(77);
    expect(rowsOf(editor.patched(before))[1]?.[0]).toBe(77);
    const after = markSet(0, 10, [[1, "N"]], { revision: 5 });
    expect(editor.patched(after)).toBe(after);
  });

  it("are taken back when the kernel refuses them", async () => {
    const set = markSet(0, 10, [[1, "N"]]);
    const { done } = editor.edit({ do: "delete", ids: [1] }, MINE);
    expect(editor.patched(set).count).toBe(0);
    await settle();
    deliver({ kind: "error", request: sent[0].request, code: "failed", error: "read-only" });
    expect(await done).toEqual({ error: "read-only", ids: [] });
    expect(editor.patched(set)).toBe(set);
    expect(redraws).toBe(2);
  });

  it("of a mark that is being created are sent with its identity when that is known", async () => {
    const { ids } = editor.edit(created(2), MINE);
    editor.edit({ do: "change", ids, to: { text: "V" } }, MINE);
    await settle();
    expect(sent.map((one) => one.do)).toEqual(["create"]);
    answer([77], 1);
    await settle();
    expect(sent[1]).toMatchObject({ do: "change", ids: [77], to: { text: "V" } });
    expect(rowsOf(editor.patched(markSet(0, 10, [])))).toEqual([[77, 2, 0, "V"]]);
  });

  it("of several kinds are sent, drawn and taken back as one", async () => {
    const { ids: before } = editor.edit(created(2), MINE);
    const edits = [
      { do: "change" as const, ids: [1, ...before], to: { text: ["V", "A"] } },
      { do: "delete" as const, ids: [2] },
      { do: "create" as const, marks: [{ ...MOMENT, onset: 4 }], layer: null },
    ];
    const { ids, done } = editor.edit({ do: "several", edits }, MINE);
    const set = markSet(0, 10, [
      [1, "N"],
      [3, "N"],
    ]);
    const drawn = (): unknown[] =>
      rowsOf(editor.patched(set)).map(([, onset, , text]) => [onset, text]);
    expect(drawn()).toEqual([
      [1, "V"],
      [2, "A"],
      [4, "F"],
    ]);
    await settle();
    answer([77], 1);
    await settle();
    expect(sent[1]).toMatchObject({ do: "several", edits: [{ ids: [1, 77] }, { ids: [2] }, {}] });
    answer([1, 77, 2, 78], 2);
    await done;
    expect(ids.map((id) => editor.now(id))).toEqual([1, 77, 2, 78]);
    const { done: refused } = editor.edit({ do: "several", edits }, MINE);
    await settle();
    deliver({ kind: "error", request: sent[2].request, code: "failed", error: "no" });
    expect((await refused).error).toBe("no");
    expect(drawn()).toEqual([
      [1, "V"],
      [2, "A"],
      [4, "F"],
    ]);
  });

  it("are refused without a kernel, also if it stops before they are sent", async () => {
    const first = editor.edit(created(2), MINE);
    const second = editor.edit(created(3), MINE);
    await settle();
    alive = false;
    answer([77], 1);
    expect((await first.done).ids).toEqual([77]);
    expect((await second.done).error).toContain("without a kernel");
    expect((await editor.edit(created(4), MINE).done).error).toContain("without a kernel");
    expect(sent.length).toBe(1);
  });
});

describe("a set with changes", () => {
  const set = markSet(
    10,
    20,
    [
      [5, "W", 10],
      [12, "N"],
      [13, "N"],
      [14, "V", 0, 1],
    ],
    { layers: [MINE] },
  );
  const marks = [
    { onset: 13.5, text: "F", duration: 1, channel: 2 },
    { onset: 30, text: "F", duration: 0, channel: -1 },
  ];
  const changed = patchedSet(set, [
    {
      edit: { do: "change", ids: [2, 3], to: { onset: [11, 25], text: "Q" } },
      ids: [2, 3],
      layer: MINE,
    },
    { edit: { do: "create", marks, layer: null }, ids: [-0.5, -1.5], layer: MINE },
    { edit: { do: "delete", ids: [4] }, ids: [4], layer: MINE },
  ]);

  it("is what the kernel would send", () => {
    expect(rowsOf(changed)).toEqual([
      [1, 5, 10, "W"],
      [2, 11, 0, "Q"],
      [-0.5, 13.5, 1, "F"],
    ]);
    expect([...changed.channel]).toEqual([-1, -1, 2]);
    expect(changed.total).toBe(3);
    const count = (text: string) => changed.counts[changed.texts.indexOf(text)];
    expect(["W", "N", "V", "Q", "F"].map(count)).toEqual([1, 0, 0, 1, 1]);
  });

  it("leaves the set as it was", () => {
    expect([...set.onsets]).toEqual([5, 12, 13, 14]);
    expect(set.counts).toEqual([1, 2, 1]);
  });

  it("is that of all marks as objects, for any changes", () => {
    const next = random(7);
    const pick = (n: number): number => Math.floor(next() * n);
    const whole = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
    for (let turn = 0; turn < 300; turn++) {
      const n = pick(9);
      const onsets = whole(n).map(() => 9 + pick(8));
      onsets.sort((a, b) => a - b);
      const some = markSet(
        10,
        15,
        onsets.map((at): [number, string, number, number] => [
          at,
          "NVQ"[pick(3)] as string,
          pick(3),
          pick(2),
        ]),
        { layers: [MINE, { ...MINE, name: "other" }] },
      );
      const patches = whole(pick(5)).map((k): Patch => {
        const ids = whole(n + 3).filter(() => next() < 0.3);
        const onset = ids.map(() => 9 + pick(8));
        const does = pick(3);
        if (does === 0) return { edit: { do: "delete", ids }, ids, layer: MINE };
        if (does === 1) {
          const to = { onset, text: "NVFG"[pick(4)] as string };
          return { edit: { do: "change", ids, to }, ids, layer: MINE };
        }
        const marks = onset.map((at) => ({ onset: at, duration: pick(2), text: "F", channel: k }));
        return { edit: { do: "create", marks, layer: null }, ids, layer: MINE };
      });
      expect(plain(patchedSet(some, patches))).toEqual(byObjects(some, patches));
    }
  });
});

interface Plain {
  rows: [number, number, number, string, number, string][];
  counts: Record<string, number>;
  total: number;
}

function plain(set: AnnotationSet): Plain {
  const rows = [...set.onsets].map((onset, k): Plain["rows"][number] => [
    set.ids[k] as number,
    onset,
    set.durations[k] as number,
    set.texts[set.text[k] as number] as string,
    set.channel[k] as number,
    (set.layers[set.layer[k] as number] as { name: string }).name,
  ]);
  const counts = set.texts.map((text, k): [string, number] => [text, set.counts[k] ?? 0]);
  return { rows, total: set.total, counts: Object.fromEntries(counts.filter(([, n]) => n !== 0)) };
}

/** The plainest way: all marks in a map, changed one after another. */
function byObjects(set: AnnotationSet, patches: readonly Patch[]): Plain {
  const rows = new Map(plain(set).rows.map((row) => [row[0], row]));
  for (const { edit, ids, layer } of patches) {
    ids.forEach((id, k) => {
      const row = rows.get(id);
      if (edit.do === "delete") rows.delete(id);
      else if (edit.do === "create" && !row) {
        const { onset, duration, text, channel } = edit.marks[k] as NewMark;
        rows.set(id, [id, onset, duration, text, channel, layer.name]);
      } else if (edit.do === "change" && row) {
        const { onset, text } = edit.to as { onset: number[]; text: string };
        rows.set(id, [id, onset[k] as number, row[2], text, row[4], row[5]]);
      }
    });
  }
  const kept = [...rows.values()]
    .filter(
      ([, onset, duration]) => onset < set.t1 && (onset >= set.t0 || onset + duration > set.t0),
    )
    .sort((a, b) => a[1] - b[1]);
  const count = (all: Plain["rows"]): Map<string, number> =>
    all.reduce((found, row) => found.set(row[3], (found.get(row[3]) ?? 0) + 1), new Map());
  const [before, now] = [count(plain(set).rows), count(kept)];
  const names = new Set([...Object.keys(plain(set).counts), ...now.keys()]);
  const counts = [...names].map((text): [string, number] => [
    text,
    (plain(set).counts[text] ?? 0) + (now.get(text) ?? 0) - (before.get(text) ?? 0),
  ]);
  return {
    rows: kept,
    counts: Object.fromEntries(counts.filter(([, n]) => n !== 0)),
    total: set.total + kept.length - set.count,
  };
}
