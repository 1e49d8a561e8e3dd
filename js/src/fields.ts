/** The public traits of a viewer: how each is read from the state and applied to it. */
import { asNames, asRange } from "./math/plain.ts";
import type { Change, ViewState } from "./state/viewstate.ts";

/** A trait that the front end follows. */
export interface Field {
  apply(state: ViewState, value: unknown): void;
  /** For traits that the front end also sets: the change after which it is sent, and its value. */
  sent?: {
    after: Change;
    value(state: ViewState): unknown;
    /** "now" by default; "later": when no more changes come. */
    when?(state: ViewState): "now" | "later" | "never";
  };
}

const positive = (value: unknown): number | null => {
  const number = typeof value === "number" ? value : Number.NaN;
  return Number.isFinite(number) && number > 0 ? number : null;
};

export const FIELDS: Readonly<Record<string, Field>> = {
  channels: {
    apply: (state, value) => state.setLanes({ names: asNames(value) }),
  },
  height: {
    apply: (state, value) => state.setHeight(Number(value)),
  },
  t_range: {
    apply(state, value) {
      const range = asRange(value);
      if (range) state.setWindow(...range);
    },
    sent: {
      after: "window",
      value: ({ t0, t1 }) => [t0, t1],
      // The kernel notes the windows of linked viewers itself: it is told of the one that is moved.
      when: ({ led, time }) => (!time.follow ? "never" : led ? "later" : "now"),
    },
  },
  time_axis: {
    apply: (state, value) => state.setTime({ elapsed: value === "elapsed" }),
    sent: { after: "time", value: ({ time }) => (time.elapsed ? "elapsed" : "clock") },
  },
  epoch_length: {
    apply: (state, value) => state.setTime({ epochLength: positive(value) }),
    sent: { after: "time", value: ({ time }) => time.epochLength },
  },
  epoch_start: {
    apply: (state, value) => state.setTime({ epochStart: positive(value) ?? 0 }),
  },
  play_speed: {
    apply: (state, value) => state.setTime({ speed: positive(value) ?? 1 }),
    sent: { after: "time", value: ({ time }) => time.speed },
  },
  follow: {
    apply: (state, value) => state.setTime({ follow: value !== false }),
  },
  toolbar: {
    apply: (state, value) => state.setToolbar(value !== false),
  },
  _link_origin: {
    apply: (state, value) => state.setLink({ origin: Number(value) || 0 }),
  },
  link_group: {
    apply: (state, value) => state.setLink({ group: typeof value === "string" ? value : "" }),
    sent: { after: "link", value: ({ link }) => link.group },
  },
  selection: {
    apply: (state, value) => state.setSelection(asRange(value)),
    sent: {
      after: "selection",
      value: ({ selection }) => (selection === null ? null : [...selection]),
    },
  },
};
