/** The script of a figure that was saved as a page: labels its axes of time, without a kernel. */
import { type Drawing, labelTimes } from "./figures/timeaxes.ts";

interface Page {
  Plotly: { relayout(place: Drawing, changes: Record<string, unknown>): void };
  vitalTimeAxes(id: string): void;
}
const page = globalThis as unknown as Page;

page.vitalTimeAxes = (id) => {
  const place = document.getElementById(id) as Drawing | null;
  if (place) labelTimes(place, (changes) => page.Plotly.relayout(place, changes));
};
