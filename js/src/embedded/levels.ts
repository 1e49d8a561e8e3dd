/** Bins of a channel from the levels that a page contains. */
import { decodePart } from "../data/decode.ts";
import type { Part } from "../data/types.ts";
import type { Range } from "../math/scale.ts";
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
  const [from, to] = [b0 * bin, b1 * bin];
  const [own, complete] = chosen(chunks, bin, from, to);
  const parts = await Promise.all(
    own.map(async ({ part, ...packed }) => ({ part, bytes: await unpacker.bytes(packed) })),
  );
  if (complete) return parts;
  const sizes = chunks
    .filter(({ part }) => uncovered([], extent(part, from, to)) > 0)
    .map(({ part }) => part.bin);
  const finer = Math.max(...sizes.filter((size) => size < bin));
  for (const { part, ...packed } of chosen(chunks, finer, from, to)[0]) {
    const made = merged(part, await unpacker.bytes(packed), bin);
    if (made) parts.push(made);
  }
  // Larger bins are drawn where there are no others, as long as they are narrow.
  const coarser = Math.min(...sizes.filter((size) => size > bin));
  for (const { part, ...packed } of chosen(chunks, coarser, from, to)[0]) {
    parts.push({ part, bytes: await unpacker.bytes(packed) });
  }
  return parts;
}

/**
 * The chunks of a size that contain the samples `[from, to)`, and whether they contain all of them.
 * What is contained twice is taken from the chunk that comes first: the browser reads it sooner.
 */
function chosen(
  chunks: readonly Chunk[],
  bin: number,
  from: number,
  to: number,
): [Chunk[], boolean] {
  const ranges: Range[] = [];
  const taken = chunks.filter(({ part }) => {
    const range = extent(part, from, to);
    if (part.bin !== bin || uncovered(ranges, range) <= 0) return false;
    ranges.push(range);
    return true;
  });
  return [taken, uncovered(ranges, [from, to]) <= 0];
}

/** The samples in `[from, to)` of a part. */
function extent({ first, count, bin }: Part, from: number, to: number): Range {
  return [Math.max(first * bin, from), Math.min((first + count) * bin, to)];
}

/** The number of samples in `[from, to)` that are in none of the ranges. */
function uncovered(ranges: readonly Range[], [from, to]: Range): number {
  let [at, missing] = [from, 0];
  for (const [first, stop] of [...ranges].sort((a, b) => a[0] - b[0])) {
    missing += Math.max(0, Math.min(first, to) - at);
    at = Math.max(at, Math.min(stop, to));
  }
  return missing + Math.max(0, to - at);
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
