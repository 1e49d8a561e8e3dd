/**
 * Labels of the axes of a figure that are in seconds of a recording: those of the viewer, times of
 * day or h:mm:ss. Plotly's own axes of dates would need other numbers than seconds, so the labels
 * are computed again when an axis shows another part or has another length.
 */
import { type Clock, parseStart } from "../math/clock.ts";
import { timeTicks } from "../math/ticks.ts";

/** What an element contains in which Plotly has drawn. */
export interface Drawing {
  layout?: Record<string, unknown> & { meta?: unknown };
  _fullLayout?: Record<string, unknown>;
  on?(event: string, handle: () => void): void;
}
interface Axis {
  range: [number, number];
  _length: number;
  tickfont?: { size?: number };
}
interface Labels {
  tickvals: number[];
  ticktext: string[];
}
type Changes = Record<string, unknown>;

/** After these, an axis may show another part, or Python may have replaced it. */
const EVENTS = ["plotly_afterplot", "plotly_relayout", "plotly_update"];
/** Width of a character as a share of the size of the font. */
const CHARACTER = 0.57;
const FONT_SIZE = 12;
/** How much closer labels are than those of the viewer (pixels): panels are narrow. */
const CLOSER = 8;
/** About the width of a label (pixels). */
const LABEL = 40;
/** Windows before and after what is shown that have labels: setting labels draws a figure again. */
const AROUND = 8;
/** Labels stay while they are at most so much closer, or further apart, than they would be anew. */
const CLOSEST = 1.08;
const FURTHEST = 0.7;

/** Labels for what an axis shows, and for windows before and after it. */
export function timeLabels(clock: Clock | null, axis: Axis): Labels | null {
  const [t0, t1] = [Math.min(...axis.range), Math.max(...axis.range)];
  const span = t1 - t0;
  if (!(span > 0) || !(axis._length > 0)) return null;
  const size = axis.tickfont?.size ?? FONT_SIZE;
  const [from, to] = labelledPart(t0, t1);
  const { ticks } = timeTicks(
    clock,
    from,
    to,
    (axis._length * (to - from)) / span,
    (text) => text.length * size * CHARACTER - CLOSER,
  );
  return { tickvals: ticks.map(({ t }) => t), ticktext: ticks.map(({ text }) => text) };
}

/** From when to when labels are computed; hardly before the begin, where there is nothing. */
function labelledPart(t0: number, t1: number): [number, number] {
  const span = t1 - t0;
  return [Math.max(t0 - AROUND * span, Math.min(t0, 0) - span), t1 + AROUND * span];
}

/** The axes of a figure in seconds of a recording, "xaxis", each with the start of the recording. */
function timesOf(layout: Drawing["layout"]): [string, string | null][] {
  const times = (layout?.meta as { times?: Record<string, string | null> } | undefined)?.times;
  return Object.entries(times ?? {});
}

const equal = (one: unknown, other: readonly unknown[]): boolean =>
  Array.isArray(one) && one.length === other.length && one.every((v, k) => v === other[k]);

/**
 * The labels of one axis; they stay while it shows the same part at about the same length, or
 * another part of what is labelled at about the same scale, as when one turns pages.
 */
class Labelled {
  #of = "";
  #range: [number, number] = [0, 0];
  #length = 0;
  #labels: Labels | null = null;

  labels(axis: Axis, start: string | null): Labels | null {
    const of = JSON.stringify([start, axis.tickfont?.size]);
    if (of !== this.#of || !this.#serves(axis)) {
      this.#of = of;
      this.#range = [Math.min(...axis.range), Math.max(...axis.range)];
      this.#length = axis._length;
      this.#labels = timeLabels(parseStart(start), axis);
    }
    return this.#labels;
  }

  #serves({ range, _length: length }: Axis): boolean {
    const [t0, t1] = [Math.min(...range), Math.max(...range)];
    const [was0, was1] = this.#range;
    // Labels at the ends change the margins, and so the length.
    if (t0 === was0 && t1 === was1) return Math.abs(length - this.#length) <= LABEL;
    const closer = ((t1 - t0) * this.#length) / ((was1 - was0) * length);
    const [from, to] = labelledPart(was0, was1);
    return t0 >= from && t1 <= to && closer <= CLOSEST && closer >= FURTHEST;
  }
}

/** Labels of the axes of one figure. */
export class TimeLabels {
  readonly #axes = new Map<string, Labelled>();

  /** What must change in the layout so that all labels fit; null if they do. */
  missing({ layout, _fullLayout: full }: Drawing): Changes | null {
    const changes: Changes = {};
    for (const [name, start] of timesOf(layout)) {
      const axis = full?.[name] as Axis | undefined;
      if (!axis?.range) continue;
      const labelled = this.#axes.get(name) ?? new Labelled();
      this.#axes.set(name, labelled);
      const labels = labelled.labels(axis, start);
      const shown = (layout?.[name] ?? {}) as Partial<Labels>;
      for (const key of labels ? (["tickvals", "ticktext"] as const) : []) {
        if (labels && !equal(shown[key], labels[key])) changes[`${name}.${key}`] = labels[key];
      }
    }
    return Object.keys(changes).length > 0 ? changes : null;
  }
}

/** Labels the axes of a figure from now on; `relayout` changes its layout. */
export function labelTimes(place: Drawing, relayout: (changes: Changes) => void): void {
  const labels = new TimeLabels();
  let busy = false;
  const label = (): void => {
    if (busy) return; // the change itself draws
    const changes = labels.missing(place);
    if (!changes) return;
    busy = true;
    try {
      relayout(changes);
    } finally {
      busy = false;
    }
  };
  for (const event of EVENTS) place.on?.(event, label);
  label();
}
