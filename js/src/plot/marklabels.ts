/** The texts of marks, where there is room for them. */
import type { AnnotationSet } from "../data/types.ts";
import { stripRow } from "../math/layout.ts";
import type { Frame } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import { extentAt } from "./marklines.ts";
import type { ShownGroup } from "./shownmarks.ts";
import { elide } from "./surface.ts";

/** Largest width of a text that is drawn over neighbouring marks. */
const MAX_WIDTH = 160;
/** Marks that are longer than this are named although there are many (CSS pixels). */
const LONG = 24;
const MAX_LABELS = 400;
const NEARLY_ALL = 0.85;
/** Height of a text, and of the lowest row and lane that has one. */
const [TEXT, LOWEST, LOWEST_LANE] = [12, 11, 34] as const;

interface Label {
  x: number;
  end: number;
  /** Position of the next mark of the same place. */
  next: number;
  one: ShownGroup;
  /** Drawn over its neighbours. */
  onTop: boolean;
}

/** Texts of rare and long marks first; of frequent ones only if all of them have room. */
export function paintLabels(
  g: CanvasRenderingContext2D,
  shown: readonly ShownGroup[],
  set: AnnotationSet,
  crowded: boolean,
  frame: Frame,
): void {
  const { box, theme } = frame;
  const labels = labelsOf(shown, set, crowded, frame);
  g.font = `10px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const widths = new Map<string, number>();
  const widthOf = (text: string): number => {
    let width = widths.get(text);
    if (width === undefined) {
      width = g.measureText(text).width;
      widths.set(text, width);
    }
    return width;
  };
  const roomy = roomyGroups(labels, widthOf);
  const taken = new Map<unknown, [number, number][]>();
  for (const { x, end, next, one, onTop } of labels) {
    if (!onTop && !roomy.has(one)) continue;
    const at = Math.max(x, 0) + 3;
    const limit = end - x > LONG ? Math.max(end, at + LONG) : Number.POSITIVE_INFINITY;
    const room = onTop ? Math.min(MAX_WIDTH, limit - at, box.plotWidth - at - 2) : next - at - 2;
    if (room < 6) continue;
    const whole = one.group.text;
    const text = onTop && widthOf(whole) > room ? elide(g, whole, room) : whole;
    const width = widthOf(text);
    if (text === "" || width > room) continue;
    // A rare mark of a channel is named in its lane, if its trace leaves room.
    const inLane = one.rare && one.lane ? middleIn(one.lane, [at, at + width], frame) : null;
    const place = inLane === null ? one.row : one.lane;
    const [top, height] = stripRow(box, one.row);
    if (inLane === null && height < LOWEST) continue;
    const y = inLane ?? top + height / 2;
    const row = taken.get(place) ?? [];
    if (row.some(([from, to]) => at < to + 3 && at + width > from - 3)) continue;
    row.push([at, at + width]);
    taken.set(place, row);
    g.globalAlpha = 0.82;
    g.fillStyle = theme.backgroundCss;
    g.fillRect(at - 1, y - TEXT / 2, width + 2, TEXT);
    g.globalAlpha = 1;
    g.fillStyle = one.ink.css;
    g.fillText(text, at, y + 0.5);
  }
}

/** The groups of which nearly all texts have room: single ones would be misleading. */
function roomyGroups(
  labels: readonly Label[],
  widthOf: (text: string) => number,
): ReadonlySet<ShownGroup> {
  const counts = new Map<ShownGroup, { all: number; fit: number }>();
  for (const { x, next, one, onTop } of labels) {
    if (onTop) continue;
    const count = counts.get(one) ?? { all: 0, fit: 0 };
    count.all++;
    if (widthOf(one.group.text) + 5 <= next - Math.max(x, 0)) count.fit++;
    counts.set(one, count);
  }
  const roomy = [...counts].filter(([, { all, fit }]) => fit >= NEARLY_ALL * all);
  return new Set(roomy.map(([one]) => one));
}

/** The marks that may have a text, the most important ones first. */
function labelsOf(
  shown: readonly ShownGroup[],
  set: AnnotationSet,
  crowded: boolean,
  { state, box }: Frame,
): Label[] {
  const { plotWidth } = box;
  const pps = plotWidth / (state.t1 - state.t0);
  const labels: Label[] = [];
  for (const one of shown) {
    const { group, rare } = one;
    if (group.text === "") continue;
    // Single texts would suggest that the marks between them have none.
    if (!rare && (crowded || group.density) && group.longest * pps <= LONG) continue;
    for (const k of group.members) {
      const x = ((set.onsets[k] as number) - state.t0) * pps;
      const end = x + (set.durations[k] as number) * pps;
      if (x > plotWidth) break;
      if (Math.max(x, end) < 0) continue;
      const onTop = rare || end - x > LONG;
      if (onTop || !crowded) labels.push({ x, end, next: plotWidth, one, onTop });
      if (labels.length >= MAX_LABELS) break;
    }
  }
  const last = new Map<number, number>();
  for (const label of [...labels].sort((a, b) => b.x - a.x)) {
    const { row } = label.one;
    label.next = last.get(row) ?? plotWidth;
    last.set(row, label.x);
  }
  return labels.sort((a, b) => Number(b.onTop) - Number(a.onTop) || rank(a) - rank(b) || a.x - b.x);
}

const rank = ({ one }: Label): number => one.group.total;

/** The middle of a text where it leaves the trace of a lane free; null: nowhere. */
function middleIn(
  lane: DrawnLane,
  [x0, x1]: readonly [number, number],
  { box }: Frame,
): number | null {
  if (lane.height < LOWEST_LANE) return null;
  const trace = extentAt(lane, x0, x1, box.plotWidth);
  const [top, bottom] = [lane.top + 1, lane.top + lane.height - 1];
  if (!trace || trace[0] >= top + TEXT + 1) return box.lanesTop + top + TEXT / 2;
  if (trace[1] <= bottom - TEXT - 1) return box.lanesTop + bottom - TEXT / 2;
  return null;
}
