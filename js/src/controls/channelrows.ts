/** The rows of the list of channels, and what moving or checking one of them does. */
import { moved } from "../state/arrangement.ts";

/** A channel as the list shows it. */
export interface Listed {
  name: string;
  kind: string;
  visible: boolean;
}

export interface Row {
  /** A group contains all channels of a kind. */
  group: boolean;
  /** Name of the channel, or kind of the group. */
  name: string;
  kind: string;
  /** The channels that the row stands for; of a group only those that were searched for. */
  members: readonly Listed[];
  open: boolean;
}

export interface ListOptions {
  grouped: boolean;
  /** Kinds whose channels are not listed. */
  closed: ReadonlySet<string>;
  search: string;
}

/** The rows of channels that are in their order, hidden ones included. */
export function rowsOf(all: readonly Listed[], { grouped, closed, search }: ListOptions): Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ name, kind }) => {
    const text = `${name} ${kind}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const rowOf = (one: Listed): Row => ({
    group: false,
    name: one.name,
    kind: one.kind,
    members: [one],
    open: false,
  });
  if (!grouped) return found.map(rowOf);
  const groups = new Map<string, Listed[]>();
  for (const one of found) {
    const group = groups.get(one.kind);
    if (group) group.push(one);
    else groups.set(one.kind, [one]);
  }
  return [...groups].flatMap(([kind, members]) => {
    // What was searched for is always listed.
    const open = words.length > 0 || !closed.has(kind);
    const group: Row = { group: true, name: kind, kind, members, open };
    return open ? [group, ...members.map(rowOf)] : [group];
  });
}

/** Whether all, none or some ("mixed") channels of a row are visible. */
export function checked({ members }: Row): "true" | "false" | "mixed" {
  const visible = members.filter((one) => one.visible).length;
  return visible === 0 ? "false" : visible === members.length ? "true" : "mixed";
}

/** The names of the visible channels after all channels of some rows were shown or hidden. */
export function withVisible(
  all: readonly Listed[],
  rows: readonly Row[],
  visible: boolean,
): string[] {
  const changed = new Set(rows.flatMap(({ members }) => members.map(({ name }) => name)));
  return all
    .filter((one) => (changed.has(one.name) ? visible : one.visible))
    .map(({ name }) => name);
}

/**
 * The order after row `from` was moved before row `to`, or to the end. A channel of a group moves
 * within it: the lanes of other kinds keep their places. A group moves as a whole.
 */
export function movedRow(
  all: readonly Listed[],
  rows: readonly Row[],
  from: number,
  to: number,
): string[] {
  const order = all.map(({ name }) => name);
  const row = rows[from];
  if (!row) return order;
  const grouped = rows.some(({ group }) => group);
  if (!grouped) return moved(order, [row.name], rows[to]?.name ?? null);
  const kindOf = new Map(all.map(({ name, kind }) => [name, kind]));
  const own = order.filter((name) => kindOf.get(name) === row.kind);
  if (row.group) {
    const next = rows.slice(to).find(({ group }) => group)?.kind;
    if (next === row.kind) return order;
    return moved(order, own, order.find((name) => kindOf.get(name) === next) ?? null);
  }
  const target = rows[to];
  const before = target && !target.group && target.kind === row.kind ? target.name : null;
  const inner = moved(own, [row.name], before);
  let k = 0;
  return order.map((name) => (kindOf.get(name) === row.kind ? (inner[k++] as string) : name));
}

/** The places, as row numbers, where a row can be put: before the row of this number. */
export function placesOf(rows: readonly Row[], from: number): number[] {
  const row = rows[from];
  const every = [...rows.keys(), rows.length];
  if (!row || !rows.some(({ group }) => group)) return every;
  if (row.group) return every.filter((k) => rows[k]?.group ?? true);
  return every.filter((k) => k > 0 && rows[k - 1]?.kind === row.kind);
}
