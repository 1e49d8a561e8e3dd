/**
 * A pixel buffer that lanes are drawn into.
 *
 * Without a GPU this is the fastest way to draw on a canvas: one pass over the columns and one
 * `putImageData`. docs/architecture.md compares it with other ways.
 */
import type { Columns } from "../math/columns.ts";
import type { Gaps } from "../math/gaps.ts";

/** Position of a lane in the buffer in device pixels, and the values at its edges. */
export interface LaneBox {
  top: number;
  height: number;
  min: number;
  max: number;
  /** The trace may leave the lane. */
  overlap?: boolean;
}

/** The rows that a trace may use. */
function rowsOf(box: LaneBox, height: number): [number, number] {
  if (box.overlap) return [0, height];
  return [Math.max(0, box.top), Math.min(height, box.top + box.height)];
}

export class Raster {
  readonly image: ImageData;
  readonly pixels: Uint32Array;

  constructor(
    context: CanvasRenderingContext2D,
    readonly width: number,
    readonly height: number,
  ) {
    this.image = context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  clear(color: number): void {
    this.pixels.fill(color);
  }

  horizontal(y: number, color: number): void {
    const row = Math.round(y);
    if (row < 0 || row >= this.height) return;
    this.pixels.fill(color, row * this.width, (row + 1) * this.width);
  }

  /** A horizontal line in `color` that leaves the pixels of another colour. */
  under(row: number, color: number, other: number): void {
    const { width, pixels } = this;
    if (row < 0 || row >= this.height) return;
    for (let at = row * width; at < (row + 1) * width; at++) {
      if (pixels[at] !== other) pixels[at] = color;
    }
  }

  /** Fills rows with the same pixels. */
  rows(top: number, bottom: number, row: Uint32Array): void {
    const stop = Math.min(this.height, Math.round(bottom));
    for (let y = Math.max(0, Math.round(top)); y < stop; y++) this.pixels.set(row, y * this.width);
  }

  vertical(x: number, top: number, bottom: number, color: number): void {
    const c = Math.round(x);
    if (c < 0 || c >= this.width) return;
    this.block(c, c + 1, top, bottom, color);
  }

  block(x0: number, x1: number, top: number, bottom: number, color: number): void {
    const { width, pixels } = this;
    const stop = Math.min(this.height, Math.round(bottom));
    // Most blocks are narrow: for them a loop is many times faster than `fill`.
    for (let y = Math.max(0, Math.round(top)); y < stop; y++) {
      const end = y * width + x1;
      for (let at = y * width + x0; at < end; at++) pixels[at] = color;
    }
  }

  /** A tinted band with diagonal stripes; a narrow band is filled with the stripe colour. */
  hatch(x0: number, x1: number, top: number, bottom: number, tint: number, stripe: number): void {
    const { width, pixels } = this;
    const period = x1 - x0 > 8 ? 8 : 1;
    const stop = Math.min(this.height, Math.round(bottom));
    for (let y = Math.max(0, Math.round(top)); y < stop; y++) {
      const row = y * width;
      pixels.fill(tint, row + x0, row + x1);
      // Counted from the edge of the buffer, so that the stripes of neighbouring lanes match.
      let x = x0 + ((((-x0 - y) % period) + period) % period);
      for (; x < x1; x += period) pixels[row + x] = stripe;
    }
  }

  /** Draws a lane as vertical spans with antialiased ends, each joined to its neighbour. */
  trace(columns: Columns, box: LaneBox, inks: Uint32Array, thick: number, gaps: Gaps | null): void {
    const { lo, hi, length } = columns;
    const { width, pixels } = this;
    const ink = inks[255] as number;
    const mask = gaps ? gaps.mask : null;
    // The difference of the edges may overflow.
    const perUnit = box.height / 4 / (box.max / 4 - box.min / 4);
    const zero = box.top + box.max * perUnit;
    const [ceiling, floor] = rowsOf(box, this.height);
    const half = thick / 2;
    // A second column to the right makes steep lines as thick as flat ones.
    const double = thick > 1.5;
    let before = Number.NaN;
    let beforeEnd = Number.NaN;
    for (let c = 0; c < length; c++) {
      const top = zero - (hi[c] as number) * perUnit;
      const end = zero - (lo[c] as number) * perUnit;
      const inGap = mask !== null && mask[c] === 1;
      if (Number.isNaN(top)) {
        before = Number.NaN;
        continue;
      }
      let y0 = top;
      let y1 = end;
      // Not joined across the edge of a band: no line may cross a gap.
      if (!Number.isNaN(before) && !(mask !== null && (inGap || mask[c - 1] === 1))) {
        if (y0 > beforeEnd) y0 = beforeEnd;
        if (y1 < before) y1 = before;
      }
      before = top;
      beforeEnd = end;
      y0 -= half;
      y1 += half;
      if (y0 < ceiling) y0 = ceiling;
      if (y1 > floor) y1 = floor;
      if (!(y1 > y0)) continue;
      const first = Math.floor(y0);
      const last = Math.floor(y1);
      const wide = double && c + 1 < length ? 2 : 1;
      for (let k = 0; k < wide; k++) {
        let at = first * width + c + k;
        if (first === last) {
          soften(pixels, at, inks, (y1 - y0) * 255, ink);
          continue;
        }
        soften(pixels, at, inks, (first + 1 - y0) * 255, ink);
        at += width;
        for (let y = first + 1; y < last; y++, at += width) pixels[at] = ink;
        if (last < floor) soften(pixels, at, inks, (y1 - last) * 255, ink);
      }
    }
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
    const [ceiling, floor] = rowsOf(box, this.height);
    const y0 = Math.max(Math.floor(y - radius), Math.ceil(ceiling));
    const y1 = Math.min(Math.ceil(y + radius), Math.ceil(floor) - 1);
    const x0 = Math.max(Math.floor(x - radius), 0);
    const x1 = Math.min(Math.ceil(x + radius), width - 1);
    for (let row = y0; row <= y1; row++) {
      for (let c = x0; c <= x1; c++) {
        const cover = radius + 0.5 - Math.hypot(c + 0.5 - x, row + 0.5 - y);
        if (cover > 0) soften(pixels, row * width + c, inks, Math.min(1, cover) * 255, ink);
      }
    }
  }
}

/** Blends a pixel with the trace colour unless it already has the full colour. */
function soften(
  pixels: Uint32Array,
  at: number,
  inks: Uint32Array,
  cover: number,
  ink: number,
): void {
  if (pixels[at] !== ink) pixels[at] = inks[cover | 0] as number;
}
