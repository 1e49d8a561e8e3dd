/** Answers the requests about marks from those that a page contains; as the kernel does. */
import type { Description, MarkFilter, SortKey } from "../data/types.ts";
import type { EmbeddedDocument, Unpacker } from "./document.ts";

type Annotations = NonNullable<EmbeddedDocument["annotations"]>;
type Reply = [content: object, buffers: DataView[]];

/** A request about marks. */
export interface MarkRequest extends MarkFilter {
  kind: string;
  t0: number;
  t1: number;
  limit: number;
  columns?: number;
  t: number;
  forwards: boolean;
  first: number;
  count: number;
  sort: SortKey;
  descending: boolean;
  search: string;
}

export interface MarkTable {
  onsets: Float64Array;
  durations: Float64Array;
  text: Int32Array;
  channel: Int32Array;
  layer: Int32Array;
}

const OF_FILE = [{ name: "file", reader: "", read_only: true }];
const NONE: Annotations = { count: 0, texts: [], at: 0, length: 0 };

/** Reads the columns of `count` marks; a page without layers has only those of the file. */
export function markTable(bytes: DataView, count: number): MarkTable {
  const at = bytes.byteOffset;
  const buffer = bytes.buffer as ArrayBuffer;
  const layered = bytes.byteLength >= 28 * count;
  return {
    onsets: new Float64Array(buffer, at, count),
    durations: new Float64Array(buffer, at + 8 * count, count),
    text: new Int32Array(buffer, at + 16 * count, count),
    channel: new Int32Array(buffer, at + 20 * count, count),
    layer: layered ? new Int32Array(buffer, at + 24 * count, count) : new Int32Array(count),
  };
}

export class EmbeddedMarks {
  readonly #annotations: Annotations;
  readonly #description: Description;
  readonly #read: () => Promise<MarkTable>;
  #table: Promise<MarkTable> | null = null;

  constructor(annotations: Annotations | null, description: Description, unpacker: Unpacker) {
    this.#annotations = annotations ?? NONE;
    this.#description = description;
    this.#read = async () =>
      annotations
        ? markTable(await unpacker.bytes(annotations), annotations.count)
        : markTable(new DataView(new ArrayBuffer(0)), 0);
  }

  /** The reply to a request; null if it is not about marks. */
  async answer(request: MarkRequest): Promise<Reply | null> {
    const answers: Record<string, (request: MarkRequest, table: MarkTable) => Reply> = {
      annotations: (asked, table) => this.#window(asked, table),
      find: (asked, table) => this.#find(asked, table),
      list: (asked, table) => this.#list(asked, table),
      legend: (_, table) => this.#legend(table),
    };
    const answer = answers[request.kind];
    if (!answer) return null;
    this.#table ??= this.#read();
    return answer(request, await this.#table);
  }

  get #layers() {
    return this.#annotations.layers ?? OF_FILE;
  }

  #textOf(code: number): string {
    return this.#annotations.texts[code] ?? "";
  }

  #chosen(indices: readonly number[], table: MarkTable, filter: MarkFilter): number[] {
    const { layers = null, texts = null, channels = null, without = [] } = filter;
    return indices.filter((k) => {
      const text = this.#textOf(table.text[k] as number);
      const layer = this.#layers[table.layer[k] as number]?.name ?? "";
      return (
        (layers?.includes(layer) ?? true) &&
        (texts?.includes(text) ?? true) &&
        (channels?.includes(table.channel[k] as number) ?? true) &&
        !without.includes(text)
      );
    });
  }

  #window(request: MarkRequest, table: MarkTable): Reply {
    const { t0, t1, limit, columns = 0 } = request;
    const within = this.#chosen(overlapping(table, t0, t1), table, request);
    const groups = groupsOf(within, table);
    const shown = selected(within, groups, limit);
    const numbers = countsOf(within, table.text);
    const { texts } = this.#annotations;
    const sent = countsOf(shown, groups);
    const partial = [...countsOf(within, groups)].filter(([code, all]) => sent.get(code) !== all);
    const bytes = new Columns();
    const at = bytes.add(Float64Array, pick(table.onsets, shown));
    bytes.add(Float64Array, pick(table.durations, shown));
    bytes.add(Int32Array, pick(table.text, shown));
    bytes.add(Int32Array, pick(table.channel, shown));
    const layerAt = bytes.add(Int32Array, pick(table.layer, shown));
    const idAt = bytes.add(
      Float64Array,
      shown.map((k) => -1 - k),
    );
    const densities = partial.map(([code, total]) => {
      const members = within.filter((k) => groups[k] === code);
      const [one = 0] = members;
      const counts = new Array<number>(columns).fill(0);
      for (const k of members) {
        const column = Math.floor((((table.onsets[k] as number) - t0) * columns) / (t1 - t0));
        const inside = Math.max(0, Math.min(column, columns - 1));
        counts[inside] = (counts[inside] as number) + 1;
      }
      return {
        layer: table.layer[one],
        text: this.#textOf(table.text[one] as number),
        channel: table.channel[one],
        total,
        at: bytes.add(Uint32Array, counts),
      };
    });
    return [
      {
        ...{ count: shown.length, total: within.length, texts, at, pending: false },
        counts: texts.map((_, code) => numbers.get(code) ?? 0),
        ...{ layers: this.#layers, layer_at: layerAt, id_at: idAt },
        columns,
        densities: columns > 0 ? densities : [],
      },
      [bytes.view()],
    ];
  }

  /** The first mark after a time, or the last before. */
  #find(request: MarkRequest, table: MarkTable): Reply {
    const { t, forwards } = request;
    const all = this.#searched(table, request);
    const onset = (k: number): number => table.onsets[k] as number;
    const found = forwards ? all.find((k) => onset(k) > t) : all.findLast((k) => onset(k) < t);
    if (found === undefined) return [{ mark: null }, []];
    const mark = {
      id: -1 - found,
      onset: table.onsets[found],
      duration: table.durations[found],
      text: this.#textOf(table.text[found] as number),
      channel: table.channel[found],
      layer: this.#layers[table.layer[found] as number]?.name ?? "",
      comment: "",
    };
    return [{ mark }, []];
  }

  #names(table: MarkTable): Record<"text" | "layer" | "channel", (k: number) => string> {
    return {
      text: (k) => this.#textOf(table.text[k] as number),
      layer: (k) => this.#layers[table.layer[k] as number]?.name ?? "",
      channel: (k) => this.#description.channels[table.channel[k] as number]?.name ?? "",
    };
  }

  /** The chosen marks that contain the wanted text. */
  #searched(table: MarkTable, request: MarkRequest): number[] {
    const all = this.#chosen([...table.onsets.keys()], table, request);
    const wanted = (request.search ?? "").toLowerCase();
    if (wanted === "") return all;
    const names = Object.values(this.#names(table));
    return all.filter((k) => names.some((name) => name(k).toLowerCase().includes(wanted)));
  }

  #list(request: MarkRequest, table: MarkTable): Reply {
    const { first, count, sort, descending } = request;
    const all = this.#searched(table, request);
    const named = this.#names(table)[sort as "text" | "layer" | "channel"];
    if (named) all.sort((a, b) => named(a).localeCompare(named(b)) || a - b);
    else if (sort === "duration") {
      all.sort((a, b) => (table.durations[a] as number) - (table.durations[b] as number) || a - b);
    }
    if (descending) all.reverse();
    const rows = all.slice(first, first + count);
    const bytes = new Columns();
    const zeros = rows.map(() => 0);
    const at = bytes.add(
      Float64Array,
      rows.map((k) => -1 - k),
    );
    bytes.add(Float64Array, pick(table.onsets, rows));
    bytes.add(Float64Array, pick(table.durations, rows));
    bytes.add(Float64Array, zeros);
    bytes.add(Int32Array, pick(table.text, rows));
    // Pages have no comments: this is beyond the texts.
    bytes.add(
      Int32Array,
      rows.map(() => this.#annotations.texts.length),
    );
    bytes.add(Int32Array, pick(table.channel, rows));
    bytes.add(Int32Array, pick(table.layer, rows));
    const { texts } = this.#annotations;
    const about = { first, count: rows.length, total: all.length, texts, layers: this.#layers };
    return [{ ...about, at, revision: 0, pending: false }, [bytes.view()]];
  }

  #legend(table: MarkTable): Reply {
    const all = [...table.onsets.keys()];
    const layers = this.#layers.map((layer, number) => {
      const own = all.filter((k) => table.layer[k] === number);
      const texts = [...countsOf(own, table.text)]
        .sort((a, b) => b[1] - a[1])
        .map(([code, count]) => [this.#textOf(code), count]);
      const everywhere = own.filter((k) => table.channel[k] === -1).length;
      return { ...layer, count: own.length, everywhere, texts };
    });
    const state = { notes: [], reader: "", blind: false, revision: 0, undo: 0, redo: 0 };
    return [{ layers: layers.filter(({ count }) => count > 0), ...state, pending: false }, []];
  }
}

const pick = (column: Float64Array | Int32Array, indices: readonly number[]): number[] =>
  indices.map((k) => column[k] as number);

/** A buffer of columns, without gaps where their values have 4 or 8 bytes. */
class Columns {
  readonly #parts: (Float64Array | Int32Array | Uint32Array)[] = [];
  #size = 0;

  /** Appends a column and returns where it is. */
  add(
    kind: { from(values: readonly number[]): Float64Array | Int32Array | Uint32Array },
    values: readonly number[],
  ): number {
    const part = kind.from(values);
    const at = this.#size;
    this.#parts.push(part);
    this.#size += part.byteLength;
    return at;
  }

  view(): DataView {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const { buffer, byteLength } of this.#parts) {
      bytes.set(new Uint8Array(buffer, 0, byteLength), at);
      at += byteLength;
    }
    return new DataView(bytes.buffer);
  }
}

/** A number for each mark that those of the same layer, text and channel share. */
function groupsOf(indices: readonly number[], { layer, text, channel }: MarkTable): Int32Array {
  const codes = new Map<string, number>();
  const groups = new Int32Array(text.length);
  for (const k of indices) {
    const name = `${layer[k]}/${text[k]}/${channel[k]}`;
    const code = codes.get(name) ?? codes.size;
    codes.set(name, code);
    groups[k] = code;
  }
  return groups;
}

/** Indices of the annotations that overlap `[t0, t1)`. */
export function overlapping({ onsets, durations }: MarkTable, t0: number, t1: number): number[] {
  const found: number[] = [];
  for (let k = 0; k < onsets.length; k++) {
    const onset = onsets[k] as number;
    if (onset >= t1) break;
    if (onset >= t0 || onset + (durations[k] as number) > t0) found.push(k);
  }
  return found;
}

/**
 * At most `limit` of the annotations. Those of a rare group are kept, as long as they are at most
 * half of the limit; the others are selected evenly.
 */
export function selected(indices: readonly number[], group: Int32Array, limit: number): number[] {
  if (indices.length <= limit) return [...indices];
  const counts = countsOf(indices, group);
  const sizes = [...new Set(counts.values())].sort((a, b) => a - b);
  let largest = 0;
  let sum = 0;
  for (const size of sizes) {
    sum += [...counts.values()].filter((count) => count === size).length * size;
    if (sum > limit / 2) break;
    largest = size;
  }
  const isRare = (k: number): boolean => (counts.get(group[k] as number) ?? 0) <= largest;
  const rare = indices.filter(isRare);
  const others = indices.filter((k) => !isRare(k));
  const room = Math.max(1, Math.floor(limit) - rare.length);
  const step = room > 1 ? (others.length - 1) / (room - 1) : 0;
  const picked = Array.from({ length: room }, (_, n) => others[Math.round(n * step)] as number);
  return [...rare, ...picked].sort((a, b) => a - b);
}

/** Number of annotations of each text or group. */
export function countsOf(indices: readonly number[], codes: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const k of indices) {
    const code = codes[k] as number;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}
