/** Lines of marks through the lanes, interrupted at the traces. */
import { lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import type { Frame } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import type { MarkInk } from "./markink.ts";

/** Free space around a trace (CSS pixels), at its sides and above and below. */
const [SIDE, ABOVE] = [2, 4] as const;

/** Draws a line at `x`, through all lanes or through one. */
export function paintLine(
  g: CanvasRenderingContext2D,
  x: number,
  lane: DrawnLane | null,
  { ink, rare }: { ink: MarkInk; rare: boolean },
  { box, drawn }: Frame,
): void {
  const { lanesTop, lanesHeight, dpr } = box;
  const [top, height] = lane ? [lane.top, lane.height] : [0, lanesHeight];
  const others = lane ? drawn.filter((one) => one.top === lane.top) : drawn;
  const traces = others
    .map((one) => extentAt(one, x, x, box.plotWidth))
    .filter((one) => one !== null)
    .sort((a, b) => a[0] - b[0]);
  g.fillStyle = ink.css;
  g.globalAlpha = rare ? 0.45 : 0.25;
  let from = top;
  for (const [low, high] of [...traces, [top + height, top + height] as const]) {
    const to = Math.min(low - ABOVE, top + height);
    if (to > from) g.fillRect(x, lanesTop + from, 1 / dpr, to - from);
    from = Math.max(from, high + ABOVE);
  }
  g.globalAlpha = 1;
}

/** The highest and the lowest position of a trace between two positions; null without a trace. */
export function extentAt(
  { columns, scale, top, height, channel }: DrawnLane,
  x0: number,
  x1: number,
  plotWidth: number,
): [number, number] | null {
  if (channel.style === "spectrogram" || channel.style === "ribbon") return null;
  const perPixel = columns.length / plotWidth;
  const from = Math.max(0, Math.floor((x0 - SIDE) * perPixel));
  const to = Math.min(columns.length, Math.ceil((x1 + SIDE) * perPixel) + 1);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let c = from; c < to; c++) {
    if ((columns.lo[c] as number) < least) least = columns.lo[c] as number;
    if ((columns.hi[c] as number) > most) most = columns.hi[c] as number;
  }
  if (!(most >= least)) return null;
  const pad = lanePad(height);
  const y = (value: number): number =>
    top + pad + shareBelow(scale.min, scale.max, value) * (height - 2 * pad);
  return [y(most), y(least)];
}
