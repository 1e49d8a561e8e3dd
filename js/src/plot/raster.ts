/**
 * A pixel buffer that lanes are drawn into.
 *
 * Without a GPU this is the fastest way to draw on a canvas: one pass over the columns and one
 * `putImageData`. docs/architecture.md compares it with other ways.
 */
import type { Columns } from "../math/columns.ts";
import type { Gaps } from "../math/gaps.ts";

/** Position of a lane on the canvas in device pixels, and the values at its edges. */
export interface LaneBox {
  top: number;
  height: number;
  min: number;
  max: number;
  /** The trace may leave the lane. */
  overlap?: boolean;
  /** No trace is below this one. */
  lowest?: boolean;
}

/** Traces are drawn in units of 2 ** -FRACTION rows. */
const FRACTION = 16;
const ONE = 1 << FRACTION;

/** The smaller and the larger of two integers. Without a branch: which one it is, is random. */
const smaller = (a: number, b: number): number => {
  const less = (a - b) | 0;
  return (b + (less & (less >> 31))) | 0;
};
const larger = (a: number, b: number): number => {
  const less = (a - b) | 0;
  return (a - (less & (less >> 31))) | 0;
};

export class Raster {
  readonly image: ImageData;
  readonly pixels: Uint32Array;
  /** The rows of the canvas that are drawn now: `[top, bottom)`. */
  #top = 0;
  #bottom: number;

  /** @param height Number of rows that it can hold. */
  constructor(
    context: CanvasRenderingContext2D,
    readonly width: number,
    readonly height: number,
  ) {
    this.image = context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.#bottom = height;
  }

  clear(color: number): void {
    this.pixels.fill(color);
  }

  /** Begins to draw the rows `[top, bottom)` of the canvas, each of which is like `row` at first. */
  begin(top: number, bottom: number, row: Uint32Array): void {
    this.#top = top;
    this.#bottom = bottom;
    this.rows(top, bottom, row);
  }

  /** Puts the rows that were drawn on the canvas. */
  put(context: CanvasRenderingContext2D): void {
    context.putImageData(this.image, 0, this.#top, 0, 0, this.width, this.#bottom - this.#top);
  }

  /** The rows of the buffer between two edges on the canvas. */
  #between(top: number, bottom: number): [number, number] {
    return [
      Math.max(this.#top, Math.round(top)) - this.#top,
      Math.min(this.#bottom, Math.round(bottom)) - this.#top,
    ];
  }

  /** The edges of what a trace may use, from the first row of the buffer. */
  #room(box: LaneBox): [number, number] {
    const [first, last] = [0, this.#bottom - this.#top];
    if (box.overlap) return [first, last];
    const top = box.top - this.#top;
    return [Math.max(first, top), Math.min(last, top + box.height)];
  }

  horizontal(y: number, color: number): void {
    const row = Math.round(y);
    const [first, stop] = this.#between(row, row + 1);
    if (first < stop) this.pixels.fill(color, first * this.width, stop * this.width);
  }

  /** A horizontal line in `color` that leaves the pixels of another colour. */
  under(row: number, color: number, other: number): void {
    const { width, pixels } = this;
    const [first, stop] = this.#between(row, row + 1);
    for (let at = first * width; at < stop * width; at++) {
      if (pixels[at] !== other) pixels[at] = color;
    }
  }

  /** Fills rows with the same pixels. */
  rows(top: number, bottom: number, row: Uint32Array): void {
    const [first, stop] = this.#between(top, bottom);
    for (let y = first; y < stop; y++) this.pixels.set(row, y * this.width);
  }

  block(x0: number, x1: number, top: number, bottom: number, color: number): void {
    const { width, pixels } = this;
    const [first, stop] = this.#between(top, bottom);
    // Most blocks are narrow: for them a loop is many times faster than `fill`.
    for (let y = first; y < stop; y++) {
      const end = y * width + x1;
      for (let at = y * width + x0; at < end; at++) pixels[at] = color;
    }
  }

  /** A tinted band with diagonal stripes; a narrow band is filled with the stripe colour. */
  hatch(x0: number, x1: number, top: number, bottom: number, tint: number, stripe: number): void {
    const { width, pixels } = this;
    const period = x1 - x0 > 8 ? 8 : 1;
    const [first, stop] = this.#between(top, bottom);
    for (let y = first; y < stop; y++) {
      const row = y * width;
      pixels.fill(tint, row + x0, row + x1);
      // Counted from the edge of the canvas, so that the stripes of neighbouring lanes match.
      let x = x0 + ((((-x0 - y - this.#top) % period) + period) % period);
      for (; x < x1; x += period) pixels[row + x] = stripe;
    }
  }

  /**
   * Draws a lane as vertical spans with antialiased ends, each joined to its neighbour.
   *
   * @returns Whether there are columns without a value.
   */
  trace(
    columns: Columns,
    box: LaneBox,
    inks: Uint32Array,
    thick: number,
    gaps: Gaps | null,
  ): boolean {
    const { lo, hi, length } = columns;
    const { width, pixels } = this;
    const mask = gaps ? gaps.mask : null;
    // The difference of the edges may overflow.
    const perUnit = box.height / 4 / (box.max / 4 - box.min / 4);
    const zero = box.top - this.#top + box.max * perUnit;
    const [ceiling, floor] = this.#room(box);
    const half = Math.round((thick / 2) * ONE);
    const [least, most] = [Math.ceil(ceiling * ONE), Math.floor(floor * ONE)];
    // What is farther away is not seen; it must not overflow.
    const [above, below] = [ceiling - thick - 1, floor + thick + 1];
    const [nowhere, everywhere] = [((above - 1) * ONE) | 0, ((below + 1) * ONE) | 0];
    // A second column to the right makes steep lines as thick as flat ones.
    const double = thick > 1.5;
    const plain = box.lowest === true && !double;
    let before = nowhere;
    let beforeEnd = everywhere;
    let holes = false;
    for (let c = 0; c < length; c++) {
      let y = zero - (hi[c] as number) * perUnit;
      if (Number.isNaN(y)) {
        holes = true;
        before = nowhere;
        beforeEnd = everywhere;
        continue;
      }
      // Not joined across the edge of a band: no line may cross a gap.
      if (mask !== null && (mask[c] === 1 || mask[c - 1] === 1)) {
        before = nowhere;
        beforeEnd = everywhere;
      }
      y = y < above ? above : y > below ? below : y;
      const top = (y * ONE) | 0;
      y = zero - (lo[c] as number) * perUnit;
      y = y < above ? above : y > below ? below : y;
      const end = (y * ONE) | 0;
      const y0 = larger((smaller(top, beforeEnd) - half) | 0, least);
      const y1 = smaller((larger(end, before) + half) | 0, most);
      before = top;
      beforeEnd = end;
      if (y0 >= y1) continue;
      const at = (Math.imul(y0 >> FRACTION, width) + c) | 0;
      if (plain) {
        paint(pixels, at, width, y0, y1, inks);
        continue;
      }
      blend(pixels, at, width, y0, y1, inks);
      if (double && c + 1 < length) blend(pixels, (at + 1) | 0, width, y0, y1, inks);
    }
    return holes;
  }

  /**
   * Makes values visible beside which there are none, such as single slow samples seen from far
   * away: the ends of one or two columns become dots, smaller where they are close together.
   */
  points({ lo, hi, length }: Columns, box: LaneBox, inks: Uint32Array, radius: number): void {
    const perUnit = box.height / 4 / (box.max / 4 - box.min / 4);
    const zero = box.top + box.max * perUnit;
    const isSet = (c: number): boolean => c < length && !Number.isNaN(hi[c]);
    let before = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < length; c++) {
      if (!isSet(c)) continue;
      let stop = c + 1;
      while (isSet(stop)) stop++;
      if (stop - c <= 2) {
        let next = stop + 1;
        while (next < length && next < stop + 8 && !isSet(next)) next++;
        const room = Math.min(c - before, next < length ? next - stop + 1 : 8);
        const size = Math.min(radius, 0.45 * room);
        const [a, b] = [c, stop - 1];
        const top = zero - Math.max(hi[a] as number, hi[b] as number) * perUnit;
        const end = zero - Math.min(lo[a] as number, lo[b] as number) * perUnit;
        this.dot((c + stop) / 2, top, size, box, inks);
        if (end - top >= 1) this.dot((c + stop) / 2, end, size, box, inks);
      }
      before = stop - 1;
      c = before;
    }
  }

  /** An antialiased dot of `radius` pixels. */
  dot(x: number, y: number, radius: number, box: LaneBox, inks: Uint32Array): void {
    const { width, pixels } = this;
    const ink = inks[255] as number;
    const [ceiling, floor] = this.#room(box);
    const middle = y - this.#top;
    const y0 = Math.max(Math.floor(middle - radius), Math.ceil(ceiling));
    const y1 = Math.min(Math.ceil(middle + radius), Math.ceil(floor) - 1);
    const x0 = Math.max(Math.floor(x - radius), 0);
    const x1 = Math.min(Math.ceil(x + radius), width - 1);
    for (let row = y0; row <= y1; row++) {
      for (let c = x0; c <= x1; c++) {
        const cover = radius + 0.5 - Math.hypot(c + 0.5 - x, row + 0.5 - middle);
        if (cover > 0) soften(pixels, row * width + c, inks, Math.min(1, cover) * ONE, ink);
      }
    }
  }
}

/** Draws a span from `y0` to `y1` in a column, whose first pixel is `at`, over what was there. */
function paint(
  pixels: Uint32Array,
  at: number,
  width: number,
  y0: number,
  y1: number,
  inks: Uint32Array,
): void {
  const first = y0 >> FRACTION;
  const last = (y1 - 1) >> FRACTION;
  if (first === last) {
    pixels[at] = inks[((y1 - y0) * 255) >> FRACTION] as number;
    return;
  }
  const ink = inks[255] as number;
  const stop = (at + Math.imul(last - first, width)) | 0;
  // Most spans are short. How short is random, so that a branch for it would cost more than this.
  let next = (at + width) | 0;
  pixels[smaller(next, stop)] = ink;
  next = (next + width) | 0;
  pixels[smaller(next, stop)] = ink;
  next = (next + width) | 0;
  pixels[smaller(next, stop)] = ink;
  next = (next + width) | 0;
  pixels[smaller(next, stop)] = ink;
  for (next = (next + width) | 0; next < stop; next = (next + width) | 0) pixels[next] = ink;
  pixels[at] = inks[((((first + 1) << FRACTION) - y0) * 255) >> FRACTION] as number;
  pixels[stop] = inks[((y1 - (last << FRACTION)) * 255) >> FRACTION] as number;
}

/** The same, leaving pixels that have the full colour already. */
function blend(
  pixels: Uint32Array,
  from: number,
  width: number,
  y0: number,
  y1: number,
  inks: Uint32Array,
): void {
  const first = y0 >> FRACTION;
  const last = (y1 - 1) >> FRACTION;
  const ink = inks[255] as number;
  if (first === last) {
    soften(pixels, from, inks, y1 - y0, ink);
    return;
  }
  const stop = (from + Math.imul(last - first, width)) | 0;
  soften(pixels, from, inks, ((first + 1) << FRACTION) - y0, ink);
  for (let at = (from + width) | 0; at < stop; at = (at + width) | 0) pixels[at] = ink;
  soften(pixels, stop, inks, y1 - (last << FRACTION), ink);
}

/** Blends a pixel, of which `cover / ONE` is covered, unless it already has the full colour. */
function soften(
  pixels: Uint32Array,
  at: number,
  inks: Uint32Array,
  cover: number,
  ink: number,
): void {
  if (pixels[at] !== ink) pixels[at] = inks[(cover * 255) >> FRACTION] as number;
}
