/** A band at the lower edge of a lane that shows where a signal is usable. */
import type { Columns } from "../math/columns.ts";
import type { Raster } from "./raster.ts";
import type { Theme } from "./theme.ts";

/** Height of the band in CSS pixels. */
const HEIGHT = 5;

interface Drawn {
  columns: Columns;
  top: number;
  height: number;
}

export function paintRibbon(
  raster: Raster,
  { columns, top, height }: Drawn,
  dpr: number,
  theme: Theme,
): void {
  const bottom = Math.round((top + height - 1) * dpr);
  const upper = bottom - Math.round(HEIGHT * dpr);
  let from = 0;
  let color = 0;
  for (let c = 0; c <= columns.length; c++) {
    const lo = c < columns.length ? (columns.lo[c] as number) : Number.NaN;
    // A pixel with any unusable sample is not usable.
    const now = Number.isNaN(lo) ? 0 : lo >= 1 ? theme.usable : theme.unusable;
    if (now === color && c < columns.length) continue;
    if (color !== 0) raster.block(from, c, upper, bottom, color);
    [from, color] = [c, now];
  }
}
