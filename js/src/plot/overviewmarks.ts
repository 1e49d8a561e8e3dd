/** What the overview shows besides the signal: coverage, density of marks, and the hypnogram. */
import type { AnnotationSet } from "../data/types.ts";
import { ALL, coverage, SOME } from "../math/coverage.ts";
import { STAGES, stageOf } from "../math/stages.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Theme } from "./theme.ts";

/** Heights in CSS pixels. */
export const [MARKS, COVERAGE, HYPNOGRAM] = [4, 4, 14] as const;
/** Width of a column of the density (CSS pixels). */
const COLUMN = 2;
/** Texts with fewer marks than one in so many pixels are rare. */
const RARE = 8;

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

/** The annotations of the recording, divided into sleep stages and others. */
export interface Divided {
  /** Onset, duration and position in STAGES of each stage, in order of time. */
  stages: readonly (readonly [number, number, number])[];
  /** Positions of the others in the set. */
  others: readonly number[];
}

export function divided(set: AnnotationSet): Divided {
  const levels = set.texts.map((text) => {
    const stage = stageOf(text);
    return stage === null ? -1 : STAGES.indexOf(stage);
  });
  const stages: [number, number, number][] = [];
  const others: number[] = [];
  for (let k = 0; k < set.count; k++) {
    const level = levels[set.text[k] as number] ?? -1;
    if (level < 0) others.push(k);
    else stages.push([set.onsets[k] as number, set.durations[k] as number, level]);
  }
  return { stages: stages.sort((a, b) => a[0] - b[0]), others };
}

/** Number of annotations in each column; those that were not sent are counted by their text. */
export function densityOf(
  set: AnnotationSet,
  others: readonly number[],
  duration: number,
  columns: number,
): Float64Array {
  const sent = new Map<number, number>();
  for (const k of others) {
    const text = set.text[k] as number;
    sent.set(text, (sent.get(text) ?? 0) + 1);
  }
  const out = new Float64Array(columns);
  for (const k of others) {
    const text = set.text[k] as number;
    const each = (set.counts[text] ?? 0) / (sent.get(text) ?? 1);
    const onset = set.onsets[k] as number;
    const first = Math.floor((onset / duration) * columns);
    const end = Math.ceil(((onset + (set.durations[k] as number)) / duration) * columns);
    for (let c = Math.max(first, 0); c < Math.min(Math.max(end, first + 1), columns); c++) {
      out[c] = (out[c] as number) + Math.max(each, 1);
    }
  }
  return out;
}

export function paintDensity(
  g: CanvasRenderingContext2D,
  set: AnnotationSet,
  others: readonly number[],
  duration: number,
  [top, width]: readonly [number, number],
  theme: Theme,
): void {
  const density = densityOf(set, others, duration, Math.ceil(width / COLUMN));
  const mean = density.reduce((a, b) => a + b, 0) / density.length;
  g.fillStyle = theme.annotationCss;
  density.forEach((count, c) => {
    if (count === 0) return;
    // Even density is pale; where there are more marks than elsewhere, it is strong.
    g.globalAlpha = Math.min(0.9, 0.1 + 0.18 * Math.log2(1 + count / mean));
    g.fillRect(c * COLUMN, top, COLUMN, MARKS - 1);
  });
  // Rare texts are seen among any number of frequent ones.
  g.globalAlpha = 0.9;
  for (const k of others) {
    if ((set.counts[set.text[k] as number] ?? set.total) > width / RARE) continue;
    const x = ((set.onsets[k] as number) / duration) * width;
    const length = ((set.durations[k] as number) / duration) * width;
    g.fillRect(x, top, Math.max(1, length), MARKS - 1);
  }
  g.globalAlpha = 1;
}

/** A step for each stage: wake at the top, deep sleep at the bottom, REM as a thick line. */
export function paintHypnogram(
  g: CanvasRenderingContext2D,
  { stages }: Divided,
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
