import type { Demand } from "./demand.ts";

/** Prefetching starts when the view has not changed for this time (ms). */
export const QUIET = 120;

/** The windows that the user may want next: to the right, to the left, and one level out. */
export function neighbours(demand: Demand, duration: number): Demand[] {
  const { t0, t1 } = demand;
  const span = t1 - t0;
  const windows: [number, number][] = [
    [t1, t1 + span],
    [t0 - span, t0],
    4 * span < duration ? [t0 - 1.5 * span, t1 + 1.5 * span] : [0, duration],
  ];
  return windows
    .filter(([from, to]) => from < to && from < duration && to > 0)
    .map(([from, to]) => ({ ...demand, t0: from, t1: to, purpose: "prefetch" }));
}
