import type { Demand } from "./demand.ts";

/** Prefetching starts when the view has not changed for this time (ms). */
export const QUIET = 120;

/**
 * What the user may want next: the lanes above and below, then the windows to the right, to the
 * left, and one level out.
 */
export function neighbours(demand: Demand, duration: number): Demand[] {
  const { t0, t1 } = demand;
  const span = t1 - t0;
  const windows: [number, number][] = [
    [t1, t1 + span],
    [t0 - span, t0],
    4 * span < duration ? [t0 - 1.5 * span, t1 + 1.5 * span] : [0, duration],
  ];
  const prefetch = { ...demand, nearby: [], purpose: "prefetch" };
  const { nearby = [] } = demand;
  const lanes = nearby.length > 0 ? [{ ...prefetch, channels: nearby }] : [];
  const moves = windows
    .filter(([from, to]) => from < to && from < duration && to > 0)
    .map(([from, to]) => ({ ...prefetch, t0: from, t1: to }));
  return [...lanes, ...moves];
}
