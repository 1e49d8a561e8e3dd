/** Answers the requests of a view from what a page contains. */
import { binSizeFor } from "../data/bins.ts";
import { TILE, VERSION } from "../data/protocol.ts";
import type { Description, Part, Transport } from "../data/types.ts";
import { sampleRange } from "../math/timebase.ts";
import type { EmbeddedDocument, Unpacker } from "./document.ts";
import { type Found, found } from "./levels.ts";
import { EmbeddedMarks, type MarkRequest } from "./marks.ts";

interface Request extends MarkRequest {
  request: string;
  channels: number[];
  width: number;
  channel: number;
  tile: number;
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
  readonly #marks: EmbeddedMarks;

  constructor(document: EmbeddedDocument, description: Description, unpacker: Unpacker) {
    this.#document = document;
    this.#description = description;
    this.#unpacker = unpacker;
    this.#marks = new EmbeddedMarks(document.annotations, description, unpacker);
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
    if (request.kind === "measure") return Promise.resolve([NO_SAMPLES, []]);
    if (request.kind === "spectrogram") return this.#spectrogram(request);
    return this.#marks.answer(request).then((reply) => {
      if (!reply) throw new Error(`unknown request ${request.kind}`);
      return reply;
    });
  }

  async #window({ channels, t0, t1, width }: Request): Promise<Reply> {
    const all = await Promise.all(channels.map((index) => this.#bins(index, t0, t1, width)));
    const [parts, buffer] = joined(all.flat());
    return [{ t0, t1, width, complete: true, built: 1, parts }, [buffer]];
  }

  async #spectrogram({ channel, tile }: Request): Promise<Reply> {
    const { spectrograms = [] } = this.#document;
    const found = spectrograms.find((one) => one.channel === channel);
    if (!found) return [{ absent: true, tile }, []];
    const packed = found.tiles.find((one) => one.tile === tile);
    if (!packed) return [{ ...found.about, absent: true, tile }, []];
    return [{ ...found.about, tile, at: 0 }, [await this.#unpacker.bytes(packed)]];
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
