/** The public traits of a viewer: how each is read from the state and applied to it. */
import { asNames, asRange } from "./math/plain.ts";
import type { Change, ViewState } from "./state/viewstate.ts";

/** A trait that the front end follows. */
export interface Field {
  apply(state: ViewState, value: unknown): void;
  /** For traits that the front end also sets: the change after which it is sent, and its value. */
  sent?: { after: Change; value(state: ViewState): unknown };
}

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
    sent: { after: "window", value: ({ t0, t1 }) => [t0, t1] },
  },
  selection: {
    apply: (state, value) => state.setSelection(asRange(value)),
    sent: {
      after: "selection",
      value: ({ selection }) => (selection === null ? null : [...selection]),
    },
  },
};
