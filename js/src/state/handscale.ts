/** Gestures and keys that change amplitude scales; the baseline of a trace stays in place. */
import type { ChannelInfo } from "../data/types.ts";
import { type Gain, gainValue, type Limits, written } from "../math/gain.ts";
import { kindScale, nextGain } from "../math/kinds.ts";
import { shareBelow } from "../math/scale.ts";
import type { Scales } from "./scales.ts";

/** Multiplies the drawn amplitude of channels, of each scale once. */
export function magnify(scales: Scales, channels: readonly ChannelInfo[], factor: number): void {
  eachScale(scales, channels, (channel, gain) => magnified(scales, channel, gain, factor));
}

/** Sets the next usual gain where the gain is one in millimetres. */
export function stepGain(scales: Scales, channels: readonly ChannelInfo[], larger: boolean): void {
  eachScale(scales, channels, (channel, gain) => {
    const kind = kindScale(channel.kind);
    if (gain.form !== "mm" || !kind || gain.units !== kind.units)
      return magnified(scales, channel, gain, larger ? 1.25 : 0.8);
    const usual = { ...gain, inverse: kind.inverse };
    const next = nextGain(kind, written(usual), larger);
    return { ...usual, perMm: kind.inverse ? 1 / next : next };
  });
}

/** Moves traces by a share of the height of their lanes; positive values move them up. */
export function shift(scales: Scales, channels: readonly ChannelInfo[], share: number): void {
  const positions = { ...scales.positions };
  const values = { ...scales.values };
  for (const channel of channels) {
    const gain = scales.byHand(channel);
    const { min, max } = scales.of(channel);
    if (gain.form === "limits") {
      const by = (max / 4 - min / 4) * share;
      const limits = limitsOf([min / 4 - by, max / 4 - by]);
      if (limits) values[channel.name] = limits;
      continue;
    }
    const now = 1 - shareBelow(min, max, scales.baseline(channel));
    positions[channel.name] = Number(Math.min(2, Math.max(-1, now + share)).toFixed(4));
    scales.of(channel).away = null;
  }
  scales.positions = positions;
  scales.values = values;
}

function eachScale(
  scales: Scales,
  channels: readonly ChannelInfo[],
  change: (channel: ChannelInfo, gain: Gain) => Gain | null,
): void {
  const values = { ...scales.values };
  const done = new Set<string>();
  for (const channel of channels) {
    const key = scales.keyOf(channel);
    if (done.has(key)) continue;
    done.add(key);
    const gain = change(channel, scales.byHand(channel));
    if (gain) values[key] = gainValue(gain);
  }
  scales.values = values;
}

/** Null if there were no more numbers between the edges, or if they would overflow. */
function magnified(scales: Scales, channel: ChannelInfo, gain: Gain, by: number): Gain | null {
  if (gain.form === "mm") return { ...gain, perMm: gain.perMm / by };
  if (gain.form === "lane") return { ...gain, span: gain.span / by };
  const { min, max } = scales.of(channel);
  const still = scales.baseline(channel) / 4;
  const limits = limitsOf([still - (still - min / 4) / by, still + (max / 4 - still) / by]);
  return limits && { form: "limits", limits };
}

/**
 * Limits with as many digits as a lane can show.
 *
 * @param quarters A quarter of each: the difference of two doubles may overflow.
 */
function limitsOf([low, high]: Limits): Limits | null {
  const span = high - low;
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(span > size * 1e-12) || !(span > 1e-290)) return null;
  const digits = Math.min(17, Math.max(1, Math.ceil(Math.log10(size / span)) + 4));
  const [min, max] = [low, high].map((edge) => Number((4 * edge).toPrecision(digits)));
  const [least, most] = [min, max] as [number, number];
  return Number.isFinite(least) && Number.isFinite(most) && least < most ? [least, most] : null;
}
