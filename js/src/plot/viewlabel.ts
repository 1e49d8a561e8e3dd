/** The text that describes what a view shows. */

import { relativeText, secondDigits, spanText } from "../math/clock.ts";
import { epochAt, epochCount } from "../math/epochs.ts";
import type { ViewState } from "../state/viewstate.ts";

/** For example `ECG and 7 more channels, 0:00:10 to 0:00:20 of 8 h 0 min`. */
export function viewLabel(state: ViewState): string {
  const [first, ...rest] = state.signals;
  if (!first || !(state.duration > 0)) return first ? `${first.name}, no samples` : "no channels";
  const names =
    rest.length === 0
      ? first.name
      : rest.length === 1
        ? `${first.name} and ${rest[0]?.name}`
        : `${first.name} and ${rest.length} more channels`;
  return `${names}, ${windowText(state)}`;
}

/** For example `00:00:10 to 00:00:20 of 8 h`. */
export function windowText(state: ViewState): string {
  const digits = secondDigits((state.t1 - state.t0) / 100);
  const from = padded(relativeText(state.t0, digits));
  const to = padded(relativeText(state.t1, digits));
  const { epochs } = state;
  const epoch = epochs
    ? `, epoch ${epochAt(epochs, state.t0)} of ${epochCount(epochs, state.duration)}`
    : "";
  return `${from} to ${to} of ${spanText(state.duration)}${epoch}`;
}

const padded = (text: string): string => (/^\d:/.test(text) ? `0${text}` : text);

/** Why a view is empty; "" if it is not. */
export function emptyText(state: ViewState, working: boolean, failed: boolean): string {
  const { duration, lanes, description } = state;
  if (description.channels.length === 0) return "This recording has no channels.";
  if (lanes.length === 0) return "No channels are selected.";
  if (duration > 0) return "";
  if (working) return "Reading …";
  return failed ? "This recording could not be read." : "This recording has no samples.";
}
