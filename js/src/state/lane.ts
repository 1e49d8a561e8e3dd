/** A lane: one row of the view with one or several signals. */
import type { ChannelInfo } from "../data/types.ts";

export interface Lane {
  /** The signals drawn in this lane, at least one; the first one gives its name and its scale. */
  signals: readonly [ChannelInfo, ...ChannelInfo[]];
  /** Height relative to the other lanes. */
  weight: number;
}

/** What determines the colours of traces. */
export const COLORED_BY = ["channel", "kind"] as const;
export type ColoredBy = (typeof COLORED_BY)[number];

/**
 * How lanes are made of channels; names that do not exist are ignored. Keys are names of channels,
 * or kinds of signals unless a channel has this name.
 */
export interface LaneOptions {
  /** Visible channels, in order; null shows all. */
  names: readonly string[] | null;
  /** The channel in whose lane another channel is drawn. */
  overlaid: ReadonlyMap<string, string>;
  /** Relative heights of lanes; 1 by default. */
  weights: ReadonlyMap<string, number>;
  /** Colours of traces as `#rrggbb`. */
  colors: ReadonlyMap<string, string>;
  /** What determines the other colours. */
  colorBy: ColoredBy;
  /** The largest number of lanes on the screen; null: as many as can be read. */
  perPage: number | null;
}

export const LANE_OPTIONS: LaneOptions = {
  names: null,
  overlaid: new Map(),
  weights: new Map(),
  colors: new Map(),
  colorBy: "channel",
  perPage: null,
};

type Find = <T>(entries: ReadonlyMap<string, T>, channel: ChannelInfo) => T | undefined;

/** How the entry of a channel is found: by its name, or by its kind. */
export function entryFinder(channels: readonly ChannelInfo[]): Find {
  const names = new Set(channels.map(({ name }) => name));
  return (entries, { name, kind }) =>
    entries.get(name) ?? (names.has(kind) ? undefined : entries.get(kind));
}

/** The channels that lanes can show. */
export function channelsOf(channels: readonly ChannelInfo[]): ChannelInfo[] {
  return channels.filter(({ shown }) => shown !== false);
}

export function lanesOf(all: readonly ChannelInfo[], options: LaneOptions): Lane[] {
  const { names, overlaid, weights } = options;
  const find = entryFinder(all);
  const channels = colored(channelsOf(all), options, find);
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const shown = names ? names.flatMap((name) => byName.get(name) ?? []) : channels;
  const visible = new Set(shown.map(({ name }) => name));
  const wanted = (channel: ChannelInfo): string =>
    find(overlaid, channel) ?? (channel.host || channel.name);
  const hostOf = (channel: ChannelInfo): string => {
    const host = byName.get(wanted(channel));
    // Only one step: a channel that is drawn in another lane has no lane of its own.
    const usable = host && visible.has(host.name) && wanted(host) === host.name;
    return usable ? host.name : channel.name;
  };
  const hosts = new Map<string, [ChannelInfo, ...ChannelInfo[]]>();
  for (const channel of shown)
    if (hostOf(channel) === channel.name) hosts.set(channel.name, [channel]);
  for (const channel of shown) {
    const host = hostOf(channel);
    if (host !== channel.name) hosts.get(host)?.push(channel);
  }
  return [...hosts.values()].map((signals) => ({
    signals,
    weight: find(weights, signals[0]) ?? 1,
  }));
}

/** The channels with their colours, where these are not those of their position. */
function colored(
  channels: ChannelInfo[],
  { colors, colorBy }: LaneOptions,
  find: Find,
): ChannelInfo[] {
  if (colors.size === 0 && colorBy === "channel") return channels;
  const kinds = [...new Set(channels.map(({ kind }) => kind))];
  return channels.map((channel) => {
    const ink =
      find(colors, channel) ?? (colorBy === "kind" ? kinds.indexOf(channel.kind) : undefined);
    return ink === undefined ? channel : { ...channel, ink };
  });
}
