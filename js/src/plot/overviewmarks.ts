/** What the overview shows besides the signal: coverage, marks, and the hypnogram. */
import type { AnnotationSet } from "../data/types.ts";
import { ALL, coverage, SOME } from "../math/coverage.ts";
import type { Layout } from "../math/layout.ts";
import { STAGES, stageAmong } from "../math/stages.ts";
import type { MarkState } from "../state/markstate.ts";
import type { ViewState } from "../state/viewstate.ts";
import { MarkImage, rasterizeMarks, widen } from "./markraster.ts";
import { ShownMarks } from "./shownmarks.ts";
import type { Theme } from "./theme.ts";

/** Heights in CSS pixels. */
export const [MARKS, COVERAGE, HYPNOGRAM] = [5, 4, 14] as const;

/** Coverage of all channels, computed again when more is known. */
export class Coverage {
  columns: Uint8Array = new Uint8Array(0);
  /** Not all channels have samples everywhere. */
  partial = false;
  #key = "";

  update({ description, duration }: ViewState, width: number): void {
    const bases = new Set(description.channels.map(({ timebase }) => timebase));
    const known = [...bases].filter(({ starts }) => starts.length > 0);
    const samples = known.map(({ nSamples, starts }) => `${nSamples}/${starts.length}`);
    const key = [description.revision, duration, width, ...samples].join();
    if (key === this.#key) return;
    this.#key = key;
    // Channels without samples are not covered anywhere.
    const used = [...bases].filter((base) => known.includes(base) || base.nSamples === 0);
    this.columns = coverage(used, duration, width);
    this.partial = this.columns.some((one) => one !== ALL);
  }

  paint(g: CanvasRenderingContext2D, top: number, theme: Theme): void {
    const { columns } = this;
    const width = columns.length;
    g.fillStyle = theme.backgroundCss;
    g.fillRect(0, top, width, COVERAGE);
    g.fillStyle = theme.text;
    for (const level of [SOME, ALL]) {
      g.globalAlpha = level === ALL ? 0.62 : 0.24;
      for (let c = 0; c < width; ) {
        let end = c + 1;
        while (end < width && columns[end] === columns[c]) end++;
        if (columns[c] === level) g.fillRect(c, top + 1, end - c, COVERAGE - 1);
        c = end;
      }
    }
    g.globalAlpha = 1;
  }
}

/**
 * Onset, duration and position in STAGES of each sleep stage of the layer with most of them, in
 * order of time; and whether there are marks that are no stages.
 */
export function stagesOf(set: AnnotationSet): {
  stages: (readonly [number, number, number])[];
  others: boolean;
} {
  const used = set.layers.map(() => new Set<number>());
  for (let k = 0; k < set.count; k++) used[set.layer[k] as number]?.add(set.text[k] as number);
  const levels = used.map((codes) => {
    const texts = [...codes].map((code) => set.texts[code] ?? "");
    return new Map(
      [...codes].map((code) => {
        const stage = stageAmong(set.texts[code] ?? "", texts);
        return [code, stage === null ? -1 : STAGES.indexOf(stage)];
      }),
    );
  });
  const stages: [number, number, number][][] = set.layers.map(() => []);
  let others = false;
  for (let k = 0; k < set.count; k++) {
    const layer = set.layer[k] as number;
    const level = levels[layer]?.get(set.text[k] as number) ?? -1;
    if (level < 0) others = true;
    else stages[layer]?.push([set.onsets[k] as number, set.durations[k] as number, level]);
  }
  // Those of two readers over each other would be read as one night.
  const [most = []] = stages.sort((a, b) => b.length - a.length);
  return { stages: most.sort((a, b) => a[0] - b[0]), others };
}

/** The marks besides the stages, as a strip of small columns. */
export class OverviewStrip {
  readonly #image = new MarkImage();
  readonly #shown: ShownMarks;
  /** What the image was made of. */
  #of: readonly unknown[] = [];

  constructor(marks: MarkState) {
    this.#shown = new ShownMarks(marks, (text, layer) => stageAmong(text, layer) === null);
  }

  paint(
    g: CanvasRenderingContext2D,
    set: AnnotationSet,
    state: ViewState,
    box: Layout,
    theme: Theme,
  ): void {
    const width = Math.max(1, Math.round(box.plotWidth * box.dpr));
    const height = Math.round((MARKS - 1) * box.dpr);
    const now = [set, theme, width, height, state.marks.options, state.marks.legend];
    if (now.every((one, k) => one === this.#of[k])) {
      this.#image.draw(g, [0, height], 0, box.dpr);
      return;
    }
    this.#of = now;
    const window = { state: { t0: 0, t1: state.duration }, box, theme, drawn: [] };
    const { groups } = this.#shown.of(set, window);
    for (const one of groups) if (one.rare) widen(one.counts, width);
    if (!this.#image.begin(width, height)) return;
    rasterizeMarks(this.#image.pixels, width, [0, height], groups);
    this.#image.finish(height);
    this.#image.draw(g, [0, height], 0, box.dpr);
  }
}

/** A step for each stage: wake at the top, deep sleep at the bottom, REM as a thick line. */
export function paintHypnogram(
  g: CanvasRenderingContext2D,
  stages: readonly (readonly [number, number, number])[],
  duration: number,
  [top, width]: readonly [number, number],
  theme: Theme,
): void {
  const pps = width / duration;
  const row = (HYPNOGRAM - 4) / (STAGES.length - 1);
  const yOf = (level: number): number => top + 2 + level * row;
  let before: { end: number; y: number } | null = null;
  for (const [onset, length, level] of stages) {
    const [x, y] = [onset * pps, yOf(level)];
    const rem = STAGES[level] === "R";
    g.fillStyle = theme.text;
    g.globalAlpha = 0.7;
    if (before && Math.abs(before.end - x) < 1 && before.y !== y) {
      g.fillRect(x - 0.5, Math.min(y, before.y) - 0.5, 1, Math.abs(y - before.y) + 1);
    }
    g.globalAlpha = 1;
    if (rem) g.fillStyle = theme.accentCss;
    const thick = rem ? 3 : 1.5;
    const end = (onset + length) * pps;
    g.fillRect(x, y - thick / 2, Math.max(end - x, 1), thick);
    before = { end, y };
  }
}
