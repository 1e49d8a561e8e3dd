/** Physical values as they are drawn. */
export type Values = Float32Array | Float64Array;

/**
 * Consecutive bins (or samples) of a channel in physical units; NaN where a value is missing.
 * Bin `k` of a piece covers the samples `(first + k) * bin <= i < (first + k + 1) * bin`.
 */
export interface Piece {
  bin: number;
  first: number;
  count: number;
  lo: Values;
  /** The same array as `lo` when `bin` is 1. */
  hi: Values;
}
