/** Marks where a trace leaves its lane, and where samples are at the limits of the file. */
import type { ChannelInfo } from "../data/types.ts";
import { atLimits, beyondScale } from "../math/clips.ts";
import type { Columns } from "../math/columns.ts";
import { lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import type { Raster } from "./raster.ts";
import { inkOf, type Theme } from "./theme.ts";

/** Height of a mark, and its smallest width, in CSS pixels. */
const MARK = { height: 2, width: 3 };

/** A signal as it was drawn, in CSS pixels from the top of the lanes. */
interface Drawn {
  channel: ChannelInfo;
  columns: Columns;
  scale: { min: number; max: number };
  top: number;
  height: number;
}

export function paintClips(
  raster: Raster,
  lane: Drawn,
  overlap: boolean,
  dpr: number,
  theme: Theme,
): void {
  const { channel, columns, scale, top, height } = lane;
  const thick = Math.max(1, Math.round(MARK.height * dpr));
  const wide = Math.max(1, Math.round(MARK.width * dpr));
  const [upper, lower] = [Math.round(top * dpr), Math.round((top + height) * dpr)];
  const mark = (bands: readonly number[], y: number, color: number): void => {
    for (let b = 0; b < bands.length; b += 2) {
      const [x0, x1] = [bands[b] as number, bands[b + 1] as number];
      const more = Math.max(0, Math.ceil((wide - (x1 - x0)) / 2));
      const left = Math.max(0, x0 - more);
      raster.block(left, Math.min(raster.width, x1 + more), y, y + thick, color);
    }
  };
  if (!overlap) {
    const beyond = beyondScale(columns, [scale.min, scale.max]);
    const ink = inkOf(theme, channel).ramp[255] as number;
    mark(beyond.above, upper, ink);
    mark(beyond.below, lower - thick, ink);
  }
  if (!channel.limits) return;
  const at = atLimits(columns, channel.limits, channel.gain);
  if (at.above.length === 0 && at.below.length === 0) return;
  const pad = lanePad(height);
  const row = (value: number): number => {
    const y = top + pad + shareBelow(scale.min, scale.max, value) * (height - 2 * pad);
    return Math.min(Math.max(Math.round(y * dpr - thick / 2), upper), lower - thick);
  };
  mark(at.above, row(channel.limits[1]), theme.clipped);
  mark(at.below, row(channel.limits[0]), theme.clipped);
}
