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
  /** The place among marks of the same onset. */
  at: number;
}

/** A set with these changes; marks beside its window are not added. */
export function patchedSet(set: AnnotationSet, patches: readonly Patch[]): AnnotationSet {
  const layers = [...set.layers];
  // Only marks that are changed become objects: the set of an overview has thousands.
  const touched = new Set(patches.flatMap(({ ids }) => ids));
  const rows = new Map<number, Row>();
  const left: number[] = [];
  for (let k = 0; k < set.count; k++) {
    if (touched.has(set.ids[k] as number)) rows.set(set.ids[k] as number, rowOf(set, k));
    else if (isIn(set, set.onsets[k] as number, set.durations[k] as number)) left.push(k);
  }
  left.sort((a, b) => (set.onsets[a] as number) - (set.onsets[b] as number));
  let next = set.count;
  for (const { edit, ids, layer } of patches) {
    let at = 0;
    for (const part of partsOf(edit)) {
      const from = at;
      at += countOf(part);
      apply(part, ids.slice(from, at), layer, rows, layers, next);
      next += at - from;
    }
  }
  const kept = [...rows.values()]
    .filter(({ onset, duration }) => isIn(set, onset, duration))
    .sort((a, b) => a.onset - b.onset || a.at - b.at);
  const texts = [...set.texts];
  const counts = texts.map((_, k) => set.counts[k] ?? 0);
  for (const { text } of kept) if (!texts.includes(text)) texts.push(text);
  const codeOf = new Map(texts.map((text, k) => [text, k]));
  const changes = texts.map(() => 0);
  const count = (k: number, n: number): void => {
    changes[k] = (changes[k] ?? 0) + n;
  };
  for (const code of set.text) count(code, -1);
  const n = left.length + kept.length;
  const made = {
    onsets: new Float64Array(n),
    durations: new Float64Array(n),
    text: new Int32Array(n),
    channel: new Int32Array(n),
    layer: new Int32Array(n),
    ids: new Float64Array(n),
  };
  let row = 0;
  for (let k = 0; k < n; k++) {
    const old = left[k - row];
    const one = kept[row];
    const onset = old === undefined ? Infinity : (set.onsets[old] as number);
    const first = old === undefined || (one && (one.onset - onset || one.at - old) < 0);
    if (one && first) {
      row += 1;
      made.onsets[k] = one.onset;
      made.durations[k] = one.duration;
      made.text[k] = codeOf.get(one.text) as number;
      made.channel[k] = one.channel;
      made.layer[k] = one.layer;
      made.ids[k] = one.id;
    } else if (old !== undefined) {
      made.onsets[k] = onset;
      made.durations[k] = set.durations[old] as number;
      made.text[k] = set.text[old] as number;
      made.channel[k] = set.channel[old] as number;
      made.layer[k] = set.layer[old] as number;
      made.ids[k] = set.ids[old] as number;
    }
    count(made.text[k] as number, 1);
  }
  return {
    ...set,
    ...made,
    count: n,
    total: set.total + n - set.count,
    texts,
    counts: texts.map((_, k) => (counts[k] ?? 0) + (changes[k] ?? 0)),
    layers,
  };
}

const isIn = ({ t0, t1 }: AnnotationSet, onset: number, duration: number): boolean =>
  onset < t1 && (onset >= t0 || onset + duration > t0);

function rowOf(set: AnnotationSet, k: number): Row {
  return {
    id: set.ids[k] as number,
    onset: set.onsets[k] as number,
    duration: set.durations[k] as number,
    text: set.texts[set.text[k] as number] ?? "",
    channel: set.channel[k] as number,
    layer: set.layer[k] as number,
    at: k,
  };
}

function apply(
  edit: SimpleEdit,
  ids: readonly number[],
  layer: MarkLayer,
  rows: Map<number, Row>,
  layers: MarkLayer[],
  next: number,
): void {
  if (edit.do === "create") {
    let place = layers.findIndex(({ name }) => name === layer.name);
    if (place < 0) place = layers.push(layer) - 1;
    edit.marks.forEach((mark, k) => {
      const id = ids[k] as number;
      if (!rows.has(id)) rows.set(id, { ...mark, id, layer: place, at: next + k });
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
