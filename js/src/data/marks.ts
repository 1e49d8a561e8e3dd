/** Replies about marks: layers, the legend, rows of the list, and a mark that was found. */
import type { Legend, Mark, MarkLayer } from "./types.ts";

export interface SentLayer {
  name: string;
  reader: string;
  read_only: boolean;
}

/** Without a kernel, all marks are those of the file. */
const OF_FILE: MarkLayer = { name: "file", reader: "", readOnly: true };

export function layersOf(sent: readonly SentLayer[] | undefined): MarkLayer[] {
  return sent?.map(layerOf) ?? [OF_FILE];
}

function layerOf({ name, reader, read_only: readOnly }: SentLayer): MarkLayer {
  return { name, reader, readOnly };
}

interface LegendReply extends Omit<Legend, "layers"> {
  layers: (SentLayer & { count: number; everywhere: number; texts: [string, number][] })[];
}

export function parseLegend(reply: LegendReply): Legend {
  const { notes, reader, blind, revision, undo, redo } = reply;
  const layers = reply.layers.map(({ count, everywhere, texts, ...sent }) => ({
    ...layerOf(sent),
    count,
    everywhere,
    texts,
  }));
  return { layers, notes, reader, blind, revision, undo, redo };
}

interface ListReply {
  first: number;
  count: number;
  total: number;
  texts: string[];
  layers: SentLayer[];
  at: number;
}

/** Decodes n float64 ids, onsets, durations, times, then n int32 texts, comments, channels, layers. */
export function parseRows(reply: ListReply, buffer: DataView): Mark[] {
  const { count, texts, at } = reply;
  if (at + 48 * count > buffer.byteLength) {
    throw new RangeError(`${count} rows exceed the buffer of ${buffer.byteLength} bytes`);
  }
  const layers = layersOf(reply.layers);
  const float = (column: number, k: number): number =>
    buffer.getFloat64(at + 8 * (column * count + k), true);
  const integer = (column: number, k: number): number =>
    buffer.getInt32(at + 32 * count + 4 * (column * count + k), true);
  return Array.from({ length: count }, (_, k) => ({
    id: float(0, k),
    onset: float(1, k),
    duration: float(2, k),
    changed: float(3, k),
    text: texts[integer(0, k)] ?? "",
    comment: texts[integer(1, k)] ?? "",
    channel: integer(2, k),
    layer: layers[integer(3, k)] ?? OF_FILE,
  }));
}

interface FoundMark extends Omit<Mark, "layer" | "changed"> {
  layer: string;
}

export function parseFound({ mark }: { mark: FoundMark | null }): Mark | null {
  if (!mark) return null;
  return { ...mark, layer: { ...OF_FILE, name: mark.layer }, changed: 0 };
}
