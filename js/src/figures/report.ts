/**
 * Plotly's front end tells the kernel after each change which values it chose for what the figure
 * leaves open. It compares a copy of all data for that, before the browser can paint the change.
 */
import type { FigureView } from "./plotly.ts";

/** Time until the kernel is told (ms): the change is painted before, and a next one may come. */
export const REPORT_DELAY = 100;

type Report = "_sendTraceDeltas" | "_sendLayoutDelta";

/** Lets a view report its last change after it is painted; returns a function that ends this. */
export function reportLater(view: FigureView): () => void {
  const waiting = new Map<Report, () => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = (): void => {
    timer = undefined;
    const reports = [...waiting.values()];
    waiting.clear();
    for (const report of reports) report();
  };
  for (const name of ["_sendTraceDeltas", "_sendLayoutDelta"] as const) {
    const report = view[name].bind(view);
    // The kernel takes the report of the last change only.
    view[name] = (edit) => {
      waiting.set(name, () => report(edit));
      timer ??= setTimeout(send, REPORT_DELAY);
    };
  }
  return () => clearTimeout(timer);
}
