/** Draws marks: in rows above the lanes, in the lanes of their channels, and as lines and bands. */
import { stripRow } from "../math/layout.ts";
import type { MarkState } from "../state/markstate.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import { paintLabels } from "./marklabels.ts";
import { paintLine } from "./marklines.ts";
import { MarkImage, rasterizeMarks } from "./markraster.ts";
import { type ShownGroup, ShownMarks } from "./shownmarks.ts";

/** Height of marks in the lanes of their channels (CSS pixels). */
const IN_LANE = 7;
/** Above this share of the window, marks with a duration do not tint the lanes. */
const MAX_TINTED = 0.6;
/** Largest number of lines and of tinted bands. */
const [MAX_LINES, MAX_BANDS] = [300, 300] as const;

/** The marks of the recording. */
export function annotations({ state }: ViewHost): Feature {
  const painter = new MarkPainter(state.marks);
  return { paint: (g, frame) => painter.paint(g, frame) };
}

export class MarkPainter {
  readonly #image = new MarkImage();
  readonly #shown: ShownMarks;

  constructor(marks: MarkState) {
    this.#shown = new ShownMarks(marks);
  }

  paint(g: CanvasRenderingContext2D, frame: Frame): void {
    const { annotations: set, box } = frame;
    if (!set) return;
    const { groups: shown, number } = this.#shown.of(set, frame);
    if (shown.length === 0) return;
    const { plotWidth, lanesTop, lanesHeight } = box;
    g.save();
    g.beginPath();
    g.rect(0, 0, plotWidth, lanesTop + lanesHeight);
    g.clip();
    tint(g, shown, frame);
    this.#rasterize(g, shown, frame);
    const few = number <= plotWidth / 24;
    let lines = 0;
    for (const one of shown) {
      if (one.elsewhere || (!few && !one.rare)) continue;
      for (const k of one.group.members) {
        const x = xOf(set.onsets[k] as number, frame);
        if (x < 0) continue;
        if (x > plotWidth || ++lines > MAX_LINES) break;
        paintLine(g, x, one.lane, one, frame);
      }
    }
    paintLabels(g, shown, set, number > plotWidth / 11, frame);
    g.restore();
  }

  /** Ticks and bars in the rows of the strip and at the top of lanes. */
  #rasterize(g: CanvasRenderingContext2D, shown: readonly ShownGroup[], { box }: Frame): void {
    const { dpr, lanesTop } = box;
    const width = Math.max(1, Math.round(box.plotWidth * dpr));
    const places: { groups: ShownGroup[]; y: number; height: number }[] = [];
    for (let row = 0; row < box.rows; row++) {
      const groups = shown.filter((one) => Math.min(one.row, box.rows - 1) === row);
      const [y, height] = stripRow(box, row);
      places.push({ groups, y: y + 1, height: height - 1 });
    }
    for (const lane of new Set(shown.map((one) => one.lane))) {
      if (!lane) continue;
      const groups = shown.filter((one) => one.lane === lane);
      const height = Math.min(IN_LANE, lane.height / 3);
      places.push({ groups, y: lanesTop + lane.top + 1, height });
    }
    const slots: (readonly [number, number])[] = [];
    let top = 0;
    for (const { height } of places) {
      const rows = Math.round(height * dpr);
      slots.push([top, rows]);
      top += rows;
    }
    if (top === 0 || !this.#image.begin(width, top)) return;
    places.forEach(({ groups }, k) => {
      rasterizeMarks(this.#image.pixels, width, slots[k] as [number, number], groups);
    });
    this.#image.finish(top);
    g.imageSmoothingEnabled = false;
    places.forEach(({ y }, k) => {
      const whole = Math.round(y * dpr) / dpr;
      this.#image.draw(g, slots[k] as [number, number], whole, dpr);
    });
  }
}

/** Position of a time in CSS pixels of the plot. */
function xOf(t: number, { state, box }: Frame): number {
  const pps = box.plotWidth / (state.t1 - state.t0);
  return Math.floor((t - state.t0) * pps * box.dpr) / box.dpr;
}

/** Tints the lanes where marks last, unless they would be tinted nearly everywhere. */
function tint(
  g: CanvasRenderingContext2D,
  shown: readonly ShownGroup[],
  { box, theme }: Frame,
): void {
  const { dpr, lanesTop, lanesHeight } = box;
  for (const lane of new Set(shown.map((one) => one.lane))) {
    const groups = shown.filter((one) => one.lane === lane && one.cover && !one.elsewhere);
    const bands = groups.flatMap(({ cover, ink }) =>
      runsOf(cover as Uint8Array).map(([from, to]) => ({ from, to, ink })),
    );
    const width = bands.reduce((sum, { from, to }) => sum + to - from, 0);
    if (bands.length > MAX_BANDS || width > MAX_TINTED * box.plotWidth * dpr) continue;
    const [top, height] = lane ? [lanesTop + lane.top, lane.height] : [lanesTop, lanesHeight];
    g.globalAlpha = theme.dark ? 0.2 : 0.11;
    for (const { from, to, ink } of bands) {
      g.fillStyle = ink.css;
      g.fillRect(from / dpr, top, (to - from) / dpr, height);
    }
    g.globalAlpha = 1;
  }
}

/** First and last column of each run of columns that are covered. */
function runsOf(cover: Uint8Array): [number, number][] {
  const runs: [number, number][] = [];
  for (let c = 0; c < cover.length; c++) {
    if (cover[c] === 0) continue;
    const from = c;
    while (c < cover.length && cover[c] === 1) c++;
    runs.push([from, c]);
  }
  return runs;
}
