/** Where the next sample, beat, event or epoch is. */
import { spanText } from "../math/clock.ts";
import { epochAt, epochCount } from "../math/epochs.ts";
import { BEAT_CODES, stepEpoch, stepSamples } from "../math/steps.ts";
import type { DrawnLane } from "../plot/lanes.ts";
import type { Session } from "../plot/session.ts";

export const UNITS = ["sample", "beat", "event", "epoch"] as const;
export type Unit = (typeof UNITS)[number];

export interface Target {
  /** Null if there is no further one. */
  t: number | null;
  /** What is to be said about the step. */
  note: string;
}

/** Units that can be stepped by: epochs only if there are any. */
export function unitsOf({ state }: Session): Unit[] {
  return UNITS.filter((unit) => unit !== "epoch" || state.epochs !== null);
}

/** One step from a time; samples closer than a pixel are stepped over. */
export async function stepFrom(
  session: Session,
  lane: DrawnLane | null,
  t: number,
  by: -1 | 1,
  unit: Unit,
  pixel: number,
): Promise<Target> {
  const { state, source } = session;
  const end: Target = { t: null, note: by > 0 ? `no later ${unit}` : `no earlier ${unit}` };
  if (unit === "epoch") {
    if (!state.epochs) return { t: null, note: "epochs are off; E switches them on" };
    const start = stepEpoch(state.epochs, t, by, state.duration);
    if (start === null) return end;
    const count = epochCount(state.epochs, state.duration);
    return { t: start, note: `epoch ${epochAt(state.epochs, start)} of ${count}` };
  }
  if (unit === "sample") {
    if (!lane) return end;
    const { timebase, fs } = lane.channel;
    const step = stepSamples(timebase, t, by * Math.max(1, Math.round(pixel * fs)));
    if (!step) return end;
    return { t: step.t, note: step.gap > 0 ? `after a gap of ${spanText(step.gap)}` : "" };
  }
  const texts = unit === "beat" ? BEAT_CODES : null;
  // Marks closer than the rounding of times are the same place.
  const { mark, error } = await source.findMark(t + by * 1e-6, by > 0, { texts });
  if (error !== "") return { t: null, note: error };
  return mark ? { t: mark.onset, note: "" } : end;
}
