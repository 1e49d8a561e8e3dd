import { describe, expect, it, vi } from "vitest";
import { DataStore } from "../../src/data/store.ts";
import type { WindowReply } from "../../src/data/types.ts";
import {
  type Chunk,
  type EmbeddedDocument,
  Unpacker,
  unpacked,
} from "../../src/embedded/document.ts";
import { found } from "../../src/embedded/levels.ts";
import { selected } from "../../src/embedded/marks.ts";
import { PageText } from "../../src/embedded/pagetext.ts";
import { EmbeddedTransport, joined } from "../../src/embedded/transport.ts";
import { describe8 } from "../fixtures.ts";

async function pack(values: ArrayBufferView): Promise<string> {
  const bytes = new Uint8Array(values.buffer as ArrayBuffer);
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  const made = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...made));
}

const SAMPLES = Int16Array.from({ length: 2000 }, (_, k) => (k * 37) % 501);

/** A page with the samples 512 to 1535 of channel 0, and two annotations. */
async function page() {
  const samples = await pack(SAMPLES.slice(512, 1536));
  const marks = new ArrayBuffer(48);
  new Float64Array(marks, 0, 4).set([1, 5, 0.5, 0]);
  new Int32Array(marks, 32, 4).set([0, 1, -1, 0]);
  const notes = await pack(new Uint8Array(marks));
  const part = {
    channel: 0,
    bin: 1,
    first: 512,
    count: 1024,
    dtype: "int16",
    at: 0,
    gain: 2,
    offset: 1,
    missing: 3,
    complete: true,
  };
  const chunks: Chunk[] = [{ part, at: 0, length: samples.length }];
  const document: EmbeddedDocument = {
    v: 1,
    description: null,
    runs: { at: 0, length: 0 },
    view: {},
    chunks,
    annotations: { count: 2, texts: ["N", "V"], at: samples.length, length: notes.length },
  };
  const unpacker = new Unpacker((from, to) => (samples + notes).slice(from, to));
  return {
    document,
    unpacker,
    transport: new EmbeddedTransport(document, describe8(20), unpacker),
  };
}

const ask = (transport: EmbeddedTransport, fields: object) =>
  new Promise<[{ request: string; total: number } & WindowReply, DataView]>((done) => {
    transport.onMessage((content, buffers) => done([content, buffers[0] as DataView]));
    transport.send({ v: 1, request: "a:1", seq: 1, ...fields });
  });

describe("a page without a kernel", () => {
  it("answers with the samples that it contains", async () => {
    const { transport } = await page();
    const window = { kind: "window", channels: [0], t0: 6, t1: 12, width: 600 };
    const [reply, data] = await ask(transport, window);
    expect(reply.request).toBe("a:1");
    expect(reply.parts).toHaveLength(1);
    expect(reply.parts[0]).toMatchObject({ bin: 1, first: 512, count: 1024 });
    const values = new Int16Array(data.buffer, 0, 1024);
    expect([...values]).toEqual([...SAMPLES.slice(512, 1536)]);
  });

  it("answers with no part where it contains nothing", async () => {
    const { transport } = await page();
    const [reply] = await ask(transport, {
      kind: "window",
      channels: [1],
      t0: 0,
      t1: 5,
      width: 500,
    });
    expect(reply.parts).toEqual([]);
  });

  it("computes larger bins from smaller ones, without missing samples", async () => {
    const { document, unpacker } = await page();
    const [one] = await found(document.chunks, 16, 0, 512, unpacker);
    expect(one?.part).toMatchObject({ bin: 16, first: 32, count: 64, gain: 1, missing: null });
    const values = new Float64Array((one as { bytes: DataView }).bytes.buffer);
    for (let k = 0; k < 64; k++) {
      const inside = [...SAMPLES.slice(512 + 16 * k, 528 + 16 * k)].filter((v) => v !== 3);
      expect(values[k]).toBe(2 * Math.min(...inside) + 1);
      expect(values[64 + k]).toBe(2 * Math.max(...inside) + 1);
    }
  });

  it("adds larger bins where there are no others", async () => {
    const { document, unpacker } = await page();
    const [chunk] = document.chunks as [Chunk];
    const large = { ...chunk, part: { ...chunk.part, bin: 4, first: 0, count: 512 } };
    const parts = await found([chunk, large], 1, 0, 1536, unpacker);
    expect(parts.map(({ part }) => part.bin)).toEqual([1, 4]);
    expect(await found([chunk, large], 1, 600, 700, unpacker)).toHaveLength(1);
  });

  it("answers with annotations that overlap the window", async () => {
    const { transport } = await page();
    const [reply, data] = await ask(transport, { kind: "annotations", t0: 1.2, t1: 9, limit: 10 });
    expect(reply).toMatchObject({ count: 2, total: 2, texts: ["N", "V"], counts: [1, 1] });
    expect([...new Float64Array(data.buffer, 0, 2)]).toEqual([1, 5]);
    const [none] = await ask(transport, { kind: "annotations", t0: 1.6, t1: 4, limit: 10 });
    expect(none.total).toBe(0);
  });

  it("finds the next and the former mark, of all or of some texts", async () => {
    const { transport } = await page();
    const find = async (
      t: number,
      forwards: boolean,
      texts: string[] | null = null,
      search = "",
    ) => {
      const [reply] = await ask(transport, { kind: "find", t, forwards, texts, search });
      const { mark } = reply as unknown as { mark: { onset: number; text: string } | null };
      return mark && [mark.onset, mark.text];
    };
    expect(await find(0, true)).toEqual([1, "N"]);
    expect(await find(1, true)).toEqual([5, "V"]);
    expect(await find(1, true, ["N"])).toBeNull();
    expect(await find(9, false)).toEqual([5, "V"]);
    expect(await find(9, false, ["N"])).toEqual([1, "N"]);
    expect(await find(0, true, null, "v")).toEqual([5, "V"]);
    expect(await find(0, true, null, "nothing")).toBeNull();
  });

  it("answers about layers as the kernel does: window, legend, list, next mark", async () => {
    const columns = new ArrayBuffer(84);
    new Float64Array(columns, 0, 6).set([1, 2, 5, 0.5, 0, 0]);
    new Int32Array(columns, 48, 9).set([0, 1, 0, -1, 2, -1, 0, 1, 1]);
    const notes = await pack(new Uint8Array(columns));
    const anna = { name: "anna", reader: "anna", read_only: true };
    const { document } = await page();
    const annotations = {
      ...{ count: 3, texts: ["N", "V"], at: 0, length: notes.length },
      layers: [{ name: "file", reader: "", read_only: true }, anna],
    };
    const transport = new EmbeddedTransport(
      { ...document, annotations },
      describe8(20),
      new Unpacker((from, to) => notes.slice(from, to)),
    );
    const store = new DataStore(transport, describe8(20));
    const seen = async <T>(look: () => T | null): Promise<T> => {
      for (let k = 0; k < 50; k++) {
        const found = look();
        if (found) return found;
        await new Promise((done) => setTimeout(done, 1));
      }
      throw new Error("nothing came");
    };
    const set = await seen(() => store.annotations(0, 20, 2));
    expect([set.count, set.total]).toEqual([3, 3]);
    expect([...set.layer]).toEqual([0, 1, 1]);
    const legend = await seen(() => store.legend());
    expect(legend.layers.map(({ name, count, texts }) => [name, count, texts])).toEqual([
      ["file", 1, [["N", 1]]],
      [
        "anna",
        2,
        [
          ["V", 1],
          ["N", 1],
        ],
      ],
    ]);
    const query = { sort: "text", descending: true, search: "", layers: ["anna"] } as const;
    const row = await seen(() => store.listMarks(query, 0, 2).row(0));
    expect(row).toMatchObject({
      onset: 2,
      text: "V",
      channel: 2,
      comment: "",
      layer: { name: "anna" },
    });
    const searched = { ...query, layers: null, search: "FILE" };
    expect((await seen(() => store.listMarks(searched, 0, 2).row(0))).onset).toBe(1);
    expect((await store.findMark(1, true, { texts: ["N"] })).mark?.onset).toBe(5);
    expect((await store.findMark(5, false, { without: ["V"] })).mark?.onset).toBe(1);
    expect((await store.findMark(5, true, {})).mark).toBeNull();
    const [reply] = await ask(transport, {
      kind: "annotations",
      t0: 0,
      t1: 10,
      limit: 1,
      columns: 2,
    });
    const { densities } = reply as unknown as { densities: { total: number }[] };
    expect(densities.reduce((sum, { total }) => sum + total, 0)).toBe(2);
    store.dispose();
  });

  it("says that damaged data cannot be shown", async () => {
    const { document } = await page();
    const broken = new EmbeddedTransport(
      document,
      describe8(20),
      new Unpacker((from, to) => "AAAA".repeat(999).slice(from, to)),
    );
    const [reply] = await ask(broken, { kind: "window", channels: [0], t0: 6, t1: 7, width: 500 });
    expect(reply).toMatchObject({ kind: "error", code: "failed" });
  });
});

describe("selected", () => {
  it("keeps rare annotations and selects others evenly", () => {
    const text = Int32Array.from({ length: 1000 }, (_, k) => (k === 77 || k === 500 ? 1 : 0));
    const all = Array.from(text, (_, k) => k);
    const picked = selected(all, text, 50);
    expect(picked).toHaveLength(50);
    expect(picked).toContain(77);
    expect(picked).toContain(500);
    expect(picked).toContain(0);
    expect(picked).toContain(999);
    expect(selected(all, text, 2000)).toEqual(all);
  });
});

it("parts are joined at multiples of 8 bytes", async () => {
  const bytes = (n: number): DataView => new DataView(new Uint8Array(n).fill(n).buffer);
  const part = (await page()).document.chunks[0]?.part as Chunk["part"];
  const [parts, buffer] = joined([
    { part, bytes: bytes(3) },
    { part, bytes: bytes(9) },
  ]);
  expect(parts.map(({ at }) => at)).toEqual([0, 8]);
  expect([buffer.getUint8(2), buffer.getUint8(8)]).toEqual([3, 9]);
});

it("compressed text is unpacked", async () => {
  const view = await unpacked(await pack(Float64Array.of(1.5, -2)));
  expect(view.getFloat64(8, true)).toBe(-2);
});

it("bytes that the browser has not read yet are awaited", async () => {
  const packed = await Promise.all([1, 2, 3].map((one) => pack(Float64Array.of(one))));
  const root = document.createElement("div");
  document.body.append(root);
  const state = vi.spyOn(document, "readyState", "get").mockReturnValue("loading");
  const block = (text: string): void => {
    const element = document.createElement("script");
    element.type = "text/plain";
    element.className = "vital-bytes";
    element.textContent = text;
    root.append(element);
  };
  const text = new PageText(root);
  const unpacker = new Unpacker((from, to) => text.slice(from, to));
  const seen: number[] = [];
  let at = 0;
  for (const one of packed) {
    const place = { at, length: one.length };
    void unpacker.bytes(place).then((view) => seen.push(view.getFloat64(0, true)));
    at += one.length;
  }
  const rest = (): Promise<unknown> => new Promise((done) => setTimeout(done, 20));
  await rest();
  block(packed[0] as string);
  await rest();
  // The browser may be reading this element.
  expect(seen).toEqual([]);
  block((packed[1] as string) + (packed[2] as string).slice(0, 5));
  await rest();
  expect(seen).toEqual([1]);
  block((packed[2] as string).slice(5));
  await rest();
  expect(seen).toEqual([1, 2]);
  state.mockReturnValue("interactive");
  document.dispatchEvent(new Event("DOMContentLoaded"));
  await rest();
  expect(seen).toEqual([1, 2, 3]);
  // A page that ends too early gives what it has.
  expect(await text.slice(at - 3, at + 100)).toBe((packed[2] as string).slice(-3));
  state.mockRestore();
  root.remove();
});

it("what a page contains twice is taken where it comes first", async () => {
  const { document } = await page();
  const [chunk] = document.chunks as [Chunk];
  const part = (first: number, count: number, bin = 1) => ({ ...chunk.part, first, count, bin });
  const chunks = [
    { part: part(0, 32, 64), at: 0, length: 1 },
    { part: part(512, 512), at: 1, length: 1 },
    { part: part(0, 1024), at: 2, length: 1 },
    { part: part(1024, 1024), at: 3, length: 1 },
  ];
  const asked = async (from: number, to: number): Promise<number[]> => {
    const places: number[] = [];
    const unpacker = {
      bytes: ({ at }: { at: number }) => {
        places.push(at);
        return Promise.resolve(new DataView(new ArrayBuffer(4096)));
      },
    } as unknown as Unpacker;
    await found(chunks, 1, from, to, unpacker);
    return places;
  };
  expect(await asked(600, 900)).toEqual([1]);
  expect(await asked(500, 900)).toEqual([1, 2]);
  expect(await asked(600, 1100)).toEqual([1, 3]);
  // Two chunks with the same samples do not make up for those that are in none.
  expect(await asked(600, 3000)).toEqual([1, 3, 0]);
});

it("tiles of spectrograms are given as far as the page contains them", async () => {
  const codes = Uint8Array.from({ length: 12 }, (_, k) => k);
  const text = await pack(codes);
  const about = { rows: 3, columns: 8, tile_columns: 4, t0: 0, column_s: 1, f0: 0, f1: 3 };
  const document: EmbeddedDocument = {
    ...{ v: 1, description: null, runs: { at: 0, length: 0 }, view: {}, chunks: [] },
    annotations: null,
    spectrograms: [{ channel: 1, about, tiles: [{ tile: 0, at: 0, length: text.length }] }],
  };
  const transport = new EmbeddedTransport(
    document,
    describe8(20),
    new Unpacker((from, to) => text.slice(from, to)),
  );
  const store = new DataStore(transport, describe8(20));
  const drawn = async (channel: number): Promise<unknown> => {
    for (let k = 0; k < 4; k++) {
      store.spectrogram(channel, "key", 0, 8);
      await new Promise((done) => setTimeout(done, 5));
    }
    const { picture, error, absent } = store.spectrogram(channel, "key", 0, 8);
    return [error, absent, [...(picture?.tiles ?? [])].map(([tile, held]) => [tile, [...held]])];
  };
  expect(await drawn(1)).toEqual([
    "",
    undefined,
    [
      [0, [...codes]],
      [1, []],
    ],
  ]);
  expect(await drawn(2)).toEqual(["", true, []]);
  store.dispose();
});
