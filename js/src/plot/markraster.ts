/** Draws marks column by column: the work depends on the width of the screen, not on their number. */
import type { Rgb } from "../math/color.ts";

/** The marks of one group in each device pixel column. */
export interface MarkLayerColumns {
  rgb: Rgb;
  /** Number of marks that begin in each column, and its largest value. */
  counts: Uint32Array;
  peak: number;
  /** Pale beside marks that are much rarer. */
  pale: boolean;
  /** 1 where a mark lasts; null if none does. */
  cover: Uint8Array | null;
}

/** Opacity where a mark lasts, and of columns in which few and in which most marks begin. */
const LASTING = 0.3;
const [WEAK, STRONG, PALE] = [0.55, 0.95, 0.42] as const;
/** Smallest height of a part of a column (device pixels). */
const LEAST = 2;

/** Number of different strengths. */
const STEPS = 16;

const packed = ([r, g, b]: Rgb, alpha: number): number =>
  ((Math.round(255 * alpha) << 24) | (b << 16) | (g << 8) | r) >>> 0;

/** The colours of a group: where its marks last, then from few marks in a column to most. */
function colorsOf({ rgb, peak, pale }: MarkLayerColumns): Uint32Array {
  const colors = new Uint32Array(STEPS + 2);
  colors[0] = packed(rgb, LASTING);
  for (let k = 0; k <= STEPS; k++) {
    const share = peak <= 1 ? 1 : k / STEPS;
    colors[k + 1] = packed(rgb, (pale ? PALE : 1) * (WEAK + (STRONG - WEAK) * share));
  }
  return colors;
}

/**
 * Fills `height` rows of an image from row `top` on. Groups of which marks begin in the same column
 * share its height, the first one at the top, so that none hides another one.
 */
export function rasterizeMarks(
  pixels: Uint32Array,
  width: number,
  [top, height]: readonly [number, number],
  groups: readonly MarkLayerColumns[],
): void {
  const most = Math.max(1, Math.floor(height / LEAST));
  const colors = groups.map(colorsOf);
  const here = new Uint32Array(groups.length);
  for (let column = 0; column < width; column++) {
    let parts = 0;
    for (let k = 0; k < groups.length; k++) {
      const { counts, peak } = groups[k] as MarkLayerColumns;
      const count = counts[column] as number;
      if (count === 0) continue;
      const step = Math.round((STEPS * count) / peak);
      here[parts++] = (colors[k] as Uint32Array)[step + 1] as number;
    }
    if (parts === 0) {
      for (let k = 0; k < groups.length; k++) {
        if ((groups[k] as MarkLayerColumns).cover?.[column] !== 1) continue;
        here[parts++] = (colors[k] as Uint32Array)[0] as number;
      }
      if (parts === 0) continue;
    }
    let at = top * width + column;
    if (parts === 1) {
      const color = here[0] as number;
      for (let y = 0; y < height; y++, at += width) pixels[at] = color;
      continue;
    }
    // The last part is that of the most frequent marks.
    if (parts > most) {
      here[most - 1] = here[parts - 1] as number;
      parts = most;
    }
    for (let part = 0, y = 0; part < parts; part++) {
      const color = here[part] as number;
      const end = Math.round(((part + 1) * height) / parts);
      for (; y < end; y++, at += width) pixels[at] = color;
    }
  }
}

/** Makes each mark one column wider, so that single marks are seen among many others. */
export function widen(counts: Uint32Array, width: number): void {
  for (let column = width - 1; column > 0; column--) {
    const before = counts[column - 1] as number;
    if (before > (counts[column] as number)) counts[column] = before;
  }
}

/** An image that is drawn in pieces onto other canvases. */
export class MarkImage {
  pixels = new Uint32Array(0);
  #canvas: HTMLCanvasElement | null = null;
  #image: ImageData | null = null;
  #context: CanvasRenderingContext2D | null = null;

  /** Clears the image; false if there are no canvases. */
  begin(width: number, height: number): boolean {
    this.#canvas ??= document.createElement("canvas");
    const canvas = this.#canvas;
    if (!this.#image || canvas.width !== width || canvas.height < height) {
      canvas.width = width;
      canvas.height = Math.max(height, canvas.width === width ? canvas.height : 0);
      this.#context = canvas.getContext("2d");
      if (!this.#context) return false;
      this.#image = this.#context.createImageData(width, canvas.height);
      this.pixels = new Uint32Array(this.#image.data.buffer);
    }
    this.pixels.fill(0, 0, width * height);
    return true;
  }

  finish(height: number): void {
    const image = this.#image;
    if (image) this.#context?.putImageData(image, 0, 0, 0, 0, image.width, height);
  }

  /** Draws rows `top` to `top + height` at `y` CSS pixels. */
  draw(
    g: CanvasRenderingContext2D,
    [top, height]: readonly [number, number],
    y: number,
    dpr: number,
  ): void {
    const canvas = this.#canvas;
    if (!canvas || height <= 0) return;
    const { width } = canvas;
    g.drawImage(canvas, 0, top, width, height, 0, y, width / dpr, height / dpr);
  }
}
