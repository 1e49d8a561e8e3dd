/** Which marks are listed in the panel of a view, and in which order. */
import type { Mark, MarkFilter, MarkQuery, MarkSearch, SortKey } from "../data/types.ts";
import type { MarkState } from "./markstate.ts";

/** What the marks of the list have; null: anything. */
export interface MarkChoice {
  layer: string | null;
  reader: string | null;
  text: string | null;
  /** Index of a channel, -1 for marks of all channels. */
  channel: number | null;
  search: string;
  sort: SortKey;
  descending: boolean;
}

export const ALL_MARKS: MarkChoice = {
  ...{ layer: null, reader: null, text: null, channel: null, search: "" },
  sort: "onset",
  descending: false,
};

/** Whether the list has all marks that are shown. */
export function isAll({ layer, reader, text, channel, search }: MarkChoice): boolean {
  return search.trim() === "" && [layer, reader, text, channel].every((one) => one === null);
}

/** The marks that are shown and chosen. */
export function filterOf(marks: MarkState, choice: MarkChoice): MarkFilter {
  const { layer, reader, text, channel } = choice;
  const layers = marks.shown.filter(
    (one) => (layer === null || one.name === layer) && (reader === null || one.reader === reader),
  );
  return {
    ...marks.filter(),
    ...(layer === null && reader === null ? {} : { layers: layers.map(({ name }) => name) }),
    ...(text === null ? {} : { texts: [text] }),
    ...(channel === null ? {} : { channels: [channel] }),
  };
}

/** The marks that the list has, in any order. */
export function searchOf(marks: MarkState, choice: MarkChoice): MarkSearch {
  const search = choice.search.trim();
  return { ...filterOf(marks, choice), ...(search === "" ? {} : { search }) };
}

export function queryOf(marks: MarkState, choice: MarkChoice): MarkQuery {
  const { sort, descending } = choice;
  return { ...filterOf(marks, choice), sort, descending, search: choice.search.trim() };
}

/** The window that shows a mark: the present one if the mark is well inside it. */
export function windowOf(
  { onset, duration }: Pick<Mark, "onset" | "duration">,
  [t0, t1]: readonly [number, number],
): [number, number] {
  const span = t1 - t0;
  const shown = Math.min(duration, span / 2);
  const margin = span / 20;
  if (onset >= t0 + margin && onset + shown <= t1 - margin) return [t0, t1];
  const start = onset + shown / 2 - span / 2;
  return [start, start + span];
}
