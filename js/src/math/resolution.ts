/** What the pixels of a view show: samples, or the range of several samples. */
import { grouped } from "./grouped.ts";

/** How one signal is drawn. */
export interface Drawing {
  /** Samples of the signal in one pixel. */
  perPixel: number;
  /** The largest bin that is drawn, in samples. */
  bin: number;
}

/**
 * For example `samples`, `min/max of 25 samples a pixel`, or with several rates
 * `min/max of 5 to 25 samples a pixel`; empty without signals.
 */
export function resolutionText(drawn: readonly Drawing[]): string {
  if (drawn.length === 0) return "";
  // A bin that is wider than a pixel determines what the pixel shows.
  const counts = drawn.map(({ perPixel, bin }) => (bin > 1 ? Math.max(perPixel, bin) : perPixel));
  // Up to one sample in a pixel, the line passes through every sample.
  const ranges = counts.filter((count) => count > 1 + 1e-9);
  if (ranges.length === 0) return "samples";
  const [least, most] = [Math.min(...ranges), Math.max(...ranges)].map(countText);
  const range = least === most ? most : `${least} to ${most}`;
  const text = `min/max of ${range} samples a pixel`;
  return ranges.length < counts.length ? `samples, or ${text}` : text;
}

function countText(count: number): string {
  const digits = count < 10 ? 2 : count < 100 ? 2 : 3;
  return grouped(Number(Number(count.toPrecision(digits)).toFixed(1)));
}

const SELECTIONS: Readonly<Record<string, string>> = {
  lttb: "LTTB",
  minmaxlttb: "MinMaxLTTB",
  m4: "M4",
  everynth: "every nth sample",
};

/** For example `selection (LTTB), no envelope: 1,200 of 25,000 samples`. */
export function selectionText(
  aggregator: string,
  sets: readonly { values: Float64Array; samples: number }[],
): string {
  const points = Math.max(
    ...sets.map(({ values }) => values.filter((value) => !Number.isNaN(value)).length),
  );
  const samples = Math.max(...sets.map((set) => set.samples));
  const name = SELECTIONS[aggregator] ?? aggregator;
  return `selection (${name}), no envelope: ${grouped(points)} of ${grouped(samples)} samples`;
}
