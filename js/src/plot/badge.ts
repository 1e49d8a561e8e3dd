/** A small text that says what the pixels show: samples, or minima and maxima. */
import { resolutionText } from "../math/resolution.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";

export const badge = (host: ViewHost): Feature => ({
  paint(g, frame) {
    const text = textOf(frame);
    host.root.setAttribute("data-resolution", text);
    if (text !== "") paintBadge(g, text, frame);
  },
});

function textOf({ drawn, state }: Frame): string {
  const span = state.t1 - state.t0;
  // Neither stages nor masks nor spectrograms.
  const visible = drawn.filter(
    ({ data, channel: { style = "line" } }) => data.pieces.length > 0 && style === "line",
  );
  return resolutionText(
    visible.map(({ channel, columns, data }) => ({
      perPixel: (channel.fs * span) / columns.length,
      bin: Math.max(...data.pieces.map(({ bin }) => bin)),
    })),
  );
}

function paintBadge(g: CanvasRenderingContext2D, text: string, { box, theme }: Frame): void {
  g.font = `10px ${theme.font}`;
  const width = g.measureText(text).width + 8;
  if (width > box.plotWidth) return;
  const y = box.lanesTop + box.lanesHeight - 14;
  g.fillStyle = theme.halo;
  g.fillRect(box.plotWidth - width, y, width, 14);
  g.fillStyle = theme.muted;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, box.plotWidth - width + 4, y + 7.5);
}
