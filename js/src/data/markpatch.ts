/** Draws changes of marks before the kernel has sent the changed ones. */
import type { AnnotationSet, MarkEdit, MarkLayer, NewMark, SimpleEdit } from "./types.ts";

/** What an edit consists of; none of what is not drawn before the reply. */
export function partsOf(edit: MarkEdit): readonly SimpleEdit[] {
  if (edit.do === "several") return edit.edits;
  return edit.do === "create" || edit.do === "change" || edit.do === "delete" ? [edit] : [];
}

export const countOf = (edit: SimpleEdit): number =>
  edit.do === "create" ? edit.marks.length : edit.ids.length;

/** A change with the identities of its marks, those of its parts one after another. */
export interface Patch {
  edit: MarkEdit;
  ids: readonly number[];
  /** The layer of created marks. */
  layer: MarkLayer;
}

interface Row extends NewMark {
  id: number;
  layer: number;
}

/** A set with these changes; marks beside its window are not added. */
export function patchedSet(set: AnnotationSet, patches: readonly Patch[]): AnnotationSet {
  const layers = [...set.layers];
  const rows = new Map<number, Row>();
  for (let k = 0; k < set.count; k++) {
    const id = set.ids[k] as number;
    rows.set(id, {
      id,
      onset: set.onsets[k] as number,
      duration: set.durations[k] as number,
      text: set.texts[set.text[k] as number] ?? "",
      channel: set.channel[k] as number,
      layer: set.layer[k] as number,
    });
  }
  for (const { edit, ids, layer } of patches) {
    let at = 0;
    for (const part of partsOf(edit)) {
      const from = at;
      at += countOf(part);
      apply(part, ids.slice(from, at), layer, rows, layers);
    }
  }
  const kept = [...rows.values()]
    .filter(
      ({ onset, duration }) => onset < set.t1 && (onset >= set.t0 || onset + duration > set.t0),
    )
    .sort((a, b) => a.onset - b.onset);
  const texts = [...set.texts];
  const counts = texts.map((_, k) => set.counts[k] ?? 0);
  const before = [...set.text].reduce((n, k) => n.set(k, (n.get(k) ?? 0) + 1), new Map());
  for (const { text } of kept) if (!texts.includes(text)) texts.push(text);
  const codeOf = new Map(texts.map((text, k) => [text, k]));
  const text = Int32Array.from(kept, (row) => codeOf.get(row.text) as number);
  const now = [...text].reduce((n, k) => n.set(k, (n.get(k) ?? 0) + 1), new Map());
  return {
    ...set,
    count: kept.length,
    total: set.total + kept.length - set.count,
    texts,
    counts: texts.map((_, k) => (counts[k] ?? 0) + (now.get(k) ?? 0) - (before.get(k) ?? 0)),
    onsets: Float64Array.from(kept, ({ onset }) => onset),
    durations: Float64Array.from(kept, ({ duration }) => duration),
    text,
    channel: Int32Array.from(kept, ({ channel }) => channel),
    layers,
    layer: Int32Array.from(kept, ({ layer }) => layer),
    ids: Float64Array.from(kept, ({ id }) => id),
  };
}

function apply(
  edit: SimpleEdit,
  ids: readonly number[],
  layer: MarkLayer,
  rows: Map<number, Row>,
  layers: MarkLayer[],
): void {
  if (edit.do === "create") {
    let place = layers.findIndex(({ name }) => name === layer.name);
    if (place < 0) place = layers.push(layer) - 1;
    edit.marks.forEach((mark, k) => {
      const id = ids[k] as number;
      if (!rows.has(id)) rows.set(id, { ...mark, id, layer: place });
    });
  } else if (edit.do === "delete") {
    for (const id of ids) rows.delete(id);
  } else {
    ids.forEach((id, k) => {
      const row = rows.get(id);
      if (row) rows.set(id, { ...row, ...valuesOf(edit.to, k) });
    });
  }
}

/** The values of one mark: each field has one value for all marks, or a list. */
function valuesOf(to: Extract<SimpleEdit, { do: "change" }>["to"], k: number): Partial<NewMark> {
  const entries = Object.entries(to).map(([name, value]) => [
    name,
    Array.isArray(value) ? value[k] : value,
  ]);
  return Object.fromEntries(entries);
}
