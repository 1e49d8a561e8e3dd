/** Draws the cursor that arrow keys move: a line, its sample, and the size of its steps. */
import { lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import type { Frame } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import { read } from "./overlay.ts";

export function paintCursor(
  g: CanvasRenderingContext2D,
  { state, box, theme }: Frame,
  t: number,
  lane: DrawnLane | null,
  steps: string,
): void {
  const { plotWidth, lanesTop, lanesHeight } = box;
  const share = (t - state.t0) / (state.t1 - state.t0);
  const x = share * plotWidth;
  if (x < -1 || x > plotWidth + 1) return;
  g.fillStyle = theme.accentCss;
  g.globalAlpha = 0.9;
  g.fillRect(x - 1, lanesTop, 2, lanesHeight);
  g.globalAlpha = 1;
  if (!lane) return;
  g.beginPath();
  g.rect(0, lanesTop, plotWidth, lanesHeight);
  g.clip();
  const top = lanesTop + lane.top;
  // The lane of the cursor.
  g.fillRect(0, top, 3, lane.height);
  g.fillRect(plotWidth - 3, top, 3, lane.height);
  const value = read(lane, t, share)?.value ?? null;
  if (value !== null) {
    const pad = lanePad(lane.height);
    const { min, max } = lane.scale;
    const y = top + pad + shareBelow(min, max, value) * (lane.height - 2 * pad);
    g.lineWidth = 2;
    g.strokeStyle = theme.accentCss;
    g.beginPath();
    g.arc(x, y, 6, 0, 2 * Math.PI);
    g.stroke();
  }
  g.font = `600 11px ${theme.font}`;
  const width = g.measureText(steps).width + 8;
  const left = x + 6 + width > plotWidth ? x - 6 - width : x + 6;
  const row = Math.max(lanesTop, top) + 3;
  g.fillStyle = theme.backgroundCss;
  g.fillRect(left, row, width, 16);
  g.fillStyle = theme.text;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(steps, left + 4, row + 8.5);
}
