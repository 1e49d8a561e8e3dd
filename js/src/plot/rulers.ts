/** Two lines in a lane at a fixed distance, such as the 75 µV of slow waves in stage N3. */
import { unitFactor } from "../math/units.ts";
import { pixelsOf } from "./caliperlines.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";

export const rulers = (host: ViewHost): Feature => ({
  paint(g, frame) {
    for (const lane of frame.drawn) paintRuler(g, lane, frame);
  },
  changed(change) {
    if (change === "measure") host.touch();
  },
});

function paintRuler(g: CanvasRenderingContext2D, lane: DrawnLane, frame: Frame): void {
  const { state, box, theme } = frame;
  const ruler = state.measure.rulerOf(lane.channel);
  const factor = ruler && unitFactor(ruler.units, lane.channel.units);
  if (!ruler || factor === null) return;
  const span = ruler.span * factor;
  const middle = state.scales.baseline(lane.channel);
  const pixels = pixelsOf(lane, state, box);
  const top = box.lanesTop;
  g.fillStyle = theme.accentCss;
  const lines = [middle + span / 2, middle - span / 2].map((value) => top + pixels.y(value));
  for (const y of lines) {
    if (y < top + lane.top || y > top + lane.top + lane.height) continue;
    const row = Math.round(y * box.dpr) / box.dpr;
    for (let x = 0; x < box.plotWidth; x += 7) g.fillRect(x, row, 4, 1 / box.dpr);
  }
  const [upper = 0, lower = 0] = lines;
  if (lower - upper < 8) return;
  const text = `${ruler.span} ${ruler.units}`.trim();
  g.font = `10px ${theme.font}`;
  const { width } = g.measureText(text);
  const x = box.plotWidth - width - 6;
  const y = Math.max(top + lane.top + 6, Math.min(upper - 6, top + lane.top + lane.height - 6));
  g.fillStyle = theme.halo;
  g.fillRect(x - 2, y - 6, width + 4, 12);
  g.fillStyle = theme.accentCss;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, x, y);
}
