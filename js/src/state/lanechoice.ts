/** What the lanes show: a montage, filters, and what can be chosen. */

/** Usual filters of a kind of signal: a name, and the filter as text. */
export interface KindMenu {
  kind: string;
  presets: readonly (readonly [string, string])[];
}

export interface LaneChoice {
  /** Name of the montage; null shows the channels as they were recorded. */
  montage: string | null;
  /** Filters as texts by name of a lane or by kind of signal. */
  filters: ReadonlyMap<string, string>;
  /** Names of the montages that fit the recording. */
  montages: readonly string[];
  kinds: readonly KindMenu[];
}

export const NO_CHOICE: LaneChoice = { montage: null, filters: new Map(), montages: [], kinds: [] };

/** Decodes the trait `montage`: a name, a montage of one's own, or null. */
export function asMontage(value: unknown): string | null {
  if (typeof value === "string") return value;
  const name = (value as { name?: unknown } | null)?.name;
  return typeof name === "string" ? name : null;
}

/** Decodes the trait `filters`. */
export function asFilters(value: unknown): Map<string, string> {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return new Map(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Decodes the trait `_lane_menu`. */
export function asMenu(value: unknown): Pick<LaneChoice, "montages" | "kinds"> {
  const { montages = [], kinds = [] } = (value ?? {}) as Partial<LaneChoice>;
  return { montages, kinds };
}

/** A filter as it is shown: with the dash of ranges. */
export function filterLabel(text: string): string {
  return text.replace(/(\d)-(\d)/g, "$1\u2013$2");
}
