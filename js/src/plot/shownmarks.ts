/** The groups of marks that are shown in a window, with their numbers in each pixel column. */
import type { AnnotationSet } from "../data/types.ts";
import { countColumns, coverColumns, groupsOf, type MarkGroup } from "../math/markgroups.ts";
import type { MarkState } from "../state/markstate.ts";
import type { Frame } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import { type MarkInk, markInk } from "./markink.ts";
import { type MarkLayerColumns, widen } from "./markraster.ts";

/** A group of marks in the window. */
export interface ShownGroup extends MarkLayerColumns {
  group: MarkGroup;
  ink: MarkInk;
  /** The lane that it belongs to, null for all lanes. */
  lane: DrawnLane | null;
  /** It belongs to a channel that is not on the screen: it is in the strip only. */
  elsewhere: boolean;
  /** Its row of the strip. */
  row: number;
  /** Its marks are few, so that each has a line and a text. */
  rare: boolean;
}

/** With at most one mark in so many CSS pixels, all are drawn as rare ones are. */
export const FEW = 24;
/** Groups of at most one mark in so many CSS pixels are rare, and those of `MIN_RARE` marks. */
const RARE = 60;
const MIN_RARE = 4;

/** The largest groups are pale if others are so many times smaller. */
const MUCH = 10;

/** What determines which marks are seen, and where. */
export type MarkWindow = Pick<Frame, "box" | "theme" | "drawn"> & {
  state: { t0: number; t1: number };
};

/** Whether marks with a text are meant, among all texts of their layer. */
type Accepts = (text: string, layer: ReadonlySet<string>) => boolean;

export class ShownMarks {
  readonly #marks: MarkState;
  /** The columns are used again in the next frame. */
  readonly #arrays: { counts: Uint32Array; cover: Uint8Array }[] = [];
  #set: AnnotationSet | null = null;
  #groups: readonly MarkGroup[] = [];

  /** The texts of each layer of the set, by its index. */
  readonly #texts = new Map<number, Set<string>>();
  readonly #accepts: Accepts;

  constructor(marks: MarkState, accepts: Accepts = () => true) {
    this.#marks = marks;
    this.#accepts = accepts;
  }

  /** The groups, the one with the fewest marks first, and the number of all their marks. */
  of(
    set: AnnotationSet,
    { state, box, theme, drawn }: MarkWindow,
  ): { groups: ShownGroup[]; number: number } {
    if (set !== this.#set) {
      this.#set = set;
      this.#groups = groupsOf(set);
      this.#texts.clear();
      for (const { layer, text } of this.#groups) {
        this.#texts.set(layer, (this.#texts.get(layer) ?? new Set()).add(text));
      }
    }
    const marks = this.#marks;
    const width = Math.max(1, Math.round(box.plotWidth * box.dpr));
    const grid = { t0: state.t0, t1: state.t1, width };
    const laneOf = new Map(drawn.map((lane) => [lane.channel.index, lane]));
    const rows = rowsOf(set, marks);
    const rare = Math.max(MIN_RARE, box.plotWidth / RARE);
    const groups: ShownGroup[] = [];
    let number = 0;
    for (const group of this.#groups) {
      const layer = set.layers[group.layer];
      if (!layer || !marks.isLayerShown(layer.name) || !marks.isTextShown(group.text)) continue;
      if (!this.#accepts(group.text, this.#texts.get(group.layer) ?? new Set())) continue;
      const { counts, cover } = this.#arraysOf(groups.length, width);
      const here = countColumns(set, group, grid, counts);
      const covered = group.longest > 0 ? coverColumns(set, group, grid, cover) : 0;
      if (here === 0 && covered === 0) continue;
      number += here;
      const ink = markInk(theme, marks.colorOf(layer, group.text));
      let peak = 1;
      for (let c = 0; c < width; c++) {
        if ((counts[c] as number) > peak) peak = counts[c] as number;
      }
      groups.push({
        ...{ group, ink, rgb: ink.rgb, counts, peak, pale: false },
        cover: covered > 0 ? cover : null,
        lane: laneOf.get(group.channel) ?? null,
        elsewhere: group.channel >= 0 && !laneOf.has(group.channel),
        row: rows.get(group.layer) ?? 0,
        rare: group.total <= rare,
      });
    }
    const few = number <= box.plotWidth / FEW;
    const fewest = groups[0]?.group.total ?? 0;
    const largest = groups.at(-1)?.group.total ?? 0;
    for (const one of groups) {
      if (few || one.rare) widen(one.counts, width);
      one.pale = !few && one.group.total >= Math.max(MUCH * fewest, largest / MUCH);
    }
    return { groups, number };
  }

  #arraysOf(index: number, width: number): { counts: Uint32Array; cover: Uint8Array } {
    let arrays = this.#arrays[index];
    if (arrays?.counts.length !== width) {
      arrays = { counts: new Uint32Array(width), cover: new Uint8Array(width) };
      this.#arrays[index] = arrays;
    }
    return arrays;
  }
}

/** The row of the strip of each layer of a set, by its index. */
export function rowsOf({ layers }: AnnotationSet, marks: MarkState): Map<number, number> {
  const known = marks.legend ? marks.shown : layers.filter(({ name }) => marks.isLayerShown(name));
  const names = known.map(({ name }) => name);
  return new Map(layers.map(({ name }, k) => [k, Math.max(0, names.indexOf(name))]));
}
