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
const [WEAK, STRONG, PALE] = [0.55, 0.95, 0.6] as const;
/** Smallest height of a part of a column (device pixels). */
const LEAST = 2;

const packed = ([r, g, b]: Rgb, alpha: number): number =>
  ((Math.round(255 * alpha) << 24) | (b << 16) | (g << 8) | r) >>> 0;

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
  const here: MarkLayerColumns[] = [];
  const fill = (column: number, index: number, parts: number, color: number): void => {
    const from = Math.round((index * height) / parts);
    const to = Math.round(((index + 1) * height) / parts);
    for (let y = from; y < to; y++) pixels[(top + y) * width + column] = color;
  };
  const share = (column: number, colorOf: (group: MarkLayerColumns) => number): void => {
    const parts = Math.min(here.length, most);
    for (let k = 0; k < parts; k++) {
      // The last part is that of the most frequent marks.
      const group = here[k === parts - 1 ? here.length - 1 : k] as MarkLayerColumns;
      fill(column, k, parts, colorOf(group));
    }
  };
  const lasting = groups.map(({ rgb }) => packed(rgb, LASTING));
  const lastingOf = (group: MarkLayerColumns): number => lasting[groups.indexOf(group)] as number;
  for (let column = 0; column < width; column++) {
    here.length = 0;
    for (const group of groups) if (group.cover?.[column] === 1) here.push(group);
    if (here.length > 0) share(column, lastingOf);
    here.length = 0;
    for (const group of groups) if ((group.counts[column] as number) > 0) here.push(group);
    if (here.length === 0) continue;
    share(column, ({ rgb, counts, peak, pale }) => {
      const share = peak <= 1 ? 1 : (counts[column] as number) / peak;
      return packed(rgb, (pale ? PALE : 1) * (WEAK + (STRONG - WEAK) * share));
    });
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
