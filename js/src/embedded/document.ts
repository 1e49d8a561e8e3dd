/** What a page or a saved notebook contains instead of a kernel: levels, annotations, a view. */
import type { Part } from "../data/types.ts";

/** Text of compressed bytes, as base64. */
export interface Packed {
  /** First character in the text of the page. */
  at: number;
  length: number;
}

/** Consecutive bins of a channel. */
export interface Chunk extends Packed {
  part: Part;
}

export interface EmbeddedDocument {
  v: number;
  description: unknown;
  /** The run tables of all time bases. */
  runs: Packed;
  view: Record<string, unknown>;
  /** Why other data are missing. */
  absent?: string;
  chunks: Chunk[];
  /** What a reply says of the spectrogram of a signal, and its tiles. */
  spectrograms?: { channel: number; about: object; tiles: (Packed & { tile: number })[] }[];
  annotations:
    | (Packed & {
        count: number;
        texts: string[];
        layers?: { name: string; reader: string; read_only: boolean }[];
      })
    | null;
}

/** Decompresses bytes when they are first needed; keeps the latest ones. */
export class Unpacker {
  readonly #text: (from: number, to: number) => string | Promise<string>;
  readonly #held = new Map<number, Promise<DataView>>();

  /** @param text Returns the characters `[from, to)` of the page, when they were read. */
  constructor(text: (from: number, to: number) => string | Promise<string>) {
    this.#text = text;
  }

  bytes({ at, length }: Packed): Promise<DataView> {
    const held = this.#held.get(at);
    if (held) return held;
    const made = this.#unpacked(at, at + length);
    this.#held.set(at, made);
    const [oldest] = this.#held.keys();
    if (this.#held.size > 64 && oldest !== undefined) this.#held.delete(oldest);
    return made;
  }

  async #unpacked(from: number, to: number): Promise<DataView> {
    return unpacked(await this.#text(from, to));
  }
}

/** Bytes of a text of base64 that was compressed by zlib. */
export async function unpacked(text: string): Promise<DataView> {
  const { readable, writable } = new DecompressionStream("deflate");
  // Not through a `Blob`: browsers hand its bytes to another process and back.
  const writer = writable.getWriter();
  // What is damaged fails where it is read.
  writer.write(decoded(text)).catch(() => {});
  writer.close().catch(() => {});
  return new DataView(await new Response(readable).arrayBuffer());
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  // Of newer browsers, and many times faster.
  const own = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (own.fromBase64) return own.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let k = 0; k < binary.length; k++) bytes[k] = binary.charCodeAt(k);
  return bytes;
}
