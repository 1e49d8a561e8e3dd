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
  readonly #held = new Map<number, Promise<DataView>>();

  constructor(text: () => string) {
    this.#text = text;
  }

  bytes({ at, length }: Packed): Promise<DataView> {
    const held = this.#held.get(at);
    if (held) return held;
    const made = unpacked(this.#text().slice(at, at + length));
    this.#held.set(at, made);
    const [oldest] = this.#held.keys();
    if (this.#held.size > 64 && oldest !== undefined) this.#held.delete(oldest);
    return made;
  }
}

/** Bytes of a text of base64 that was compressed by zlib. */
export async function unpacked(text: string): Promise<DataView> {
  const binary = atob(text);
  const compressed = new Uint8Array(binary.length);
  for (let k = 0; k < binary.length; k++) compressed[k] = binary.charCodeAt(k);
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new DataView(await new Response(stream).arrayBuffer());
}
