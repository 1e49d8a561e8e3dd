/** Answers the requests of a view from what a page contains. */
import { binSizeFor } from "../data/bins.ts";
import { TILE, VERSION } from "../data/protocol.ts";
import type { Description, Part, Transport } from "../data/types.ts";
import { sampleRange } from "../math/timebase.ts";
import type { EmbeddedDocument, Unpacker } from "./document.ts";
import { type Found, found } from "./levels.ts";
import { countsOf, type MarkTable, markTable, overlapping, selected } from "./marks.ts";

interface Request {
  kind: string;
  request: string;
  channels: number[];
  t0: number;
  t1: number;
  width: number;
  limit: number;
  t: number;
  forwards: boolean;
  texts?: readonly string[] | null;
}

type Reply = [content: object, buffers: DataView[]];

const NO_SAMPLES = {
  kind: "error",
  code: "failed",
  error: "Statistics need all samples, which this file does not contain.",
};

export class EmbeddedTransport implements Transport {
  readonly #document: EmbeddedDocument;
  readonly #description: Description;
  readonly #unpacker: Unpacker;
  // biome-ignore lint/suspicious/noExplicitAny: as in Transport
  readonly #listeners = new Set<(content: any, buffers: DataView[]) => void>();
  #table: Promise<MarkTable> | null = null;

  constructor(document: EmbeddedDocument, description: Description, unpacker: Unpacker) {
    this.#document = document;
    this.#description = description;
    this.#unpacker = unpacker;
  }

  send(content: unknown): void {
    const request = content as Request;
    // A cancelled request is answered too.
    if (request.kind === "cancel") return;
    const about = { v: VERSION, kind: request.kind, request: request.request };
    this.#answer(request)
      .catch(
        (error: unknown): Reply => [
          { kind: "error", code: "failed", error: `this file is damaged: ${error}` },
          [],
        ],
      )
      .then(([reply, buffers]) => {
        for (const listener of this.#listeners) listener({ ...about, ...reply }, buffers);
      });
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in Transport
  onMessage(callback: (content: any, buffers: DataView[]) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  alive(): boolean {
    return true;
  }

  dispose(): void {
    this.#listeners.clear();
  }

  #answer(request: Request): Promise<Reply> {
    if (request.kind === "window") return this.#window(request);
    if (request.kind === "annotations") return this.#annotations(request);
    if (request.kind === "find") return this.#find(request);
    if (request.kind === "measure") return Promise.resolve([NO_SAMPLES, []]);
    return Promise.reject(new Error(`unknown request ${request.kind}`));
  }

  async #window({ channels, t0, t1, width }: Request): Promise<Reply> {
    const all = await Promise.all(channels.map((index) => this.#bins(index, t0, t1, width)));
    const [parts, buffer] = joined(all.flat());
    return [{ t0, t1, width, complete: true, built: 1, parts }, [buffer]];
  }

  #bins(index: number, t0: number, t1: number, width: number): Promise<Found[]> {
    const info = this.#description.channels[index];
    if (!info) return Promise.resolve([]);
    const bin = binSizeFor(info.fs, t0, t1, width);
    const [i0, i1] = sampleRange(info.timebase, t0, t1);
    const tile = bin * TILE;
    const from = Math.floor(Math.max(i0 - 1, 0) / tile) * TILE;
    const to = Math.min((Math.floor(i1 / tile) + 1) * TILE, Math.ceil(info.nSamples / bin));
    const own = this.#document.chunks.filter(({ part }) => part.channel === index);
    return found(own, bin, from, to, this.#unpacker);
  }

  /** The first mark after a time, or the last before. */
  async #find({ t, forwards, texts = null }: Request): Promise<Reply> {
    const { annotations } = this.#document;
    if (!annotations) return [{ mark: null }, []];
    const { onsets, durations, text, channel } = await this.#marks(annotations);
    const fits = (k: number): boolean =>
      texts === null || texts.includes(annotations.texts[text[k] as number] ?? "");
    let found = -1;
    for (let k = 0; k < onsets.length; k++) {
      const onset = onsets[k] as number;
      if (forwards ? onset <= t : onset >= t) continue;
      if (!fits(k)) continue;
      found = k;
      if (forwards) break;
    }
    if (found < 0) return [{ mark: null }, []];
    const mark = {
      id: -1 - found,
      onset: onsets[found],
      duration: durations[found],
      text: annotations.texts[text[found] as number] ?? "",
      channel: channel[found],
      layer: "file",
      comment: "",
    };
    return [{ mark }, []];
  }

  #marks(annotations: NonNullable<EmbeddedDocument["annotations"]>): Promise<MarkTable> {
    this.#table ??= this.#unpacker
      .bytes(annotations)
      .then((bytes) => markTable(bytes, annotations.count));
    return this.#table;
  }

  async #annotations({ t0, t1, limit }: Request): Promise<Reply> {
    const { annotations } = this.#document;
    if (!annotations) return [{ count: 0, total: 0, texts: [], counts: [], at: 0 }, []];
    const table = await this.#marks(annotations);
    const within = overlapping(table, t0, t1);
    const shown = selected(within, table.text, limit);
    const count = shown.length;
    const buffer = new ArrayBuffer(24 * count);
    const made = markTable(new DataView(buffer), count);
    shown.forEach((k, n) => {
      made.onsets[n] = table.onsets[k] as number;
      made.durations[n] = table.durations[k] as number;
      made.text[n] = table.text[k] as number;
      made.channel[n] = table.channel[k] as number;
    });
    const numbers = countsOf(within, table.text);
    const { texts } = annotations;
    const counts = texts.map((_, code) => numbers.get(code) ?? 0);
    const total = within.length;
    return [{ count, total, texts, counts, at: 0, pending: false }, [new DataView(buffer)]];
  }
}

/** One buffer with the bytes of all parts, each at a multiple of 8. */
export function joined(all: readonly Found[]): [Part[], DataView] {
  let size = 0;
  const parts = all.map(({ part, bytes }) => {
    const placed = { ...part, at: part.at + size };
    size += Math.ceil(bytes.byteLength / 8) * 8;
    return placed;
  });
  const buffer = new Uint8Array(size);
  let at = 0;
  for (const { bytes } of all) {
    buffer.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), at);
    at += Math.ceil(bytes.byteLength / 8) * 8;
  }
  return [parts, new DataView(buffer.buffer)];
}
