/** Changes of the lanes by the user: what is shown in which order, with undo. */
import type { Description } from "../data/types.ts";
import { channelsOf, LANE_OPTIONS, type LaneOptions } from "./lane.ts";

/** Number of changes that can be undone. */
const MOST = 50;

/** The state whose lanes are arranged. */
export interface Arranged {
  readonly description: Description;
  readonly laneOptions: LaneOptions;
  setLanes(options: Partial<LaneOptions>, byUser: boolean): void;
}

export class Arrangement {
  readonly #state: Arranged;
  readonly #past: LaneOptions[] = [];
  /** All channels in their order, hidden ones at their place. */
  #order: readonly string[] = [];

  /** The names of the channels that lanes can show, as one text. */
  #names = "";

  constructor(state: Arranged) {
    this.#state = state;
  }

  /** The user changes the lanes; this can be undone. */
  change(options: Partial<LaneOptions>): void {
    this.#past.push(this.#state.laneOptions);
    if (this.#past.length > MOST) this.#past.shift();
    this.#state.setLanes(options, true);
  }

  /** Returns false if there is no change that can be undone. */
  undo(): boolean {
    const before = this.#past.pop();
    if (before) this.#state.setLanes(before, true);
    return before !== undefined;
  }

  /** Shows all channels as a new viewer does. */
  reset(): void {
    this.#order = [];
    this.change({ ...LANE_OPTIONS, names: this.#known() });
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  /** There is a new description: changes of other channels cannot be undone. */
  describe(): void {
    const names = JSON.stringify(this.#known());
    if (names !== this.#names) this.#past.length = 0;
    this.#names = names;
  }

  #known(): string[] {
    return channelsOf(this.#state.description.channels).map(({ name }) => name);
  }

  /** All channels, the visible ones in the order of the lanes and hidden ones at their place. */
  order(): string[] {
    const known = this.#known();
    const { names } = this.#state.laneOptions;
    const present = new Set(known);
    const before = this.#order.filter((name) => present.has(name));
    const seen = new Set(before);
    const previous = [...before, ...known.filter((name) => !seen.has(name))];
    const visible = names ? names.filter((name) => present.has(name)) : known;
    this.#order = mergedOrder(previous, visible);
    return [...this.#order];
  }

  /** Keeps the order in which the user has put visible and hidden channels. */
  setOrder(order: readonly string[]): void {
    this.#order = order;
  }
}

/** `visible` in its order; others follow the one before them in `previous`. */
export function mergedOrder(previous: readonly string[], visible: readonly string[]): string[] {
  const shown = new Set(visible);
  const after = new Map<string | null, string[]>();
  let anchor: string | null = null;
  for (const name of previous) {
    if (shown.has(name)) anchor = name;
    else after.set(anchor, [...(after.get(anchor) ?? []), name]);
  }
  return [
    ...(after.get(null) ?? []),
    ...visible.flatMap((name) => [name, ...(after.get(name) ?? [])]),
  ];
}

/** `names` with some of them moved before `target`, or to the end if it is null. */
export function moved(
  names: readonly string[],
  moving: readonly string[],
  target: string | null,
): string[] {
  const taken = new Set(moving);
  const rest = names.filter((name) => !taken.has(name));
  const ordered = names.filter((name) => taken.has(name));
  const at = target === null ? -1 : rest.indexOf(target);
  rest.splice(at < 0 ? rest.length : at, 0, ...ordered);
  return rest;
}
