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
  readonly #text: () => string;
  readonly #complete: () => Promise<unknown>;
  readonly #held = new Map<number, Promise<DataView>>();

  /**
   * @param text The text as far as the page has been read.
   * @param complete Ends when it has been read.
   */
  constructor(text: () => string, complete: () => Promise<unknown> = () => Promise.resolve()) {
    this.#text = text;
    this.#complete = complete;
  }

  bytes({ at, length }: Packed): Promise<DataView> {
    const held = this.#held.get(at);
    if (held) return held;
    const made = this.#slice(at, at + length).then(unpacked);
    this.#held.set(at, made);
    const [oldest] = this.#held.keys();
    if (this.#held.size > 64 && oldest !== undefined) this.#held.delete(oldest);
    return made;
  }

  async #slice(from: number, to: number): Promise<string> {
    if (this.#text().length < to) await this.#complete();
    return this.#text().slice(from, to);
  }
}

/** Bytes of a text of base64 that was compressed by zlib. */
export async function unpacked(text: string): Promise<DataView> {
  const compressed = decoded(text);
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new DataView(await new Response(stream).arrayBuffer());
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
