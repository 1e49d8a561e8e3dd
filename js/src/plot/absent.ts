/** Says over hatched parts of lanes why nothing is drawn there. */
import type { Feature, Frame, ViewHost } from "./feature.ts";

const FONT = "11px";
/** Least height of a lane with a text in CSS pixels. */
const LEAST = 20;

export const absent = (host: ViewHost): Feature => ({
  paint(g, frame) {
    const text = host.session.absent();
    if (text !== "") paintAbsent(g, frame, text);
  },
});

function paintAbsent(
  g: CanvasRenderingContext2D,
  { drawn, box, theme }: Frame,
  text: string,
): void {
  g.font = `${FONT} ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  const width = g.measureText(text).width + 12;
  for (const lane of drawn) {
    if (lane.order > 0 || lane.height < LEAST) continue;
    const y = box.lanesTop + lane.top + lane.height / 2;
    if (y < box.lanesTop + 8 || y > box.lanesTop + box.lanesHeight - 8) continue;
    const [from, to] = widest(lane.absent).map((column) => column / box.dpr) as [number, number];
    if (to - from < width + 8) continue;
    g.fillStyle = theme.backgroundCss;
    g.fillRect((from + to - width) / 2, y - 9, width, 18);
    g.fillStyle = theme.muted;
    g.fillText(text, (from + to) / 2, y + 0.5);
  }
}

/** The widest of some bands. */
function widest(bands: readonly number[]): [number, number] {
  let best: [number, number] = [0, 0];
  for (let k = 0; k < bands.length; k += 2) {
    const [a, b] = [bands[k] as number, bands[k + 1] as number];
    if (b - a > best[1] - best[0]) best = [a, b];
  }
  return best;
}
