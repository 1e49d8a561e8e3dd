/**
 * A small text that says what the pixels show: samples, or minima and maxima.
 *
 * It stands at the end of the toolbar; where there is no room for it, in the last lane.
 */
import { resolutionText, selectionText } from "../math/resolution.ts";
import { addElement } from "../page/element.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";

export function badge(host: ViewHost): Feature {
  const label = addElement(host.toolbar, "span", "vv-badge");
  // The style sheet shows the one for which there is room: to measure would lay out each frame.
  const long = addElement(label, "span", "vv-badge-long");
  const short = addElement(label, "span", "vv-badge-short");
  return {
    paint(g, frame) {
      const text = textOf(frame);
      host.root.setAttribute("data-resolution", text);
      const inToolbar = frame.state.toolbar && !frame.box.narrow;
      label.hidden = !inToolbar;
      if (label.title !== text) {
        label.title = text;
        long.textContent = text;
        short.textContent = shortened(text);
      }
      if (!inToolbar && text !== "") paintBadge(g, text, frame);
    },
  };
}

/** For example "min/max, 25 a pixel" for "samples, or min/max of 25 samples a pixel". */
function shortened(text: string): string {
  const chosen = /^selection .*(?=, no envelope)/.exec(text);
  if (chosen) return chosen[0];
  return text.replace(/^.*min\/max of (.*) samples/, "min/max, $1");
}

function textOf({ drawn, state }: Frame): string {
  const span = state.t1 - state.t0;
  // Neither stages nor masks nor spectrograms.
  const visible = drawn.filter(
    ({ data, channel: { style = "line" } }) => data.pieces.length > 0 && style === "line",
  );
  const chosen = visible.flatMap(({ points }) => points ?? []);
  if (chosen.length > 0 && chosen.length === visible.length) {
    return selectionText(state.aggregator, chosen);
  }
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
  g.textAlign = "left";
  g.textBaseline = "middle";
  const at = [box.plotWidth - width + 4, box.lanesTop + box.lanesHeight - 6.5] as const;
  g.strokeStyle = theme.halo; // no box: it would hide the trace
  g.lineWidth = 2;
  g.lineJoin = "round";
  g.strokeText(text, ...at);
  g.fillStyle = theme.muted;
  g.fillText(text, ...at);
}
