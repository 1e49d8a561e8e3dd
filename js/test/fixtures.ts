import type { AnnotationSet, ChannelInfo, Description, LaneData } from "../src/data/types.ts";
import type { PanTarget } from "../src/gestures/target.ts";
import { type Layout, layoutOf } from "../src/math/layout.ts";
import type { TimeBase } from "../src/math/timebase.ts";
import type { Session } from "../src/plot/session.ts";
import type { Source } from "../src/plot/source.ts";
import { ViewState } from "../src/state/viewstate.ts";

export function describe8(seconds = 100, fs = 100, count = 3): Description {
  const timebase: TimeBase = {
    fs,
    nSamples: seconds * fs,
    starts: Float64Array.of(0),
    onsets: Float64Array.of(0),
  };
  const channels = ["ECG", "PPG", "Resp", "SpO2"].slice(0, count).map(
    (name, index): ChannelInfo => ({
      index,
      name,
      units: "mV",
      kind: "other",
      fs,
      nSamples: seconds * fs,
      timebase,
      gain: 1,
      offset: 0,
      range: [-1, 1],
    }),
  );
  const notes: string[] = [];
  const timebases = [timebase];
  return {
    name: "test",
    start: null,
    duration: seconds,
    markLayers: 0,
    revision: 1,
    channels,
    notes,
    timebases,
  };
}

export const EMPTY: LaneData = { pieces: [], settled: true, building: false, refused: false };

export const emptySource: Source = {
  lane: () => EMPTY,
  demand: () => {},
  annotations: () => null,
  annotationsSettled: () => true,
  filterMarks: () => {},
  legend: () => null,
  listMarks: () => ({ total: 0, error: "", row: () => null }),
  findMark: () => Promise.resolve({ mark: null, error: "" }),
  spectrogram: () => ({ picture: null, error: "" }),
  measure: () => ({ rows: null, progress: 0, error: "" }),
};

/** A set of marks `[onset, text, duration, channel, layer]` in order of onset. */
export function markSet(
  t0: number,
  t1: number,
  marks: readonly (readonly [number, string, number?, number?, string?])[],
  more: Partial<AnnotationSet> = {},
): AnnotationSet {
  const texts = [...new Set(marks.map(([, text]) => text))];
  const names = [...new Set(marks.map((one) => one[4] ?? "file"))];
  return {
    t0,
    t1,
    count: marks.length,
    total: marks.length,
    texts,
    counts: texts.map((text) => marks.filter((one) => one[1] === text).length),
    onsets: Float64Array.from(marks, ([onset]) => onset),
    durations: Float64Array.from(marks, (one) => one[2] ?? 0),
    text: Int32Array.from(marks, ([, text]) => texts.indexOf(text)),
    channel: Int32Array.from(marks, (one) => one[3] ?? -1),
    layers: names.map((name) => ({ name, reader: "", readOnly: true })),
    layer: Int32Array.from(marks, (one) => names.indexOf(one[4] ?? "file")),
    ids: Float64Array.from(marks, (_, k) => k + 1),
    densities: [],
    revision: 0,
    ...more,
  };
}

/** A session without data and without work. */
export function idleSession(state: ViewState, more: Partial<Session> = {}): Session {
  const rest = {
    work: () => null,
    cancel: () => {},
    broken: () => false,
    absent: () => "",
    live: () => true,
    note: () => "",
    error: () => "",
    onData: () => () => {},
  };
  return { state, source: emptySource, ...rest, ...more };
}

export interface TestTarget extends PanTarget {
  box: Layout;
  points: (number | null)[];
}

/** A target whose plot is 1000 pixels wide. */
export function target(seconds = 100): TestTarget {
  const state = new ViewState(describe8(seconds));
  const box = layoutOf(1110, 420, [1, 1, 1], 1, 0);
  const points: (number | null)[] = [];
  return {
    state,
    box,
    points,
    layout: () => box,
    point: (x) => points.push(x),
    focus: () => {},
    claim: () => null,
  };
}

export function pointer(type: string, clientX: number, more: PointerEventInit = {}): PointerEvent {
  const common = { pointerId: 1, pointerType: "mouse", button: 0, bubbles: true };
  return new PointerEvent(type, { ...common, clientX, ...more });
}
