/** The amplitude scales of a view: those that are set for a channel or a kind, and fitted ones. */
import type { ChannelInfo } from "../data/types.ts";
import {
  followData,
  type LaneScale,
  newScale,
  padded,
  type Seen,
  valueText,
} from "../math/autoscale.ts";
import { type Gain, type Limits, parseGain, type ScaleValue, written } from "../math/gain.ts";
import { commonSpan, kindScale } from "../math/kinds.ts";
import { plainUnits, type Shown, shownUnits, unitFactor } from "../math/units.ts";
import type { Lane } from "./lane.ts";

/** CSS pixels of a millimetre where the screen is not calibrated. */
export const CSS_MM = 96 / 25.4;

interface Entry extends LaneScale {
  /** The value that stays in place when the gain changes: zero or the median; null if unknown. */
  baseline: number | null;
  /** The middle of the lane while the trace is elsewhere. */
  away: number | null;
  /** Fitted to coarse data. */
  provisional: boolean;
}

export class Scales {
  /** Scales by the name of a channel or by kind, as in the view document. */
  values: Readonly<Record<string, ScaleValue>> = {};
  /** Where the baselines are in their lanes, from 0 (bottom) to 1, by the name of the channel. */
  positions: Readonly<Record<string, number>> = {};
  pxPerMm = CSS_MM;
  readonly #entries = new Map<string, Entry>();
  /** Fitted spans that like channels share, in the lowest of their lanes. */
  readonly #shared = new Map<string, number>();
  /** Heights of lanes in CSS pixels by the names of their channels. */
  #heights = new Map<string, number>();
  #lowest = new Map<string, number>();

  of(channel: ChannelInfo): Entry {
    let entry = this.#entries.get(channel.name);
    if (!entry) {
      const { range } = channel;
      entry = { ...newScale(range), auto: false, baseline: null, away: null, provisional: false };
      this.#entries.set(channel.name, entry);
    }
    return entry;
  }

  /** The heights of the lanes, in the same order. */
  place(lanes: readonly Lane[], heights: readonly number[]): void {
    this.#heights = new Map();
    this.#lowest = new Map();
    lanes.forEach(({ signals }, k) => {
      const height = heights[k] as number;
      for (const channel of signals) {
        this.#heights.set(channel.name, height);
        const { key } = groupOf(channel);
        this.#lowest.set(key, Math.min(height, this.#lowest.get(key) ?? height));
      }
    });
  }

  height(channel: ChannelInfo): number {
    return this.#heights.get(channel.name) ?? 100;
  }

  /** Lets scales be fitted again, because other signals have taken the names of these. */
  renew(channels: readonly ChannelInfo[]): void {
    for (const channel of channels) {
      this.#shared.delete(groupOf(channel).key);
      Object.assign(this.of(channel), { base: null, baseline: null, away: null });
    }
  }

  /** The key of `values` that scales a channel, or would after a gesture. */
  keyOf({ name, kind }: ChannelInfo): string {
    if (Object.hasOwn(this.values, name)) return name;
    return Object.hasOwn(this.values, kind) || kindScale(kind) ? kind : name;
  }

  /** The scale that is set; null for a fitted one, also if its units are not those of the channel. */
  gain(channel: ChannelInfo): Gain | null {
    const gain = parseGain(this.values[this.keyOf(channel)]);
    if (!gain || gain.form === "auto" || gain.form === "limits") return gain;
    return unitFactor(gain.units, channel.units) === null ? null : gain;
  }

  /** Follows the data of a channel; returns whether an automatic scale has changed. */
  see(channel: ChannelInfo, look: () => Seen | null, settled: boolean): boolean {
    const entry = this.of(channel);
    const limited = this.gain(channel)?.form === "limits";
    if (limited && entry.base !== null && !entry.provisional) return false;
    // A fit to coarse data would be undone a moment later.
    const seen = settled || entry.base === null ? look() : null;
    if (seen === null) return false;
    if (entry.auto) return followData(entry, seen);
    if (entry.base === null || (entry.provisional && settled)) {
      entry.base = seen.range;
      entry.provisional = !settled;
      this.#shared.delete(groupOf(channel).key);
      entry.baseline = null;
    }
    entry.baseline ??= isWithin(0, entry.base) ? 0 : seen.middle;
    if (settled) this.#followAway(channel, entry, seen.middle);
    return false;
  }

  /** If the trace has left its lane, its median becomes the middle of the lane. */
  #followAway(channel: ChannelInfo, entry: Entry, middle: number): void {
    const { away } = entry;
    entry.away = null;
    const home = this.#limits(channel, entry);
    if (this.gain(channel)?.form === "limits" || isWithin(middle, home)) return;
    const near = away !== null && Math.abs(middle - away) < (home[1] - home[0]) / 4;
    entry.away = near ? away : middle;
  }

  /** Lets like channels share one fitted scale, when all these channels have been fitted. */
  share(channels: readonly ChannelInfo[]): void {
    const groups = new Map<string, number[]>();
    for (const channel of channels) {
      const { key, factor } = groupOf(channel);
      if (!kindScale(channel.kind) || this.#shared.has(key)) continue;
      const { base } = this.of(channel);
      const lowest = (this.#lowest.get(key) ?? 1) / this.height(channel);
      const span = base === null ? Number.NaN : spanOf(padded(base)) * factor * lowest;
      groups.set(key, [...(groups.get(key) ?? []), span]);
    }
    for (const [key, spans] of groups) {
      if (spans.every((span) => span > 0)) this.#shared.set(key, commonSpan(spans));
    }
  }

  /** Computes the limits of the lane of a channel; returns whether they have changed. */
  resolve(channel: ChannelInfo): boolean {
    const entry = this.of(channel);
    entry.auto = this.gain(channel)?.form === "auto";
    if (entry.auto) return false;
    const wanted = this.#limits(channel, entry);
    // Beyond the largest number there is nothing to show.
    const within = wanted.every(Number.isFinite);
    const [min, max] = within ? wanted : padded(entry.base ?? [0, 0]);
    const changed = min !== entry.min || max !== entry.max;
    [entry.min, entry.max] = [min, max];
    return changed;
  }

  #limits(channel: ChannelInfo, entry: Entry): Limits {
    const gain = this.gain(channel);
    if (gain?.form === "limits") return gain.limits;
    const fit = padded(entry.base ?? [0, 0]);
    const home = this.#fittedSpan(channel, fit);
    const span = gain && gain.form !== "auto" ? this.#spanOfGain(channel, gain) : home;
    if (!Number.isFinite(span) || !Number.isFinite(home)) return fit;
    const { away } = entry;
    if (away !== null) return [away - span / 2, away + span / 2];
    const position = this.positions[channel.name];
    if (gain === null && position === undefined && home === spanOf(fit)) return fit;
    const middle = fit[0] / 2 + fit[1] / 2;
    const baseline = entry.baseline ?? (isWithin(0, fit) ? 0 : middle);
    const share = position ?? Math.min(0.98, Math.max(0.02, 0.5 + (baseline - middle) / home));
    return [baseline - share * span, baseline + (1 - share) * span];
  }

  #fittedSpan(channel: ChannelInfo, fit: Limits): number {
    const { key, factor } = groupOf(channel);
    const shared = this.#shared.get(key);
    if (shared === undefined) return spanOf(fit);
    return ((shared / factor) * this.height(channel)) / (this.#lowest.get(key) ?? 1);
  }

  #spanOfGain(channel: ChannelInfo, gain: Gain & { form: "mm" | "lane" }): number {
    const factor = unitFactor(gain.units, channel.units) ?? 1;
    if (gain.form === "lane") return gain.span * factor;
    return (gain.perMm * factor * this.height(channel)) / this.pxPerMm;
  }

  /** The scale of a channel as one that can be changed by hand. */
  byHand(channel: ChannelInfo): Gain {
    const gain = this.gain(channel);
    if (gain && gain.form !== "auto") return gain;
    const { min, max } = this.of(channel);
    const kind = kindScale(channel.kind);
    const factor = kind && unitFactor(channel.units, kind.units);
    // A channel may be named as its kind.
    const alone = channel.name !== channel.kind && this.keyOf(channel) === channel.name;
    if (!kind || factor === null || alone) return { form: "limits", limits: [min, max] };
    const perMm = ((max - min) * factor * this.pxPerMm) / this.height(channel);
    if (!Number.isFinite(perMm)) return { form: "limits", limits: [min, max] };
    return { form: "mm", perMm, units: kind.units, inverse: kind.inverse };
  }

  /** What is written beside a lane: `10 mm/mV`, or `↕` and the range of the lane. */
  figure(channel: ChannelInfo): string {
    const gain = this.byHand(channel);
    if (gain.form === "mm") {
      const number = Number(written(gain).toPrecision(3));
      return gain.inverse ? `${number} mm/${gain.units}` : `${number} ${gain.units}/mm`;
    }
    const { units, factor } = this.shown(channel);
    const { min, max } = this.of(channel);
    const span = Number(((max - min) * factor).toPrecision(3));
    if (!Number.isFinite(span))
      return `${valueText(min, max)} – ${valueText(max, max)} ${units}`.trim();
    return `↕ ${span} ${units}`.trim();
  }

  /** The units in which values of a channel are displayed. */
  shown(channel: ChannelInfo): Shown {
    const { min, max } = this.of(channel);
    const usual = kindScale(channel.kind)?.units;
    // Like channels share a scale, and the units of all follow from it: not from their offsets.
    const size = usual ? max - min : Math.max(Math.abs(min), Math.abs(max));
    return shownUnits(channel.units, size, usual);
  }

  /** The value that a gesture keeps in place. */
  baseline(channel: ChannelInfo): number {
    const { baseline, away, min, max } = this.of(channel);
    const middle = min / 2 + max / 2;
    const value = away ?? baseline ?? 0;
    return isWithin(value, [min, max]) ? value : middle;
  }

  /** Fits scales to the data of the next frame. */
  fit(channels: readonly ChannelInfo[]): void {
    const values = { ...this.values };
    const positions = { ...this.positions };
    for (const channel of channels) {
      delete values[this.keyOf(channel)];
      delete positions[channel.name];
      this.#shared.delete(groupOf(channel).key);
      Object.assign(this.of(channel), { base: null, baseline: null, away: null });
    }
    this.values = values;
    this.positions = positions;
  }
}

/** Channels of one kind in units that can be converted share a scale. */
function groupOf({ kind, units }: ChannelInfo): { key: string; factor: number } {
  const usual = kindScale(kind)?.units;
  const factor = usual === undefined ? null : unitFactor(units, usual);
  if (factor !== null) return { key: `${kind} ${usual}`, factor };
  return { key: `${kind} ${plainUnits(units)}`, factor: 1 };
}

const spanOf = ([min, max]: Limits): number => max - min;
const isWithin = (value: number, [min, max]: Limits): boolean => value >= min && value <= max;
