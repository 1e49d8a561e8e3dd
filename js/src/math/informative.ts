/** Whether a signal says something about the whole recording. */

/** Least share of the columns whose values differ from those before. */
const CHANGES = 0.01;
/** Of a counter or a ramp, more than this share of the changes go in one direction. */
const ONE_WAY = 0.9;

/**
 * False for nothing, for a constant, for a status that rarely changes, and for a counter or a ramp.
 * `lo` and `hi` are the extremes of consecutive pieces of the signal, NaN where there are none;
 * `serve/overviewchoice.py` decides in the same way.
 */
export function isInformative(
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
  length = lo.length,
): boolean {
  return varies(lo, length) || varies(hi, length);
}

function varies(values: ArrayLike<number>, length: number): boolean {
  let before = Number.NaN;
  let [known, up, down] = [0, 0, 0];
  for (let k = 0; k < length; k++) {
    const value = values[k] as number;
    if (!Number.isFinite(value)) continue;
    known += 1;
    if (value > before) up += 1;
    else if (value < before) down += 1;
    before = value;
  }
  const changes = up + down;
  return changes >= Math.max(2, CHANGES * known) && Math.max(up, down) <= ONE_WAY * changes;
}
