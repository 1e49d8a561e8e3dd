/** The annotations of a window, selected if there are too many; as the kernel does. */

export interface MarkTable {
  onsets: Float64Array;
  durations: Float64Array;
  text: Int32Array;
  channel: Int32Array;
}

/** Reads the columns of `count` annotations. */
export function markTable(bytes: DataView, count: number): MarkTable {
  const at = bytes.byteOffset;
  const buffer = bytes.buffer as ArrayBuffer;
  return {
    onsets: new Float64Array(buffer, at, count),
    durations: new Float64Array(buffer, at + 8 * count, count),
    text: new Int32Array(buffer, at + 16 * count, count),
    channel: new Int32Array(buffer, at + 20 * count, count),
  };
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
 * At most `limit` of the annotations. Those with a rare text are kept, as long as they are at most
 * half of the limit; the others are selected evenly.
 */
export function selected(indices: readonly number[], text: Int32Array, limit: number): number[] {
  if (indices.length <= limit) return [...indices];
  const counts = countsOf(indices, text);
  const sizes = [...new Set(counts.values())].sort((a, b) => a - b);
  let largest = 0;
  let sum = 0;
  for (const size of sizes) {
    sum += [...counts.values()].filter((count) => count === size).length * size;
    if (sum > limit / 2) break;
    largest = size;
  }
  const isRare = (k: number): boolean => (counts.get(text[k] as number) ?? 0) <= largest;
  const rare = indices.filter(isRare);
  const others = indices.filter((k) => !isRare(k));
  const room = Math.max(1, Math.floor(limit) - rare.length);
  const step = room > 1 ? (others.length - 1) / (room - 1) : 0;
  const picked = Array.from({ length: room }, (_, n) => others[Math.round(n * step)] as number);
  return [...rare, ...picked].sort((a, b) => a - b);
}

/** Number of annotations of each text. */
export function countsOf(indices: readonly number[], text: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const k of indices) {
    const code = text[k] as number;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}
