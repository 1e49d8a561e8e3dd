/** Which mark is at a point of the plot. */
import type { AnnotationSet } from "../data/types.ts";
import { type Layout, stripRow } from "../math/layout.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { DrawnLane } from "./lanes.ts";
import { rowsOf } from "./shownmarks.ts";

export interface MarkHit {
  /** In the set of marks. */
  index: number;
  /** A band is taken at its edges only if it is selected. */
  part: "moment" | "body" | "start" | "end";
}

/** What is on screen. */
export interface Drawn {
  state: ViewState;
  box: Layout;
  drawn: readonly DrawnLane[];
}

/** Top and height in CSS pixels of the plot. */
export type Row = readonly [top: number, height: number];

/** Shorter marks are taken as moments (CSS pixels). */
const SHORT = 6;
/** Marks that cannot be changed come after all others. */
const LAST = 1e6;

/** The part of the lanes in which marks of a channel are, of all with -1; null if in none. */
export function laneRow(channel: number, { box, drawn }: Drawn): Row | null {
  if (channel < 0) return [box.lanesTop, box.lanesHeight];
  const lane = drawn.find((one) => one.channel.index === channel);
  return lane ? [box.lanesTop + lane.top, lane.height] : null;
}

/** Where each mark of a set is: in the row of its layer and in the lanes, or in its lane. */
export function placesOf(set: AnnotationSet, where: Drawn): (index: number) => Row[] {
  const { marks } = where.state;
  const rows = rowsOf(set, marks);
  return (index) => {
    const layer = set.layers[set.layer[index] as number];
    const text = set.texts[set.text[index] as number] ?? "";
    if (!layer || !marks.isLayerShown(layer.name) || !marks.isTextShown(text)) return [];
    const lane = laneRow(set.channel[index] as number, where);
    const row = stripRow(where.box, rows.get(set.layer[index] as number) ?? 0);
    return [...(row[1] > 0 ? [row] : []), ...(lane ? [lane] : [])];
  };
}

/** Position of a time, in CSS pixels of the plot. */
export function xOfTime(t: number, { state, box }: Drawn): number {
  return ((t - state.t0) / (state.t1 - state.t0)) * box.plotWidth;
}

/** The mark at a point; of several, the nearest moment, else the shortest band. */
export function markAt(
  set: AnnotationSet,
  where: Drawn,
  [x, y]: readonly [number, number],
  reach: number,
  { selected, locked }: { selected: ReadonlySet<number>; locked(index: number): boolean },
): MarkHit | null {
  let best: MarkHit | null = null;
  let least = Number.POSITIVE_INFINITY;
  const offer = (index: number, part: MarkHit["part"], distance: number): void => {
    const rank = distance + (locked(index) ? LAST : 0);
    if (rank >= least) return;
    least = rank;
    best = { index, part };
  };
  const places = placesOf(set, where);
  for (let k = 0; k < set.count; k++) {
    const from = xOfTime(set.onsets[k] as number, where);
    const to = xOfTime((set.onsets[k] as number) + (set.durations[k] as number), where);
    if (x < from - reach || x > to + reach) continue;
    if (!places(k).some(([top, height]) => y >= top && y < top + height)) continue;
    const chosen = selected.has(set.ids[k] as number);
    if (to - from < SHORT) offer(k, "moment", Math.abs(x - (from + to) / 2));
    else if (chosen && Math.abs(x - from) <= reach) offer(k, "start", Math.abs(x - from));
    else if (chosen && Math.abs(x - to) <= reach) offer(k, "end", Math.abs(x - to));
    else if (x >= from && x < to) offer(k, "body", reach + to - from);
  }
  return best;
}

/** The marks that a rectangle of time and height touches. */
export function marksWithin(
  set: AnnotationSet,
  where: Drawn,
  [t0, t1]: readonly [number, number],
  [y0, y1]: readonly [number, number],
): number[] {
  const places = placesOf(set, where);
  const found: number[] = [];
  for (let k = 0; k < set.count; k++) {
    const onset = set.onsets[k] as number;
    if (onset > t1 || onset + (set.durations[k] as number) < t0) continue;
    const touched = places(k).some(([top, height]) => top < y1 && top + height > y0);
    if (touched) found.push(set.ids[k] as number);
  }
  return found;
}
