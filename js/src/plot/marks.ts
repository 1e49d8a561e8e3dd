/** Annotations: ticks and words in a strip over the lanes, stretches as a tint. */
import type { AnnotationSet } from "../data/types.ts";
import type { Layout } from "../math/layout.ts";
import type { ViewState } from "../state.ts";
import type { DrawnLane } from "./lanes.ts";
import { elide } from "./surface.ts";
import type { Theme } from "./theme.ts";

/** One mark of the window, in CSS pixels of the plot. */
interface Mark {
  x: number;
  /** End of its stretch; `x` for a moment. */
  end: number;
  text: string;
  /** How many in the window say the same. */
  alike: number;
  /** The lane it belongs to, null for all. */
  lane: DrawnLane | null;
  /** Where the next mark of the same row begins. */
  next: number;
}

/** Widest text of a mark that stands over its neighbours. */
const WIDEST = 160;
/** Above this share of the window stretches are not marked by tinting them. */
const CALM = 0.6;

/** How many marks of the window have the text of mark `k`, also of those left out. */
export function alike(set: AnnotationSet, k: number): number {
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
    const mark = { x, end, text, alike: alike(set, k), lane, next: plotWidth };
    const before = newest.get(lane);
    if (before && x > before.x + 1) before.next = x;
    newest.set(lane, mark);
    marks.push(mark);
  }
  return marks;
}

export function paintMarks(
  g: CanvasRenderingContext2D,
  set: AnnotationSet,
  state: ViewState,
  layout: Layout,
  theme: Theme,
  drawn: readonly DrawnLane[],
): void {
  const { plotWidth, strip, lanesTop, lanesHeight, dpr } = layout;
  const marks = marksOf(set, state, layout, drawn);
  const rare = Math.max(4, plotWidth / 60);
  const few = marks.length <= plotWidth / 24;
  const thinned = set.total > set.count * 4;
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
    const stands = mark.alike <= rare;
    const [top, height] = rowOf(mark);
    g.globalAlpha = few || stands ? 0.85 : thinned ? 0.16 : 0.4;
    // A lane's own marks are short where they are many, so that its trace is seen.
    g.fillRect(mark.x, top, 1 / dpr, mark.lane ? Math.min(height, 8) : height);
    if (!few && !stands) continue;
    const [from, length] = linesOf(mark);
    g.globalAlpha = 0.28;
    g.fillRect(mark.x, from, 1 / dpr, length);
  }
  g.globalAlpha = 1;
  label(g, marks, rare, thinned, layout, theme);
  g.restore();
}

/** Stretches, strong in the strip and light in the lanes. */
function tint(
  g: CanvasRenderingContext2D,
  marks: readonly Mark[],
  plotWidth: number,
  rowOf: (mark: Mark) => [number, number],
  linesOf: (mark: Mark) => [number, number],
): void {
  const stretches = marks.filter(({ x, end }) => end - x > 2);
  const share = stretches.reduce(
    (sum, { x, end }) => sum + Math.min(end, plotWidth) - Math.max(x, 0),
    0,
  );
  for (const mark of stretches) {
    const from = Math.max(mark.x, 0);
    const width = Math.min(mark.end, plotWidth) - from;
    if (!mark.lane) {
      const [top, height] = rowOf(mark);
      g.globalAlpha = 0.18;
      g.fillRect(from, top, width, height);
    }
    if (share > CALM * plotWidth) continue;
    const [top, height] = linesOf(mark);
    g.globalAlpha = 0.07;
    g.fillRect(from, top, width, height);
  }
}

/** Words: first of what is rare or lasts, over its neighbours if need be; then where room is. */
function label(
  g: CanvasRenderingContext2D,
  marks: readonly Mark[],
  rare: number,
  thinned: boolean,
  layout: Layout,
  theme: Theme,
): void {
  const { plotWidth, lanesTop, laneHeight, strip } = layout;
  const crowded = thinned || marks.length > plotWidth / 11;
  g.font = `10px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const taken = new Map<DrawnLane | null, [number, number][]>();
  const stands = (mark: Mark): boolean => mark.alike <= rare || mark.end - mark.x > 24;
  const rank = (mark: Mark): number => (stands(mark) ? mark.alike : marks.length + mark.alike);
  const sorted = [...marks].sort((a, b) => rank(a) - rank(b) || a.x - b.x);
  for (const mark of sorted) {
    const special = stands(mark);
    // A text here and there would pretend that the marks between have none.
    if (mark.text === "" || (crowded && !special)) continue;
    if (mark.lane && laneHeight < 30) continue;
    const at = Math.max(mark.x, 0) + 3;
    const room = special ? Math.min(WIDEST, plotWidth - at - 2) : mark.next - at - 2;
    if (room < 6) continue;
    const text = special ? elide(g, mark.text, room) : mark.text;
    const width = g.measureText(text).width;
    if (text === "" || width > room) continue;
    const row = taken.get(mark.lane) ?? [];
    if (row.some(([from, to]) => at < to + 3 && at + width > from - 3)) continue;
    row.push([at, at + width]);
    taken.set(mark.lane, row);
    const y = mark.lane ? lanesTop + mark.lane.top + 7 : strip / 2 + 0.5;
    if (special) {
      g.fillStyle = theme.backgroundCss;
      g.fillRect(at - 1, y - 6, width + 3, 12);
    }
    g.fillStyle = theme.annotationCss;
    g.fillText(text, at, y);
  }
}

/** The rare marks and the long stretches of the whole recording, along the top of the overview. */
export function paintEvents(
  g: CanvasRenderingContext2D,
  set: AnnotationSet,
  duration: number,
  width: number,
  theme: Theme,
): void {
  const most = width / 8;
  const pps = width / duration;
  g.fillStyle = theme.annotationCss;
  g.globalAlpha = 0.75;
  for (let k = 0; k < set.count; k++) {
    const length = (set.durations[k] as number) * pps;
    if (alike(set, k) > most) continue;
    g.fillRect((set.onsets[k] as number) * pps, 0, Math.max(1, length), 3);
  }
  g.globalAlpha = 1;
}
