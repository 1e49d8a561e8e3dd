/** Where channels have samples. */
import { runEnd, type TimeBase } from "./timebase.ts";

export const [NONE, SOME, ALL] = [0, 1, 2] as const;

/**
 * For each of `width` columns between 0 and `duration`, whether no, some or all time bases have
 * samples in it. Less than a sample is not a gap: channels of different rates cannot begin and end
 * at the same time.
 */
export function coverage(
  timebases: readonly TimeBase[],
  duration: number,
  width: number,
): Uint8Array {
  const counts = new Uint32Array(width);
  const perSecond = width / duration;
  for (const tb of timebases) {
    const { starts, onsets, fs } = tb;
    const own = new Uint8Array(width);
    for (let r = 0; r < starts.length; r++) {
      const onset = onsets[r] as number;
      const end = onset + (runEnd(tb, r) - (starts[r] as number)) / fs;
      const from = onset > 1 / fs ? onset : 0;
      const to = duration - end > 1 / fs ? end : duration;
      own.fill(1, Math.floor(from * perSecond), Math.ceil(to * perSecond));
    }
    for (let c = 0; c < width; c++) counts[c] = (counts[c] as number) + (own[c] as number);
  }
  return Uint8Array.from(counts, (n) => (n === 0 ? NONE : n < timebases.length ? SOME : ALL));
}
