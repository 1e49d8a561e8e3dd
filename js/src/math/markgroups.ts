/** Marks as groups of the same layer, text and channel, and their number in each pixel column. */

/** The columns of a set of marks that are needed here. */
interface MarkColumns {
  t0: number;
  t1: number;
  count: number;
  texts: readonly string[];
  onsets: Float64Array;
  durations: Float64Array;
  text: Int32Array;
  channel: Int32Array;
  layer: Int32Array;
  densities: readonly {
    layer: number;
    text: string;
    channel: number;
    total: number;
    counts: Uint32Array;
  }[];
}

export interface MarkGroup {
  /** Index of the layer in the set. */
  layer: number;
  text: string;
  /** -1 for all channels. */
  channel: number;
  /** Number of marks, with those that were not sent. */
  total: number;
  /** The marks of the set that belong to the group, in order of onset. */
  members: number[];
  /** Number of marks in equal parts of the set's time; null if all marks are members. */
  density: Uint32Array | null;
  /** The longest duration of a member in seconds. */
  longest: number;
}

/** The groups of a set, the one with the fewest marks first. */
export function groupsOf(set: MarkColumns): MarkGroup[] {
  const groups = new Map<string, MarkGroup>();
  const group = (layer: number, text: string, channel: number): MarkGroup => {
    const name = `${layer}/${channel}/${text}`;
    const known = groups.get(name);
    if (known) return known;
    const made = { layer, text, channel, total: 0, members: [], density: null, longest: 0 };
    groups.set(name, made);
    return made;
  };
  // Most marks belong to the group of the mark before.
  const byCode = new Map<number, MarkGroup>();
  const texts = set.texts.length;
  for (let k = 0; k < set.count; k++) {
    const [text, channel, layer] = [set.text[k], set.channel[k], set.layer[k]] as [
      number,
      number,
      number,
    ];
    const code = ((channel + 1) * 4096 + layer) * texts + text;
    let found = byCode.get(code);
    if (!found) {
      found = group(layer, set.texts[text] ?? "", channel);
      byCode.set(code, found);
    }
    found.members.push(k);
    found.total++;
    found.longest = Math.max(found.longest, set.durations[k] as number);
  }
  for (const { layer, text, channel, total, counts } of set.densities) {
    const found = group(layer, text, channel);
    found.total = total;
    found.density = counts;
  }
  return [...groups.values()].sort((a, b) => a.total - b.total);
}

/** Columns of equal width that cover `[t0, t1)`. */
export interface Grid {
  t0: number;
  t1: number;
  width: number;
}

/** Counts how many marks of a group begin in each column; returns their number. */
export function countColumns(
  set: MarkColumns,
  { members, density }: MarkGroup,
  { t0, t1, width }: Grid,
  counts: Uint32Array,
): number {
  counts.fill(0, 0, width);
  const perSecond = width / (t1 - t0);
  let sum = 0;
  if (!density) {
    for (const k of members) {
      const column = Math.floor(((set.onsets[k] as number) - t0) * perSecond);
      if (column < 0) continue;
      if (column >= width) break;
      counts[column] = (counts[column] as number) + 1;
      sum++;
    }
    return sum;
  }
  // Parts that are wider than a column fill all columns that they cover.
  const parts = density.length;
  const scale = parts / (set.t1 - set.t0);
  const each = scale / perSecond;
  for (let column = 0; column < width; column++) {
    const at = (t0 + column / perSecond - set.t0) * scale;
    const first = Math.max(0, Math.floor(at + 1e-9));
    const stop = Math.min(parts, Math.max(first + 1, Math.floor(at + each + 1e-9)));
    let count = 0;
    for (let part = first; part < stop; part++) count += density[part] as number;
    counts[column] = count;
    sum += each < 1 ? count * each : count;
  }
  return sum;
}

/** Marks the columns during which a mark of a group lasts; returns the number of such columns. */
export function coverColumns(
  set: MarkColumns,
  { members }: MarkGroup,
  { t0, t1, width }: Grid,
  cover: Uint8Array,
): number {
  cover.fill(0, 0, width);
  const perSecond = width / (t1 - t0);
  let sum = 0;
  let done = 0;
  for (const k of members) {
    const length = set.durations[k] as number;
    const onset = set.onsets[k] as number;
    if (onset >= t1) break;
    if (!(length > 0) || onset + length <= t0) continue;
    const from = Math.max(done, Math.floor((onset - t0) * perSecond));
    const to = Math.min(width, Math.ceil((onset + length - t0) * perSecond));
    if (to <= from) continue;
    cover.fill(1, from, to);
    sum += to - from;
    done = to;
  }
  return sum;
}
