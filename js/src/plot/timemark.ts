/** A line at the time that a panel points at, as in the plots of the panels. */
import type { Feature, ViewHost } from "./feature.ts";

/** As `MARK_COLOR` of the panels. */
const COLOR = "rgba(214, 39, 40, 0.75)";

export function timeMark({ root, state }: ViewHost): Feature {
  return {
    changed: (change) => {
      if (change !== "mark") return;
      if (state.marked === null) root.removeAttribute("data-marked");
      else root.setAttribute("data-marked", String(state.marked));
    },
    paint: (g, { box }) => {
      const t = state.marked;
      if (t === null || t < state.t0 || t >= state.t1) return;
      const x = (t - state.t0) * (box.plotWidth / (state.t1 - state.t0));
      g.fillStyle = COLOR;
      g.fillRect(Math.round(x * box.dpr) / box.dpr, 0, 1.5, box.lanesTop + box.lanesHeight);
    },
  };
}
