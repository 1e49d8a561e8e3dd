/** A canvas whose pixels are device pixels. */

type Methods = Record<string, (...all: unknown[]) => unknown>;

/** What puts pixels on a canvas. */
const DRAWING = [
  ...(["fill", "stroke", "fillRect", "strokeRect", "fillText", "strokeText"] as const),
  ...(["drawImage", "putImageData"] as const),
];

export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D | null;
  #dpr = 1;
  /** Something may have been drawn since the canvas was cleared. */
  #drawn = true;
  #watched = false;

  constructor(parent: HTMLElement, name: string, opaque = false) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = `vv-canvas vv-${name}`;
    this.canvas.setAttribute("aria-hidden", "true");
    // Without a place it would have the usual 300 x 150 pixels.
    this.canvas.style.display = "none";
    // Also without a style sheet, a canvas must not enlarge the element that determines its size.
    this.canvas.style.position = "absolute";
    this.context = this.canvas.getContext("2d", { alpha: !opaque });
    parent.append(this.canvas);
  }

  get width(): number {
    return this.canvas.width;
  }

  get height(): number {
    return this.canvas.height;
  }

  /** Places the canvas in its parent; all in CSS pixels. */
  place(left: number, top: number, width: number, height: number, dpr: number): void {
    this.#dpr = dpr;
    const { style } = this.canvas;
    const w = Math.max(1, Math.round(width * dpr));
    const h = Math.max(1, Math.round(height * dpr));
    style.left = `${left}px`;
    style.top = `${top}px`;
    // The size is a whole number of device pixels, so that the browser never scales the canvas.
    style.width = `${w / dpr}px`;
    style.height = `${h / dpr}px`;
    style.display = width > 0 && height > 0 ? "" : "none";
    if (this.canvas.width !== w) this.canvas.width = w;
    if (this.canvas.height !== h) this.canvas.height = h;
  }

  /**
   * Hides the canvas while nothing is drawn on it: without a GPU, the browser copies and blends all
   * pixels of a visible one for each frame of the page. `end` is called after each drawing.
   */
  hideWhereEmpty(): this {
    this.#watched = true;
    const context = this.context as unknown as Methods | null;
    for (const name of DRAWING) {
      const draw = context?.[name];
      if (!context || !draw) continue;
      context[name] = (...all) => {
        this.#drawn = true;
        return draw.apply(context, all);
      };
    }
    return this;
  }

  /** Shows what was drawn since `begin`. */
  end(): void {
    const { style } = this.canvas;
    const visibility = this.#drawn ? "" : "hidden";
    if (style.visibility !== visibility) style.visibility = visibility;
  }

  /** Clears the canvas and returns its context in CSS pixels; null if there is none. */
  begin(): CanvasRenderingContext2D | null {
    const { context } = this;
    const dpr = this.#dpr;
    if (!context) return null;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (this.#drawn) context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#drawn = !this.#watched;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    return context;
  }
}

/** Shortens a text to a width in pixels. */
export function elide(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, mid)}…`).width <= width) low = mid;
    else high = mid - 1;
  }
  return low > 0 ? `${text.slice(0, low)}…` : "";
}
