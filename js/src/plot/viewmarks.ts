/** The marks that a view shows at present, and the rows of the strip above the lanes. */
import type { AnnotationSet } from "../data/types.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Source } from "./source.ts";

/** The rows take at most this share of the height. */
const MOST_ROWS = 0.22;
const ROW = 13;

/** Number of marks that a view of this width asks for. */
export const mostMarks = (width: number): number => Math.max(1, Math.round(width));

export class ViewMarks {
  set: AnnotationSet | null = null;
  /** No more marks of the window will arrive. */
  settled = false;
  /** Number of rows of the strip: one for each layer that is shown, as far as there is room. */
  rows: number;

  constructor({ description, marks }: ViewState) {
    const { markLayers } = description;
    this.rows = Math.min(markLayers, marks.options.layers?.length ?? markLayers);
  }

  /** Requests the marks of the window; returns whether the strip needs another height. */
  update({ marks, t0, t1 }: ViewState, source: Source, width: number, height: number): boolean {
    source.filterMarks(marks.filter());
    const most = mostMarks(width);
    this.set = source.annotations(t0, t1, most);
    this.settled = source.annotationsSettled(t0, t1, most);
    if (this.rows > 0 || (this.set && this.set.total > 0)) marks.learn(source.legend());
    const rows = this.#wanted(marks.legend ? marks.shown.length : null, height);
    if (rows === this.rows) return false;
    this.rows = rows;
    return true;
  }

  #wanted(layers: number | null, height: number): number {
    const most = Math.max(1, Math.floor((MOST_ROWS * height) / ROW));
    if (layers !== null) return Math.min(layers, most);
    return Math.min(this.set && this.set.total > 0 ? Math.max(this.rows, 1) : this.rows, most);
  }
}
