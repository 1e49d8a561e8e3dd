/** Epochs: periods of equal length, numbered from 1, and paging that is snapped to them. */
import type { Range } from "./scale.ts";

export interface Epochs {
  /** Seconds. */
  length: number;
  /** Start of epoch 1 in seconds from the start of the recording. */
  start: number;
}

/** Rounding errors of times, as a share of an epoch. */
const TOLERANCE = 1e-6;

/** Number of the epoch that contains a time; below 1 before the first epoch. */
export function epochAt({ length, start }: Epochs, t: number): number {
  return Math.floor((t - start) / length + TOLERANCE) + 1;
}

export function epochStart({ length, start }: Epochs, number: number): number {
  return start + (number - 1) * length;
}

/** Number of epochs up to the end of the recording; the last one may be incomplete. */
export function epochCount({ length, start }: Epochs, duration: number): number {
  return Math.max(0, Math.ceil((duration - start) / length - TOLERANCE));
}

/**
 * The window one page before (-1) or after (1) another one. It starts with an epoch, and a page is
 * as many whole epochs as the window has; windows shorter than an epoch are not snapped.
 */
export function pageOf(epochs: Epochs | null, [t0, t1]: Range, pages: number): Range {
  const span = t1 - t0;
  const whole = epochs ? Math.floor(span / epochs.length + TOLERANCE) : 0;
  if (!epochs || whole < 1) return [t0 + pages * span, t1 + pages * span];
  const { length, start } = epochs;
  const position = (t0 - start) / length;
  // A window between two epochs counts as the one it comes from.
  const from = pages > 0 ? Math.floor(position + TOLERANCE) : Math.ceil(position - TOLERANCE);
  const first = start + (from + pages * whole) * length;
  return [first, first + span];
}

/** The window of the same length that starts with the epoch nearest to its start. */
export function snapped({ length, start }: Epochs, [t0, t1]: Range): Range {
  const first = start + Math.round((t0 - start) / length) * length;
  return [first, first + t1 - t0];
}
