/** The amplitude scales of the channels of a view, by name. */
import type { ChannelInfo } from "../data/types.ts";
import { type LaneScale, magnify, newScale, shift } from "../math/autoscale.ts";

export class Scales {
  readonly #scales = new Map<string, LaneScale>();

  of(channel: ChannelInfo): LaneScale {
    let scale = this.#scales.get(channel.name);
    if (!scale) {
      scale = newScale(channel.range);
      this.#scales.set(channel.name, scale);
    }
    return scale;
  }

  magnify(channels: readonly ChannelInfo[], factor: number): void {
    for (const channel of channels) magnify(this.of(channel), factor);
  }

  shift(channels: readonly ChannelInfo[], share: number): void {
    for (const channel of channels) shift(this.of(channel), share);
  }

  /** Resets scales to the automatic ones. */
  auto(channels: readonly ChannelInfo[]): void {
    for (const { name } of channels) this.#scales.set(name, newScale(null));
  }
}
