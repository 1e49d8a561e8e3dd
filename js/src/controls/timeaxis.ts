/** Controls of the time axis: clock time or time since the start, and epochs. */
import { spanText } from "../math/clock.ts";
import { epochAt, epochCount } from "../math/epochs.ts";
import { addElement } from "../page/element.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import { addButton, groupOf, Select } from "./toolbar.ts";

const CLOCK =
  "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6zM7.2 4.5v4l3 2 .8-1.2-2.4-1.6V4.5z";

/** Clock time, or the time since the start of the recording. */
export function clockTime(host: ViewHost): Feature {
  const { state, signal } = host;
  const toggle = (): boolean => {
    if (!state.start) return false;
    state.setTime({ elapsed: !state.time.elapsed });
    return true;
  };
  const button = addButton(groupOf(host.toolbar, "window"), {
    label: "Clock time (C); else the time since the start",
    icon: CLOCK,
    run: toggle,
    signal,
  });
  const show = (): void => {
    button.hidden = state.start === null;
    button.setAttribute("aria-pressed", String(!state.time.elapsed));
  };
  show();
  return {
    commands: [
      { keys: ["C"], topic: "time", text: "clock time, or time since the start", run: toggle },
    ],
    changed: (change) => {
      if (change === "time" || change === "lanes") show();
    },
  };
}

/** Usual lengths: sleep is scored in 20 or 30 s, other events in other lengths. */
const LENGTHS = [1, 2, 4, 5, 10, 20, 30, 60, 300];
const USUAL = 30;
/** A window of at most so many epochs is changed to whole epochs when they are switched on. */
const READ_AT_ONCE = 20;

/** Epochs on and off, their length, and the number of the first one in the window. */
export function epochs(host: ViewHost): Feature {
  const { state, signal } = host;
  const group = groupOf(host.toolbar, "epochs");
  let last = USUAL;
  const set = (length: number | null): void => {
    state.setTime({ epochLength: length });
    if (length === null) return;
    const whole = Math.max(1, Math.round((state.t1 - state.t0) / length));
    if (whole <= READ_AT_ONCE) state.setSpan(whole * length);
  };
  const toggle = (): void => set(state.epochs ? null : last);
  const select = new Select(group, {
    label: "Epochs (E)",
    chosen: (value) => set(value === "" ? null : Number(value)),
    signal,
  });
  const readout = addElement(group, "span", "vv-readout");
  let shown = "";
  const show = (): void => {
    const { epochs: now, t0, duration } = state;
    const count = now ? epochCount(now, duration) : 0;
    const number = now ? epochAt(now, t0) : 0;
    const key = [now?.length, now?.start, number, count].join();
    if (key === shown) return;
    shown = key;
    if (now) last = now.length;
    const lengths = [...new Set(now ? [...LENGTHS, now.length] : LENGTHS)].sort((a, b) => a - b);
    const choices = lengths.map((one) => ({ value: String(one), text: `epochs ${spanText(one)}` }));
    select.offer([{ value: "", text: "no epochs" }, ...choices], now ? String(now.length) : "");
    readout.hidden = now === null;
    readout.textContent = number < 1 ? `– / ${count}` : `${number} / ${count}`;
  };
  show();
  return {
    commands: [
      {
        keys: ["E"],
        topic: "time",
        text: "epochs on, off: pages start with an epoch",
        run: toggle,
      },
    ],
    changed: (change) => {
      if (change === "window" || change === "time" || change === "lanes") show();
    },
  };
}
