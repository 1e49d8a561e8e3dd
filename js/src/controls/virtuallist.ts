/** A list of any length: only the rows in view are elements of the page. */
import { addElement } from "../page/element.ts";

export const ROW_HEIGHT = 24;
/** Rows above and below the view. */
const MORE = 6;

export interface ListSource {
  /** Fills an empty element with row `index`. */
  fill(element: HTMLElement, index: number): void;
}

export class VirtualList {
  readonly element: HTMLElement;
  readonly #space: HTMLElement;
  readonly #source: ListSource;
  readonly #sizes: ResizeObserver;
  /** The rows that are elements at present. */
  readonly #rows = new Map<number, HTMLElement>();
  #count = 0;

  constructor(parent: HTMLElement, source: ListSource, signal: AbortSignal) {
    this.element = addElement(parent, "div", "vv-list");
    this.#space = addElement(this.element, "div", "vv-list-space");
    this.#source = source;
    const draw = (): void => this.#place();
    this.element.addEventListener("scroll", draw, { signal, passive: true });
    this.#sizes = new ResizeObserver(draw);
    this.#sizes.observe(this.element);
    signal.addEventListener("abort", () => this.#sizes.disconnect(), { once: true });
  }

  set count(count: number) {
    this.#count = count;
    this.#space.style.height = `${count * ROW_HEIGHT}px`;
  }

  /** Draws the rows in view again. */
  draw(): void {
    this.#rows.clear();
    this.#space.replaceChildren();
    this.#place();
  }

  /** The first row that is an element, and the one after the last. */
  inView(): [number, number] {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - MORE);
    return [
      first,
      Math.min(this.#count, Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + MORE),
    ];
  }

  /** Makes the rows that have come into view, and removes others. */
  #place(): void {
    const [first, stop] = this.inView();
    for (const [index, row] of this.#rows) {
      if (index >= first && index < stop) continue;
      row.remove();
      this.#rows.delete(index);
    }
    // From the last one, so that the next row is there: the order is that of the list.
    for (let index = stop - 1; index >= first; index--) {
      if (this.#rows.has(index)) continue;
      const row = document.createElement("div");
      row.style.top = `${index * ROW_HEIGHT}px`;
      this.#source.fill(row, index);
      this.#space.insertBefore(row, this.#rows.get(index + 1) ?? null);
      this.#rows.set(index, row);
    }
  }

  /** Scrolls as little as necessary to show a row. */
  reveal(index: number): void {
    const { element } = this;
    const top = index * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
    }
  }

  /** The number of rows that fit into the view. */
  get page(): number {
    return Math.max(1, Math.floor(this.element.clientHeight / ROW_HEIGHT));
  }

  /** The place between rows that is nearest to a position on the page. */
  placeAt(clientY: number): number {
    return Math.round(this.#offset(clientY) / ROW_HEIGHT);
  }

  rowAt(clientY: number): number {
    return Math.floor(this.#offset(clientY) / ROW_HEIGHT);
  }

  #offset(clientY: number): number {
    return clientY - this.element.getBoundingClientRect().top + this.element.scrollTop;
  }
}
