/** Channel names, units and amplitude scales at the left of the lanes. */

import { kindScale } from "../math/kinds.ts";
import { type Layout, laneExtent, lanesInView } from "../math/layout.ts";
import { hasLevels } from "../math/levels.ts";
import { shareBelow } from "../math/scale.ts";
import type { Lane } from "../state/lane.ts";
import { filterLabel } from "../state/lanechoice.ts";
import type { ViewState } from "../state/viewstate.ts";
import { paintLevels } from "./levelmarks.ts";
import { type Extent, type LabelScale, type Placed, paintScaleMarks } from "./scalemarks.ts";
import { elide, type Surface } from "./surface.ts";
import { inkOf, type Theme } from "./theme.ts";

/** From this height on, lanes have units or a scale under their names in the usual size. */
const TALL = 34;
/** From this height on, there is room for two lines under a name; and their distance. */
const TWO_LINES = 64;
const LINE = 13;

/** Where the texts of a lane are in the gutter. */
export interface LabelPlace {
  /** The middle of the row under the name, from the top of the lane. */
  under: number;
  /** The right end of the text in that row. */
  underEnd: number;
  /** Numbers of the scale beside the texts, from the top of the lane; null: a bar may be there. */
  numbers: readonly Placed[] | null;
}

export const labelPlaces = new WeakMap<Lane, LabelPlace>();

export function paintGutter(
  surface: Surface,
  state: ViewState,
  layout: Layout,
  theme: Theme,
  scroll: number,
): void {
  const g = surface.begin();
  if (!g) return;
  const { gutter, lanesHeight, lanesTop } = layout;
  g.fillStyle = theme.gutterCss;
  g.fillRect(0, 0, gutter, layout.height);
  g.save();
  g.beginPath();
  g.rect(0, lanesTop, gutter, lanesHeight);
  g.clip();
  const [first, stop] = lanesInView(layout, scroll);
  for (let k = first; k < stop; k++) {
    const lane = state.lanes[k];
    if (!lane) continue;
    const [fromFirst, height] = laneExtent(layout, k);
    const top = lanesTop + fromFirst - scroll;
    if (k > first) {
      g.fillStyle = theme.lineCss;
      g.fillRect(0, Math.round(top), gutter, 1 / layout.dpr);
    }
    paintLabel(g, lane, state, { top, height }, layout, theme);
  }
  g.restore();
  g.fillStyle = theme.lineCss;
  g.fillRect(gutter - 1 / layout.dpr, 0, 1 / layout.dpr, lanesTop + lanesHeight);
}

const nameFont = (theme: Theme): string => `600 12px ${theme.font}`;
const lineFont = (theme: Theme): string => `11px ${theme.font}`;

/** Width of the widest of the first thousand channel names. */
export function widestName(surface: Surface, state: ViewState, theme: Theme): number {
  const { context } = surface;
  if (!context) return 0;
  context.save();
  context.font = nameFont(theme);
  const first = state.signals.slice(0, 1000);
  const widths = first.map(({ name }) => context.measureText(name).width);
  context.font = lineFont(theme);
  const filters = new Set(first.map(({ filter = "" }) => filterLabel(filter)));
  for (const text of filters) widths.push(context.measureText(text).width);
  context.restore();
  return Math.max(0, ...widths);
}

/** The filters of the signals in a lane. */
function filtersOf(lane: Lane): string {
  return [...new Set(lane.signals.map(({ filter = "" }) => filterLabel(filter)))]
    .filter((text) => text !== "")
    .join("; ");
}

function paintLabel(
  g: CanvasRenderingContext2D,
  lane: Lane,
  state: ViewState,
  extent: Extent,
  layout: Layout,
  theme: Theme,
): void {
  const { top, height } = extent;
  const stripe = (height - 6) / lane.signals.length;
  lane.signals.forEach((channel, order) => {
    g.fillStyle = inkOf(theme, channel).css;
    g.fillRect(0, top + 3 + order * stripe, 3, stripe);
  });
  const [channel] = lane.signals;
  const { auto, base } = state.scaleOf(channel);
  const gain = state.scales.gain(channel);
  const known = base !== null || gain !== null;
  const scale = labelScale(state, lane);
  const { levels } = channel;
  const { placed, text } = hasLevels(channel)
    ? { placed: paintLevels(g, levels ?? {}, scale, extent, layout, theme), text: "" }
    : known
      ? paintScaleMarks(g, scale, extent, layout, theme)
      : { placed: [], text: scale.units };
  const figure = gain?.form === "mm" ? state.scales.figure(channel) : scale.units;
  const filter = filtersOf(lane);
  const units = text || (auto ? `${figure} · auto`.replace(/^ · /, "") : figure);
  const tall = height >= TALL;
  const middle = Math.round((top + height / 2) * layout.dpr) / layout.dpr;
  const roomAt = (y: number): number => {
    const taken = placed.filter((one) => Math.abs(one.y - y) < 12).map(({ width }) => width);
    const bar = text === "" ? 4 : 9;
    return layout.gutter - 9 - Math.max(bar, ...taken.map((width) => width + 4));
  };
  const name = lane.signals.map((signal) => signal.name).join(", ");
  g.textBaseline = "middle";
  g.textAlign = "left";
  g.fillStyle = theme.text;
  g.font = tall ? nameFont(theme) : `600 11px ${theme.font}`;
  const needed = Math.min(g.measureText(name).width, layout.gutter - 13);
  // Under the name is room for the value at the pointer.
  const line = tall ? 15 : 13;
  const y = nameRow(middle - (tall ? 7 : 6), [top + 8, top + height - 8 - line], (at) => {
    return roomAt(at) >= needed;
  });
  const below = y + line;
  g.fillText(elide(g, name, roomAt(y)), 9, y);
  g.fillStyle = theme.muted;
  g.font = `${tall ? 11 : 10}px ${theme.font}`;
  const room = roomAt(below);
  const fits = (text: string): boolean => g.measureText(text).width <= room;
  const [under = "", further = ""] = linesUnderName(filter, units, fits, height);
  const shownUnder = elide(g, under, room);
  const underEnd = 9 + g.measureText(shownUnder).width;
  const numbers = placed.map(({ y: at, width }) => ({ y: at - top, width }));
  labelPlaces.set(lane, {
    ...{ under: below - top, underEnd },
    numbers: numbers.length > 0 ? numbers : null,
  });
  g.fillText(shownUnder, 9, below);
  if (further !== "") g.fillText(elide(g, further, roomAt(below + LINE)), 9, below + LINE);
}

/** The filter and the scale of a lane: in two lines where one is too short, if there is room. */
export function linesUnderName(
  filter: string,
  units: string,
  fits: (text: string) => boolean,
  height: number,
): string[] {
  const parts = [filter, units].filter((part) => part !== "");
  const line = parts.join(" · ");
  return height < TWO_LINES || fits(line) ? [line] : parts;
}

/** The row nearest to `wanted` where a name fits beside the numbers of the scale. */
function nameRow(
  wanted: number,
  [first, last]: readonly [number, number],
  fits: (y: number) => boolean,
): number {
  for (let by = 0; by <= last - first; by++) {
    for (const y of [wanted - by, wanted + by]) if (y >= first && y <= last && fits(y)) return y;
  }
  return wanted;
}

function labelScale({ scales }: ViewState, { signals: [channel] }: Lane): LabelScale {
  const { units, factor } = scales.shown(channel);
  const { min, max } = scales.of(channel);
  const zero = 1 - shareBelow(min, max, 0);
  const baseline = kindScale(channel.kind) !== null || (zero > 0.15 && zero < 0.85);
  return { min: min * factor, max: max * factor, units, baseline };
}
