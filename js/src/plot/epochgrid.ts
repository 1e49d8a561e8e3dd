/** Lines at the starts of epochs, their numbers, and the epoch under the pointer. */
import { type Epochs, epochAt, epochCount, epochStart } from "../math/epochs.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";

/** Smallest distances of lines and of numbers in CSS pixels. */
const LINES = 6;
const NUMBERS = 36;

export function epochGrid(host: ViewHost): Feature {
  return {
    paint(g, frame) {
      const { epochs } = frame.state;
      if (epochs) paintEpochs(g, epochs, frame);
      const under = epochs && frame.pointer !== null ? underPointer(epochs, frame) : null;
      if (under === null) host.root.removeAttribute("data-epoch");
      else host.root.setAttribute("data-epoch", String(under));
    },
  };
}

/** The smallest 1, 2 or 5 × 10ⁿ of at least `least`. */
function every(least: number): number {
  let step = 1;
  for (let k = 0; step < least; k++) step *= k % 3 === 1 ? 2.5 : 2;
  return step;
}

function paintEpochs(g: CanvasRenderingContext2D, epochs: Epochs, frame: Frame): void {
  const { state, box, theme } = frame;
  const { plotWidth, lanesTop, lanesHeight, dpr } = box;
  const pps = plotWidth / (state.t1 - state.t0);
  const wide = epochs.length * pps;
  const bottom = lanesTop + lanesHeight;
  const under = frame.pointer === null ? null : underPointer(epochs, frame);
  const numbered = every(NUMBERS / wide);
  const first = Math.max(1, epochAt(epochs, state.t0));
  const last = Math.min(epochAt(epochs, state.t1), epochCount(epochs, state.duration));
  const from = Math.ceil(first / numbered) * numbered;
  g.font = `10px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  if (wide >= LINES) {
    g.strokeStyle = theme.accentCss;
    g.globalAlpha = 0.6;
    g.lineWidth = 1 / dpr;
    g.setLineDash([3, 3]);
    g.beginPath();
    for (let n = first; n <= last; n++) {
      const x = (Math.round((epochStart(epochs, n) - state.t0) * pps * dpr) + 0.5) / dpr;
      g.moveTo(x, lanesTop);
      g.lineTo(x, bottom);
    }
    g.stroke();
    g.globalAlpha = 1;
  }
  const number = (n: number, bold: boolean): void => {
    const x = Math.max(0, (epochStart(epochs, n) - state.t0) * pps);
    g.font = `${bold ? "600 " : ""}10px ${theme.font}`;
    const text = String(n);
    const { width } = g.measureText(text);
    g.fillStyle = theme.halo;
    g.fillRect(x + 1, bottom - 13, width + 5, 13);
    g.fillStyle = bold ? theme.text : theme.muted;
    g.fillText(text, x + 3, bottom - 6);
  };
  for (let n = numbered === 1 ? first : from; n <= last; n += numbered) {
    if (n !== under) number(n, false);
  }
  if (under === null) return;
  const x0 = Math.max(0, (epochStart(epochs, under) - state.t0) * pps);
  const x1 = Math.min(plotWidth, (epochStart(epochs, under + 1) - state.t0) * pps);
  g.fillStyle = theme.accentCss;
  g.fillRect(x0, bottom - 2, Math.max(2, x1 - x0), 2);
  number(under, true);
}

/** Number of the epoch under the pointer; null where there is none. */
function underPointer(epochs: Epochs, { state, box, pointer }: Frame): number | null {
  const t = state.t0 + ((pointer as number) / box.plotWidth) * (state.t1 - state.t0);
  const number = epochAt(epochs, t);
  return number >= 1 && number <= epochCount(epochs, state.duration) ? number : null;
}
