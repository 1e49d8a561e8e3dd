import { layersOf, type SentLayer } from "./marks.ts";
import type { AnnotationSet } from "./types.ts";

const HELD = 8;

interface Held {
  set: AnnotationSet;
  limit: number;
  /** Must be requested again. */
  stale: boolean;
  /** The filter with which it was requested. */
  filter: string;
  /** The kernel was still reading the annotations of the file. */
  pending: boolean;
}

/** The cached annotations of a window. */
interface Found {
  set: AnnotationSet | null;
  /** A new request would return no more at present. */
  enough: boolean;
  /** Complete: the kernel has read all annotations. */
  settled: boolean;
}

/** Received sets of annotations, newest last. */
export class AnnotationCache {
  #sets: Held[] = [];
  #filter = "{}";
  /** How often marks were changed: a request that was sent before may not contain the change. */
  #changes = 0;

  get changes(): number {
    return this.#changes;
  }

  /** The filter of the marks that are wanted, as JSON; sets of another one are requested again. */
  get filter(): string {
    return this.#filter;
  }

  set filter(filter: string) {
    this.#filter = filter;
    for (const held of this.#sets) held.stale ||= held.filter !== filter;
  }

  /** Adds marks that may have changed since they were sent. */
  seed(set: AnnotationSet): void {
    this.#sets.push({ set, limit: 0, stale: true, filter: this.#filter, pending: false });
  }

  /** Adds a reply; `filter` and `changes` are those when it was requested. */
  put(
    set: AnnotationSet,
    limit: number,
    pending: boolean,
    filter = this.#filter,
    changes = this.#changes,
  ): void {
    // An incomplete set of a long window does not replace a more detailed one of a short window.
    // Nor does an empty set that was sent while the annotations are still being read.
    const replaces = ({ set: old, stale, pending: waits }: Held): boolean =>
      (waits || !pending) &&
      old.t0 >= set.t0 &&
      old.t1 <= set.t1 &&
      (stale || set.count === set.total || old.t1 - old.t0 > 0.5 * (set.t1 - set.t0));
    this.#sets = this.#sets.filter((held) => !replaces(held));
    const late = filter !== this.#filter || changes !== this.#changes;
    this.#sets.push({ set, limit, stale: late, filter, pending });
    if (this.#sets.length <= HELD) return;
    // The longest set belongs to the overview and is kept.
    const length = ({ set: { t0, t1 } }: Held): number => t1 - t0;
    const longest = Math.max(...this.#sets.map(length));
    const gives = this.#sets.findIndex((held) => length(held) < longest);
    this.#sets.splice(Math.max(gives, 0), 1);
  }

  /** The best cached set for a window. */
  best(t0: number, t1: number, limit: number): Found {
    let best: AnnotationSet | null = null;
    let score = 0;
    let enough = false;
    for (const { set, limit: asked, stale, pending } of this.#sets) {
      const shared = Math.min(t1, set.t1) - Math.max(t0, set.t0);
      if (shared <= 0) continue;
      const covers = set.t0 <= t0 && set.t1 >= t1;
      const whole = set.total === set.count || (asked >= limit && set.t1 - set.t0 <= 3 * (t1 - t0));
      const fresh = covers && whole && !stale;
      if (fresh && !pending) return { set, enough: true, settled: true };
      enough ||= fresh;
      if (pending) continue;
      const worth = shared / (t1 - t0) + (set.total === set.count ? 0.5 : 0);
      if (worth >= score) {
        score = worth;
        best = set;
      }
    }
    return { set: best, enough, settled: false };
  }

  expire(): void {
    this.#changes += 1;
    for (const held of this.#sets) held.stale = true;
  }

  /** Marks sets that were still being read as stale; returns false if there are none. */
  retry(): boolean {
    const pending = this.#sets.filter((held) => held.pending);
    for (const held of pending) held.stale = true;
    return pending.length > 0;
  }
}

interface SentDensity {
  layer: number;
  text: string;
  channel?: number;
  total: number;
  at: number;
}

export interface AnnotationReply {
  count: number;
  total: number;
  texts: string[];
  counts?: number[];
  at?: number;
  layers?: SentLayer[];
  layer_at?: number;
  id_at?: number;
  columns?: number;
  densities?: SentDensity[];
  revision?: number;
}

/**
 * Decodes n float64 onsets, n float64 durations, n int32 texts and n int32 channels, then layers,
 * ids and densities; a page without a kernel has neither of these.
 */
export function parseAnnotations(
  reply: AnnotationReply,
  buffer: DataView,
  t0: number,
  t1: number,
): AnnotationSet {
  const { count, total, texts, counts = [], at = 0, columns = 0, densities = [] } = reply;
  const bytes = (from: number, size: number): ArrayBuffer => {
    if (!(from >= 0) || from + size > buffer.byteLength) {
      throw new RangeError(`${count} annotations exceed the buffer of ${buffer.byteLength} bytes`);
    }
    const begin = buffer.byteOffset + from;
    return (buffer.buffer as ArrayBuffer).slice(begin, begin + size);
  };
  const main = bytes(at, 24 * count);
  const { layer_at: layerAt, id_at: idAt } = reply;
  return {
    t0,
    t1,
    count,
    total,
    texts,
    counts,
    onsets: new Float64Array(main, 0, count),
    durations: new Float64Array(main, 8 * count, count),
    text: new Int32Array(main, 16 * count, count),
    channel: new Int32Array(main, 20 * count, count),
    layers: layersOf(reply.layers),
    layer:
      layerAt === undefined ? new Int32Array(count) : new Int32Array(bytes(layerAt, 4 * count)),
    ids: idAt === undefined ? new Float64Array(count) : new Float64Array(bytes(idAt, 8 * count)),
    densities: densities.map(({ layer, text, channel = -1, total: all, at: from }) => ({
      layer,
      text,
      channel,
      total: all,
      counts: new Uint32Array(bytes(from, 4 * columns)),
    })),
    revision: reply.revision ?? 0,
  };
}
