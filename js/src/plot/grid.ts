/** The grid of ECG paper: 1 mm and 5 mm at the gain and the speed of the lane. */
import { shareBelow } from "../math/scale.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { LaneBox, Raster } from "./raster.ts";

/** What 1 mm is where no paper speed and no gain are set: 25 mm/s and 10 mm/mV. */
const SECONDS = 0.04;
const MILLIVOLTS = 0.1;
/** Lines are omitted where they would be closer, in CSS pixels. */
const CLOSEST = 3;

/** Distance of minor lines in s. */
export function gridSeconds({ pace }: ViewState): number {
  return pace.paperSpeed === null ? SECONDS : 1 / pace.paperSpeed;
}

export interface GridColors {
  minor: number;
  major: number;
}

/** Draws the lines at multiples of `step` from 0; every fifth is a major one. */
export function gridLines(
  from: number,
  to: number,
  step: number,
  pixelsPerStep: number,
  dpr: number,
  draw: (value: number, major: boolean) => void,
): void {
  const every = pixelsPerStep >= CLOSEST * dpr ? 1 : pixelsPerStep * 5 >= CLOSEST * dpr ? 5 : 0;
  if (every === 0 || !Number.isFinite(from / step) || !Number.isFinite(to / step)) return;
  const last = Math.floor(to / step);
  for (let k = Math.ceil(from / step / every) * every; k <= last; k += every) {
    draw(k * step, k % 5 === 0);
  }
}

/** One row of pixels with the vertical lines of a window; the same for all lanes. */
export function gridRow(
  raster: Raster,
  state: ViewState,
  dpr: number,
  background: number,
  { minor, major }: GridColors,
): Uint32Array {
  const { t0, t1 } = state;
  const row = new Uint32Array(raster.width).fill(background);
  const pps = raster.width / (t1 - t0);
  const step = gridSeconds(state);
  const put = (t: number, isMajor: boolean): void => {
    const x = Math.round((t - t0) * pps);
    if (x >= 0 && x < row.length) row[x] = isMajor ? major : minor;
  };
  gridLines(t0, t1, step, step * pps, dpr, put);
  return row;
}

/** Draws the grid into a lane; `unit` is the value of 1 mm in the units of the channel. */
export function paintGrid(
  raster: Raster,
  box: LaneBox,
  unit: number,
  row: Uint32Array,
  dpr: number,
  { minor, major }: GridColors,
): void {
  raster.rows(box.top, box.top + box.height, row);
  const perUnit = box.height / 4 / (box.max / 4 - box.min / 4);
  const put = (value: number, isMajor: boolean): void => {
    const y = Math.round(box.top + shareBelow(box.min, box.max, value) * box.height);
    const first = Math.round(box.top);
    if (y < first || y >= Math.round(box.top + box.height)) return;
    if (isMajor) raster.horizontal(y, major);
    // Minor lines lie under major ones.
    else raster.under(y, minor, major);
  };
  gridLines(box.min, box.max, unit, unit * perUnit, dpr, put);
}

/** The value of 1 mm in an ECG lane, in mV. */
export function gridMillivolts(perMm: number | null): number {
  return perMm ?? MILLIVOLTS;
}
