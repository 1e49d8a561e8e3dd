import type { Values } from "../math/pieces.ts";
import { ARRAYS } from "./protocol.ts";
import type { Part } from "./types.ts";

/** Values are stored as float32 if its resolution is better than 1/16384 of their span. */
const FLOAT32_REACH = 1024;
/** Limits of the magnitude of values that are stored as float32. */
const FLOAT32_MAX = 3.4e38;
const FLOAT32_MIN = 1e-31;

/** Minima and maxima in physical units; the same array twice for samples (bin 1). */
export function decodePart(part: Part, buffer: DataView): [Values, Values] {
  const { count, bin, gain, offset } = part;
  const native = nativeValues(part, buffer);
  if (bin === 1) {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const value = native[i] as number;
      values[i] = value === part.missing ? Number.NaN : value * gain + offset;
    }
    return [values, values];
  }
  const first = new Float64Array(count);
  const second = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const low = native[i] as number;
    const high = native[count + i] as number;
    const exists = low <= high;
    first[i] = exists ? low * gain + offset : Number.NaN;
    second[i] = exists ? high * gain + offset : Number.NaN;
  }
  return gain < 0 ? narrowed(second, first) : narrowed(first, second);
}

function nativeValues(
  part: Part,
  buffer: DataView,
): InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]> {
  const Kind = ARRAYS[part.dtype as keyof typeof ARRAYS];
  if (!Kind) throw new Error(`unknown data type ${part.dtype} in a reply`);
  const length = part.count * (part.bin === 1 ? 1 : 2);
  const bytes = length * Kind.BYTES_PER_ELEMENT;
  if (part.at < 0 || part.at + bytes > buffer.byteLength) {
    throw new RangeError(
      `a part of ${bytes} bytes at byte ${part.at} exceeds the buffer of ${buffer.byteLength} bytes`,
    );
  }
  const at = buffer.byteOffset + part.at;
  const source = buffer.buffer as ArrayBuffer;
  // A typed array must start at a multiple of its item size; a view into a message may not.
  if (at % Kind.BYTES_PER_ELEMENT !== 0) return new Kind(source.slice(at, at + bytes));
  return new Kind(source, at, length);
}

function narrowed(lo: Float64Array, hi: Float64Array): [Values, Values] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < lo.length; i++) {
    const low = lo[i] as number;
    const high = hi[i] as number;
    if (low < least && low !== Number.NEGATIVE_INFINITY) least = low;
    if (high > most && high !== Number.POSITIVE_INFINITY) most = high;
  }
  const largest = Math.max(Math.abs(least), Math.abs(most));
  if (least <= most) {
    if (largest > FLOAT32_MAX || largest > FLOAT32_REACH * (most - least)) return [lo, hi];
    if (largest > 0 && largest < FLOAT32_MIN) return [lo, hi];
  }
  return [new Float32Array(lo), new Float32Array(hi)];
}
