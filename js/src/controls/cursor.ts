/** A cursor that arrow keys move by samples, beats, events or epochs; each place is spoken. */
import type { AnnotationSet, ChannelInfo } from "../data/types.ts";
import { secondDigits, timeText } from "../math/clock.ts";
import { placeText } from "../math/steps.ts";
import type { Feature, Frame, ViewHost } from "../plot/feature.ts";
import type { DrawnLane } from "../plot/lanes.ts";
import { read } from "../plot/overlay.ts";
import { paintCursor } from "../plot/readingcursor.ts";
import { stepFrom, type Unit, unitsOf } from "./cursorsteps.ts";
import { addButton, groupOf } from "./toolbar.ts";

const CURSOR = "M7.2 1h1.6v3.2h3.4v7.6H8.8V15H7.2v-3.2H3.8V4.2h3.4zM5.4 5.8v4.4h5.2V5.8z";
/** Where the cursor enters a window that is moved to it, as a share of the window. */
const ENTRY = 0.1;
const MOST_WAITING = 4;
const NAMES: Record<Unit, string> = {
  sample: "samples",
  beat: "beats",
  event: "events",
  epoch: "epochs",
};

export function cursor(host: ViewHost): Feature {
  const { state, session, signal } = host;
  let t: number | null = null;
  let name = "";
  let unit: Unit = "sample";
  /** The end of the selection that stays. */
  let anchor: number | null = null;
  /** What is to be said with the next picture of the place; null if nothing. */
  let note: string | null = null;
  /** Width of the plot when the crosshair was placed. */
  let width = 0;
  let moving = false;
  /** Steps that were asked for and not done yet. */
  let steps: Promise<void> = Promise.resolve();
  let waiting = 0;

  const channels = (): readonly ChannelInfo[] =>
    state.lanes.flatMap(({ signals }) => signals.filter(({ style }) => style !== "spectrogram"));
  const laneOf = (): DrawnLane | null =>
    host.drawn().find(({ channel }) => channel.name === name) ?? null;
  const pixel = (): number => (state.t1 - state.t0) / host.layout().plotWidth;
  const place = (): void => {
    const { t0, t1 } = state;
    host.cursor = t === null ? null : { channel: name, t };
    if (t === null) host.root.removeAttribute("data-cursor");
    else host.root.setAttribute("data-cursor", `${name} ${t}`);
    host.point(t === null ? null : ((t - t0) / (t1 - t0)) * host.layout().plotWidth);
    width = host.layout().plotWidth;
    host.touch();
  };
  /** Moves the window to the cursor; in a new window it is near the edge that it entered by. */
  const follow = (): void => {
    if (t === null || (t >= state.t0 && t < state.t1)) return;
    const span = state.t1 - state.t0;
    const start = t - (t < state.t0 ? 1 - ENTRY : ENTRY) * span;
    moving = true;
    state.setWindow(start, start + span);
    moving = false;
  };
  const moveTo = (time: number, said: string): void => {
    t = Math.max(0, Math.min(time, state.duration));
    note = said;
    follow();
    place();
  };

  const on = (): boolean => t !== null;
  const start = (): void => {
    const all = channels();
    if (all.length === 0 || !(state.duration > 0)) return;
    if (!all.some((one) => one.name === name)) name = (all[0] as ChannelInfo).name;
    moveTo((state.t0 + state.t1) / 2, `cursor, arrow keys step by ${NAMES[unit]}`);
    show();
  };
  const stop = (): boolean => {
    if (!on()) return false;
    t = null;
    anchor = null;
    note = null;
    place();
    host.say("cursor off");
    show();
    return true;
  };
  const toggle = (): void => {
    if (on()) stop();
    else {
      start();
      host.focus();
    }
  };
  const step =
    (by: -1 | 1, selects = false) =>
    (): boolean => {
      if (t === null) return false;
      if (!selects) anchor = null;
      else anchor ??= t;
      // A key that is held is not faster than the kernel.
      if (waiting < MOST_WAITING) {
        waiting++;
        steps = steps.then(() => go(by, anchor)).finally(() => waiting--);
      }
      return true;
    };
  /** Steps from where the cursor is when the steps before are done. */
  const go = async (by: -1 | 1, fixed: number | null): Promise<void> => {
    const from = t;
    if (from === null) return;
    const target = await stepFrom(session, laneOf(), from, by, unit, pixel());
    // It was moved or switched off meanwhile.
    if (t !== from || signal.aborted) return;
    if (target.t === null) host.say(target.note);
    else moveTo(target.t, target.note);
    if (fixed !== null && target.t !== null) state.setSelection([fixed, target.t]);
  };
  const change = (by: -1 | 1) => (): boolean => {
    if (t === null) return false;
    const all = channels();
    const at = all.findIndex((one) => one.name === name) + by;
    const next = all[Math.max(0, Math.min(at, all.length - 1))];
    if (!next) return true;
    name = next.name;
    host.reveal(name);
    moveTo(t, "");
    return true;
  };
  const nextUnit = (): boolean => {
    if (!on()) return false;
    const units = unitsOf(session);
    unit = units[(units.indexOf(unit) + 1) % units.length] as Unit;
    const text = `step by ${NAMES[unit]}`;
    // With the place that is still to be spoken, which would cut it off.
    if (note === null) host.say(text);
    else note = text;
    show();
    host.touch();
    return true;
  };
  /** Changes the amplitude or the position of the trace of the cursor. */
  const trace = (run: (lane: (typeof state.lanes)[number]) => void) => (): boolean => {
    const lane = state.lanes.find(({ signals }) => signals.some((one) => one.name === name));
    if (!on() || !lane) return false;
    run(lane);
    return true;
  };
  const again = (): boolean => {
    if (t === null) return false;
    moveTo(t, "");
    return true;
  };

  const speak = (frame: Frame): void => {
    const lane = laneOf();
    if (t === null || note === null || !lane) return;
    const { data, channel } = lane;
    const waits = !data.settled && !data.refused && session.live();
    if (waits && lane.absent.length === 0) return;
    const reading = read(lane, t, (t - state.t0) / (state.t1 - state.t0));
    const digits = secondDigits(Math.min(1, Math.max(pixel(), 1 / channel.fs)));
    const text = placeText({
      time: timeText(state.clock, t, digits),
      channel: name,
      value: reading?.texts[0] ?? "",
      marks: frame.annotations ? marksAt(frame.annotations, t, channel.index, pixel() / 2) : [],
      note,
    });
    note = null;
    host.say(text);
  };

  const button = addButton(groupOf(host.toolbar, "read"), {
    label: "Cursor moved by arrow keys, spoken by screen readers (K)",
    icon: CURSOR,
    run: toggle,
    signal,
  });
  const show = (): void => button.setAttribute("aria-pressed", String(on()));
  show();

  const topic = "cursor";
  const moves = "with the cursor: one step; with Shift: select";
  const traces = "with the cursor: decrease, increase the amplitude of its channel";
  const shifts = "with the cursor: move the trace of its channel up, down";
  return {
    commands: [
      { keys: ["K"], topic, text: "cursor on, off; screen readers speak its place", run: toggle },
      { keys: ["ArrowLeft"], topic, text: moves, run: step(-1) },
      { keys: ["ArrowRight"], topic, text: moves, run: step(1) },
      { keys: ["Shift+ArrowLeft"], topic, text: "", run: step(-1, true) },
      { keys: ["Shift+ArrowRight"], topic, text: "", run: step(1, true) },
      { keys: ["ArrowUp"], topic, text: "with the cursor: another channel", run: change(-1) },
      { keys: ["ArrowDown"], topic, text: "with the cursor: another channel", run: change(1) },
      {
        keys: ["U"],
        topic,
        text: "with the cursor: step by samples, beats, events or epochs",
        run: nextUnit,
      },
      { keys: ["Enter"], topic, text: "with the cursor: speak the place again", run: again },
      { keys: ["{"], topic, text: traces, run: trace((lane) => state.magnifyLane(lane, 1 / 1.25)) },
      { keys: ["}"], topic, text: traces, run: trace((lane) => state.magnifyLane(lane, 1.25)) },
      {
        keys: ["Alt+ArrowUp"],
        topic,
        text: shifts,
        run: trace((lane) => state.shiftLane(lane, 0.1)),
      },
      {
        keys: ["Alt+ArrowDown"],
        topic,
        text: "",
        run: trace((lane) => state.shiftLane(lane, -0.1)),
      },
      { keys: ["Escape"], text: "", run: stop },
    ],
    changed(changed) {
      if (t === null) return;
      if (changed === "lanes" && !channels().some((one) => one.name === name)) stop();
      if (changed !== "window" || moving) return;
      const { t0, t1 } = state;
      if (t >= t0 && t < t1) place();
      else moveTo(t0 + (t1 - t0) * (t < t0 ? ENTRY : 1 - ENTRY), "");
    },
    paint(g, frame) {
      if (t === null) return;
      // The crosshair stays with the cursor when the lanes get another width.
      if (frame.box.plotWidth !== width) place();
      paintCursor(g, frame, t, laneOf(), `by ${NAMES[unit]}`);
      speak(frame);
    },
  };
}

/** Texts of the marks that begin within `near` of a time, or last then. */
function marksAt(set: AnnotationSet, t: number, channel: number, near: number): string[] {
  const texts: string[] = [];
  for (let k = 0; k < set.count; k++) {
    const from = (set.onsets[k] as number) - t;
    const of = set.channel[k] as number;
    if (of >= 0 && of !== channel) continue;
    if (Math.abs(from) > near && !(from < 0 && from + (set.durations[k] as number) > 0)) continue;
    texts.push(set.texts[set.text[k] as number] ?? "");
  }
  return [...new Set(texts)];
}
