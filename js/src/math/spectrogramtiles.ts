/** Which tiles of a spectrogram lie in a window. */

interface Tiling {
  columns: number;
  tileColumns: number;
  /** Start of the first column, and length of a column, in seconds. */
  t0: number;
  columnSeconds: number;
}

/** First and last tile between two times; the last is smaller if there is none. */
export function tilesIn(
  { columns, tileColumns, t0, columnSeconds }: Tiling,
  from: number,
  to: number,
): [number, number] {
  const tile = tileColumns * columnSeconds;
  const last = Math.ceil(columns / tileColumns) - 1;
  return [
    Math.max(0, Math.floor((from - t0) / tile)),
    Math.min(last, Math.floor((to - t0) / tile)),
  ];
}
