/** A canvas whose pixels are device pixels. */

export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D | null;
  #dpr = 1;

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

  /** Clears the canvas and returns its context in CSS pixels; null if there is none. */
  begin(): CanvasRenderingContext2D | null {
    const { context } = this;
    const dpr = this.#dpr;
    if (!context) return null;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
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
