/** Draws annotations: marks and texts in a strip above the lanes, durations as a tint. */
import type { AnnotationSet } from "../data/types.ts";
import type { Layout } from "../math/layout.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Frame } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import { elide } from "./surface.ts";
import type { Theme } from "./theme.ts";

/** One annotation in the window, in CSS pixels of the plot. */
interface Mark {
  x: number;
  /** End of the annotation; equal to `x` if it has no duration. */
  end: number;
  text: string;
  /** Number of annotations with the same text in the window. */
  sameText: number;
  /** The lane it belongs to, null for all lanes. */
  lane: DrawnLane | null;
  /** Position of the next annotation of the same lane. */
  next: number;
}

/** Largest width of a text that is drawn over neighbouring annotations. */
const MAX_TEXT_WIDTH = 160;
/** Above this share of the window, annotations with a duration do not tint the lanes. */
const MAX_TINTED = 0.6;

/** Number of annotations in the window with the text of number `k`, including those not sent. */
export function countOfText(set: AnnotationSet, k: number): number {
  return set.counts[set.text[k] as number] ?? set.total;
}

function marksOf(
  set: AnnotationSet,
  state: ViewState,
  layout: Layout,
  drawn: readonly DrawnLane[],
): Mark[] {
  const { plotWidth, dpr } = layout;
  const pps = plotWidth / (state.t1 - state.t0);
  const laneOf = new Map(drawn.map((lane) => [lane.channel.index, lane]));
  const marks: Mark[] = [];
  const newest = new Map<DrawnLane | null, Mark>();
  for (let k = 0; k < set.count; k++) {
    const channel = set.channel[k] as number;
    const lane = laneOf.get(channel) ?? null;
    if (channel >= 0 && !lane) continue;
    const x = Math.round(((set.onsets[k] as number) - state.t0) * pps * dpr) / dpr;
    const end = x + (set.durations[k] as number) * pps;
    if (x > plotWidth || Math.max(x, end) < 0) continue;
    const text = set.texts[set.text[k] as number] ?? "";
    const mark = { x, end, text, sameText: countOfText(set, k), lane, next: plotWidth };
    const before = newest.get(lane);
    if (before && x > before.x + 1) before.next = x;
    newest.set(lane, mark);
    marks.push(mark);
  }
  return marks;
}

export function paintMarks(
  g: CanvasRenderingContext2D,
  { annotations: set, state, box, theme, drawn }: Frame,
): void {
  if (!set) return;
  const { plotWidth, strip, lanesTop, lanesHeight, dpr } = box;
  const marks = marksOf(set, state, box, drawn);
  const rare = Math.max(4, plotWidth / 60);
  const few = marks.length <= plotWidth / 24;
  const incomplete = set.total > set.count * 4;
  const rowOf = ({ lane }: Mark): [number, number] =>
    lane ? [lanesTop + lane.top, lane.height] : [0, strip];
  const linesOf = ({ lane }: Mark): [number, number] =>
    lane ? [lanesTop + lane.top, lane.height] : [lanesTop, lanesHeight];
  g.save();
  g.beginPath();
  g.rect(0, 0, plotWidth, lanesTop + lanesHeight);
  g.clip();
  g.fillStyle = theme.annotationCss;
  tint(g, marks, plotWidth, rowOf, linesOf);
  for (const mark of marks) {
    if (mark.x < 0) continue;
    const prominent = mark.sameText <= rare;
    const [top, height] = rowOf(mark);
    g.globalAlpha = few || prominent ? 0.85 : incomplete ? 0.16 : 0.4;
    // Marks of a single lane are short, so that its trace stays visible.
    g.fillRect(mark.x, top, 1 / dpr, mark.lane ? Math.min(height, 8) : height);
    if (!few && !prominent) continue;
    const [from, length] = linesOf(mark);
    g.globalAlpha = 0.28;
    g.fillRect(mark.x, from, 1 / dpr, length);
  }
  g.globalAlpha = 1;
  label(g, marks, rare, incomplete, box, theme);
  g.restore();
}

/** Annotations with a duration: strong in the strip and light in the lanes. */
function tint(
  g: CanvasRenderingContext2D,
  marks: readonly Mark[],
  plotWidth: number,
  rowOf: (mark: Mark) => [number, number],
  linesOf: (mark: Mark) => [number, number],
): void {
  const long = marks.filter(({ x, end }) => end - x > 2);
  const share = long.reduce(
    (sum, { x, end }) => sum + Math.min(end, plotWidth) - Math.max(x, 0),
    0,
  );
  for (const mark of long) {
    const from = Math.max(mark.x, 0);
    const width = Math.min(mark.end, plotWidth) - from;
    if (!mark.lane) {
      const [top, height] = rowOf(mark);
      g.globalAlpha = 0.18;
      g.fillRect(from, top, width, height);
    }
    if (share > MAX_TINTED * plotWidth) continue;
    const [top, height] = linesOf(mark);
    g.globalAlpha = 0.07;
    g.fillRect(from, top, width, height);
  }
}

/** Texts: rare and long annotations first, if necessary over neighbours; others where they fit. */
function label(
  g: CanvasRenderingContext2D,
  marks: readonly Mark[],
  rare: number,
  incomplete: boolean,
  layout: Layout,
  theme: Theme,
): void {
  const { plotWidth, lanesTop, strip } = layout;
  const crowded = incomplete || marks.length > plotWidth / 11;
  g.font = `10px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const taken = new Map<DrawnLane | null, [number, number][]>();
  const prominent = (mark: Mark): boolean => mark.sameText <= rare || mark.end - mark.x > 24;
  const rank = (mark: Mark): number =>
    prominent(mark) ? mark.sameText : marks.length + mark.sameText;
  const sorted = [...marks].sort((a, b) => rank(a) - rank(b) || a.x - b.x);
  for (const mark of sorted) {
    const onTop = prominent(mark);
    // Single texts would suggest that the marks between them have none.
    if (mark.text === "" || (crowded && !onTop)) continue;
    if (mark.lane && mark.lane.height < 30) continue;
    const at = Math.max(mark.x, 0) + 3;
    const room = onTop ? Math.min(MAX_TEXT_WIDTH, plotWidth - at - 2) : mark.next - at - 2;
    if (room < 6) continue;
    const text = onTop ? elide(g, mark.text, room) : mark.text;
    const width = g.measureText(text).width;
    if (text === "" || width > room) continue;
    const row = taken.get(mark.lane) ?? [];
    if (row.some(([from, to]) => at < to + 3 && at + width > from - 3)) continue;
    row.push([at, at + width]);
    taken.set(mark.lane, row);
    const y = mark.lane ? lanesTop + mark.lane.top + 7 : strip / 2 + 0.5;
    if (onTop) {
      g.fillStyle = theme.backgroundCss;
      g.fillRect(at - 1, y - 6, width + 3, 12);
    }
    g.fillStyle = theme.annotationCss;
    g.fillText(text, at, y);
  }
}
