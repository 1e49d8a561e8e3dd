/** A lane: one row of the view with one or several signals. */
import type { ChannelInfo } from "../data/types.ts";

export interface Lane {
  /** The signals drawn in this lane, at least one; the first one gives its name and its scale. */
  signals: readonly [ChannelInfo, ...ChannelInfo[]];
  /** Height relative to the other lanes. */
  weight: number;
}

/** How lanes are made of channels; names that do not exist are ignored. */
export interface LaneOptions {
  /** Visible channels, in order; null shows all. */
  names: readonly string[] | null;
  /** The channel in whose lane another channel is drawn, by its name. */
  overlaid: ReadonlyMap<string, string>;
  /** Relative heights of lanes by the name of their first channel; 1 by default. */
  weights: ReadonlyMap<string, number>;
}

export function lanesOf(channels: readonly ChannelInfo[], options: LaneOptions): Lane[] {
  const { names, overlaid, weights } = options;
  const current = channels.filter(({ shown }) => shown !== false);
  const byName = new Map(current.map((channel) => [channel.name, channel]));
  const shown = names ? names.flatMap((name) => byName.get(name) ?? []) : current;
  const visible = new Set(shown.map(({ name }) => name));
  const hostOf = ({ name, host: own = "" }: ChannelInfo): string => {
    const host = overlaid.get(name) ?? (own === "" ? undefined : own);
    // Only one step: a channel that is drawn in another lane has no lane of its own.
    return host !== undefined && visible.has(host) && !overlaid.has(host) ? host : name;
  };
  const hosts = new Map<string, [ChannelInfo, ...ChannelInfo[]]>();
  for (const channel of shown)
    if (hostOf(channel) === channel.name) hosts.set(channel.name, [channel]);
  for (const channel of shown) {
    const host = hostOf(channel);
    if (host !== channel.name) hosts.get(host)?.push(channel);
  }
  return [...hosts].map(([name, signals]) => ({ signals, weight: weights.get(name) ?? 1 }));
}
