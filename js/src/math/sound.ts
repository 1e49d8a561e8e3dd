/** A trace as sound: its amplitude as pitch, silence where there is no value. */
import { between, shareBelow } from "./scale.ts";

/** Pitch of the lower and the upper limit of a lane (Hz): two octaves that small speakers play. */
export const PITCH: readonly [number, number] = [220, 880];
/** The loudest that is played, of 1. */
const LOUDNESS = 0.12;
/** Shortest and longest sound of a window (s). */
const SHORTEST = 1;
const LONGEST = 8;

export interface Melody {
  /** Hz of each step. */
  pitch: Float32Array;
  /** 0 to 1 of each step. */
  loudness: Float32Array;
}

/** Seconds that a window takes: its own length if that can be listened to. */
export function soundSeconds(span: number): number {
  return Math.max(SHORTEST, Math.min(span, LONGEST));
}

/**
 * Pitch and loudness of columns with minima and maxima, in `steps` equal steps. Equal differences of
 * amplitude are equal intervals. Of the values in a step, the one farthest from those before is
 * heard, so that a spike is not lost.
 */
export function melodyOf(
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
  count: number,
  [min, max]: readonly [number, number],
  steps: number,
): Melody {
  const pitch = new Float32Array(steps);
  const loudness = new Float32Array(steps);
  const [low, high] = PITCH.map(Math.log2) as [number, number];
  let value = Number.NaN;
  for (let k = 0; k < steps; k++) {
    const from = Math.floor((k * count) / steps);
    const to = Math.max(from + 1, Math.floor(((k + 1) * count) / steps));
    value = farthest(lo, hi, from, Math.min(to, count), value);
    const heard = Number.isFinite(value);
    const height = max > min ? 1 - shareBelow(min, max, value) : 0;
    const share = heard ? Math.max(0, Math.min(height, 1)) : 0;
    pitch[k] = 2 ** between(low, high, share);
    loudness[k] = heard ? LOUDNESS : 0;
  }
  return { pitch, loudness };
}

/** The value of columns `from` to `to` that is farthest from `before`; NaN if there is none. */
function farthest(
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
  from: number,
  to: number,
  before: number,
): number {
  let found = Number.NaN;
  let most = -1;
  for (let c = from; c < to; c++) {
    for (const value of [lo[c] as number, hi[c] as number]) {
      if (!Number.isFinite(value)) continue;
      const away = Number.isFinite(before) ? Math.abs(value - before) : 0;
      if (away > most) [most, found] = [away, value];
    }
  }
  return found;
}
