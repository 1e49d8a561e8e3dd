/** Bins of a channel from the levels that a page contains. */
import { decodePart } from "../data/decode.ts";
import type { Part } from "../data/types.ts";
import type { Chunk, Unpacker } from "./document.ts";

/** A part of a reply, with its bytes. */
export interface Found {
  part: Part;
  bytes: DataView;
}

/**
 * The bins `[b0, b1)` of size `bin` as far as they are contained. Bins that are not contained are
 * computed from smaller ones; the next larger ones are added.
 */
export async function found(
  chunks: readonly Chunk[],
  bin: number,
  b0: number,
  b1: number,
  unpacker: Unpacker,
): Promise<Found[]> {
  const inside = ({ part }: Chunk, from: number, to: number): boolean =>
    part.first * part.bin < to && (part.first + part.count) * part.bin > from;
  const [from, to] = [b0 * bin, b1 * bin];
  const own = chunks.filter((chunk) => chunk.part.bin === bin && inside(chunk, from, to));
  const parts = await Promise.all(
    own.map(async ({ part, ...packed }) => ({ part, bytes: await unpacker.bytes(packed) })),
  );
  const covered = own.reduce((sum, { part }) => sum + overlap(part, from, to), 0);
  if (covered >= to - from) return parts;
  const near = chunks.filter((chunk) => inside(chunk, from, to));
  const sizes = near.map(({ part }) => part.bin);
  const finer = Math.max(...sizes.filter((size) => size < bin));
  for (const { part, ...packed } of near.filter((chunk) => chunk.part.bin === finer)) {
    const made = merged(part, await unpacker.bytes(packed), bin);
    if (made) parts.push(made);
  }
  // Larger bins are drawn where there are no others, as long as they are narrow.
  const coarser = Math.min(...sizes.filter((size) => size > bin));
  for (const { part, ...packed } of near.filter((chunk) => chunk.part.bin === coarser)) {
    parts.push({ part, bytes: await unpacker.bytes(packed) });
  }
  return parts;
}

function overlap({ first, count, bin }: Part, from: number, to: number): number {
  return Math.max(0, Math.min((first + count) * bin, to) - Math.max(first * bin, from));
}

/** The whole bins of size `bin` that a part of smaller ones covers; null if there are none. */
function merged(part: Part, bytes: DataView, bin: number): Found | null {
  const factor = bin / part.bin;
  const first = Math.ceil(part.first / factor);
  const end = part.first + part.count;
  const count = Math.floor(end / factor) - first;
  if (count <= 0) return null;
  const [lo, hi] = decodePart(part, bytes);
  const values = new Float64Array(2 * count).fill(Number.NaN);
  const from = first * factor - part.first;
  for (let k = 0; k < count * factor; k++) {
    const at = Math.floor(k / factor);
    const [low, high] = [lo[from + k] as number, hi[from + k] as number];
    if (Number.isNaN(low) || Number.isNaN(high)) continue;
    if (!((values[at] as number) <= low)) values[at] = low;
    if (!((values[count + at] as number) >= high)) values[count + at] = high;
  }
  const made = { ...part, bin, first, count, dtype: "float64", at: 0, gain: 1, offset: 0 };
  return { part: { ...made, missing: null }, bytes: new DataView(values.buffer) };
}
