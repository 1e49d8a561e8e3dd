/** Drawn over the lanes: the calibration pulse of ECG paper, and the scale that is being changed. */
import { lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import { unitFactor } from "../math/units.ts";
import { measuredPxPerMm, watchScreenScale } from "../page/screenscale.ts";
import { CSS_MM } from "../state/scales.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";
import { inkOf } from "./theme.ts";

const PULSE_MV = 1;
const PULSE_S = 0.2;
/** The line before and after the pulse. */
const FOOT_S = 0.04;
/** How long the scale is shown after it has changed. */
const SHOWN_MS = 1500;

export function calibration(host: ViewHost): Feature {
  const { state, signal } = host;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown = false;
  const measure = (): void => state.setPxPerMm(measuredPxPerMm() ?? CSS_MM);
  watchScreenScale(measure, signal);
  measure();
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return {
    changed(change) {
      if (change !== "scales" || state.rescaled.length === 0) return;
      shown = true;
      clearTimeout(timer);
      timer = setTimeout(() => {
        shown = false;
        host.touch();
      }, SHOWN_MS);
    },
    paint(g, frame) {
      g.beginPath();
      g.rect(0, frame.box.lanesTop, frame.box.plotWidth, frame.box.lanesHeight);
      g.clip();
      if (state.grid === "ecg") for (const lane of frame.drawn) paintPulse(g, lane, frame);
      if (shown) paintFigures(g, frame);
    },
  };
}

/** A pulse of 1 mV and 200 ms at the start of an ECG lane. */
function paintPulse(g: CanvasRenderingContext2D, lane: DrawnLane, frame: Frame): void {
  const { channel, scale, order, top, height } = lane;
  const { state, box, theme } = frame;
  const factor = unitFactor("mV", channel.units);
  if (channel.kind !== "ECG" || factor === null || order > 0) return;
  const pps = box.plotWidth / (state.t1 - state.t0);
  if (PULSE_S * pps < 3) return;
  const pad = lanePad(height);
  const base = state.scales.baseline(channel);
  const yOf = (value: number): number =>
    box.lanesTop + top + pad + shareBelow(scale.min, scale.max, value) * (height - 2 * pad);
  const [low, high] = [yOf(base), yOf(base + PULSE_MV * factor)];
  const x = 2;
  const [rise, fall] = [x + FOOT_S * pps, x + (FOOT_S + PULSE_S) * pps];
  g.save();
  if (!state.overlap) {
    g.beginPath();
    g.rect(0, box.lanesTop + top, box.plotWidth, height);
    g.clip();
  }
  g.beginPath();
  g.moveTo(x, low);
  g.lineTo(rise, low);
  g.lineTo(rise, high);
  g.lineTo(fall, high);
  g.lineTo(fall, low);
  g.lineTo(fall + FOOT_S * pps, low);
  g.lineJoin = "miter";
  g.strokeStyle = theme.halo;
  g.lineWidth = 4;
  g.stroke();
  g.strokeStyle = theme.text;
  g.lineWidth = 1.5;
  g.stroke();
  g.restore();
}

/** The scales of the lanes that have just been changed, beside their labels. */
function paintFigures(g: CanvasRenderingContext2D, { state, box, theme, drawn }: Frame): void {
  const { scales, rescaled } = state;
  const keys = new Set(rescaled.map((channel) => scales.keyOf(channel)));
  g.font = `600 12px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  for (const { channel, order, top, height } of drawn) {
    if (order > 0 || !keys.has(scales.keyOf(channel))) continue;
    const text = scales.figure(channel);
    const y = box.lanesTop + top + height / 2;
    g.fillStyle = theme.backgroundCss;
    g.globalAlpha = 0.9;
    g.beginPath();
    g.roundRect(6, y - 10, g.measureText(text).width + 12, 20, 4);
    g.fill();
    g.globalAlpha = 1;
    g.fillStyle = inkOf(theme, channel).css;
    g.fillText(text, 12, y + 0.5);
  }
}
