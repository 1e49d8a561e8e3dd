/** Drawn over the lanes while marks are made: the selection, what is dragged, the current epoch. */
import type { AnnotationSet } from "../data/types.ts";
import { epochAt, epochStart } from "../math/epochs.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import { laneRow, placesOf, type Row, xOfTime } from "./markhits.ts";

/** The epoch that a key scores: the chosen one while it is in the window, else the first one. */
export function currentEpoch({ epochs, marking, t0, t1, duration }: ViewState): number | null {
  if (!epochs || !marking.task?.epochs) return null;
  const { length } = epochs;
  const visible = (epoch: number): boolean =>
    epochStart(epochs, epoch) < t1 - 1e-6 * length &&
    epochStart(epochs, epoch + 1) > t0 + 1e-6 * length;
  if (marking.epoch !== null && visible(marking.epoch)) return marking.epoch;
  const first = epochAt(epochs, t0);
  const whole = epochStart(epochs, first) >= t0 - 1e-3 * length ? first : first + 1;
  const wanted = Math.max(1, visible(whole) ? whole : first);
  return epochStart(epochs, wanted) < duration ? wanted : null;
}

export const markSelection = (host: ViewHost): Feature => ({
  paint(g, frame) {
    const { marking } = host.state;
    paintEpoch(g, frame);
    if (frame.annotations) paintSelected(g, frame, frame.annotations);
    if (marking.drag.range) paintRange(g, frame);
  },
  changed(change) {
    if (change === "marking") host.touch();
  },
});

function paintEpoch(g: CanvasRenderingContext2D, frame: Frame): void {
  const { state, box, theme } = frame;
  const epoch = currentEpoch(state);
  if (epoch === null || !state.epochs) return;
  const x0 = xOfTime(epochStart(state.epochs, epoch), frame);
  const x1 = xOfTime(epochStart(state.epochs, epoch + 1), frame);
  const bottom = box.lanesTop + box.lanesHeight;
  g.strokeStyle = theme.accentCss;
  g.lineWidth = 2;
  g.strokeRect(x0 + 1, 1, x1 - x0 - 2, bottom - 2);
  g.font = `600 11px ${theme.font}`;
  const text = `epoch ${epoch}`;
  const width = g.measureText(text).width + 8;
  const left = Math.max(x0 + 3, 2);
  if (left + width > x1) return;
  g.fillStyle = theme.accentCss;
  g.fillRect(left, bottom - 19, width, 16);
  g.fillStyle = theme.backgroundCss;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, left + 4, bottom - 10.5);
}

function paintSelected(g: CanvasRenderingContext2D, frame: Frame, set: AnnotationSet): void {
  const { state, theme } = frame;
  const { selected, drag } = state.marking;
  if (selected.size === 0 && !drag.moved) return;
  const places = placesOf(set, frame);
  for (let k = 0; k < set.count; k++) {
    const id = set.ids[k] as number;
    const moved = drag.moved?.ids.has(id) ? drag.moved : null;
    if (!selected.has(id) && !moved) continue;
    let t0 = set.onsets[k] as number;
    let t1 = t0 + (set.durations[k] as number);
    if (moved && moved.edge !== "end") t0 += moved.by;
    if (moved && moved.edge !== "start") t1 += moved.by;
    const from = xOfTime(Math.min(t0, t1), frame);
    const to = xOfTime(Math.max(t0, t1), frame);
    if (to < -4 || from > frame.box.plotWidth + 4) continue;
    g.fillStyle = theme.accentCss;
    g.strokeStyle = theme.accentCss;
    for (const row of places(k)) paintOne(g, [from, to], row);
  }
}

/** A moment is a line with a halo, a band a frame with handles that can be dragged. */
function paintOne(
  g: CanvasRenderingContext2D,
  [from, to]: readonly [number, number],
  [top, height]: Row,
): void {
  if (to - from < 6) {
    const x = (from + to) / 2;
    g.globalAlpha = 0.25;
    g.fillRect(x - 4, top, 8, height);
    g.globalAlpha = 1;
    g.fillRect(x - 0.75, top, 1.5, height);
    return;
  }
  g.globalAlpha = 0.15;
  g.fillRect(from, top, to - from, height);
  g.globalAlpha = 1;
  g.lineWidth = 2;
  g.strokeRect(from, top + 1, to - from, height - 2);
  if (height < 30) return;
  for (const x of [from, to]) g.fillRect(x - 3, top + height / 2 - 9, 6, 18);
}

function paintRange(g: CanvasRenderingContext2D, frame: Frame): void {
  const { theme, state } = frame;
  const { range } = state.marking.drag;
  const row = range && laneRow(range.channel, frame);
  if (!row) return;
  const x0 = xOfTime(Math.min(range.t0, range.t1), frame);
  const x1 = xOfTime(Math.max(range.t0, range.t1), frame);
  g.fillStyle = theme.accentCss;
  g.strokeStyle = theme.accentCss;
  g.globalAlpha = range.rubber ? 0.08 : 0.22;
  g.fillRect(x0, row[0], x1 - x0, row[1]);
  g.globalAlpha = 1;
  g.lineWidth = 1.5;
  if (range.rubber) g.setLineDash([4, 3]);
  g.strokeRect(x0, row[0] + 1, x1 - x0, row[1] - 2);
  g.setLineDash([]);
  const text = range.rubber ? "" : state.marking.kind;
  g.font = `600 11px ${theme.font}`;
  if (text === "" || g.measureText(text).width + 8 > x1 - x0) return;
  g.fillStyle = theme.accentCss;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, x0 + 4, row[0] + 10);
}
