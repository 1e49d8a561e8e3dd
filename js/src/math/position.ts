/** Reads a position in time as a person writes it; `core/position.py` reads the same in Python. */
import { DAY, dateText, parseStart, relativeText, timeText } from "./clock.ts";
import { type Epochs, epochCount, epochStart } from "./epochs.ts";
import { type TimeBase, timeOf } from "./timebase.ts";

/** What a position depends on. */
export interface Place {
  t0: number;
  t1: number;
  duration: number;
  /** Start of the recording as ISO 8601. */
  start: string | null;
  /** `1:30:00` is a time from the start of the recording, not a time of day. */
  elapsed: boolean;
  epochs: Epochs | null;
  channels: readonly { name: string; nSamples: number; timebase: TimeBase }[];
  /** The channel whose samples are meant if none is named. */
  channel: string | null;
}

/** The position cannot be read or does not exist; the message is for the user. */
export class PositionError extends Error {}

const EXAMPLES =
  "01:23:45, 90 min, +90 s, -5 min, 2024-03-01 01:23:45, #25000, epoch 120, start, end";
/** By "ms" or by the first letter of the unit. */
const UNITS: Record<string, number> = { ms: 1e-3, s: 1, m: 60, h: 3600, d: DAY };
const CLOCK = /^(\d{1,9}):([0-5]\d)(?::([0-5]\d(?:\.\d*)?))?$/;
const DURATION = /^(\d+(?:\.\d*)?|\.\d+) ?(ms|seconds?|sec|s|minutes?|min|m|hours?|h|days?|d)? ?/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d:\d\d(?::\d\d(?:\.\d*)?)?) ?(z|[+-]\d\d:?\d\d)?)?$/;

/** The start of the window at a position, in seconds from the start of the recording. */
export function parsePosition(given: string, place: Place): number {
  const text = given
    .trim()
    .replace(/\u2212/g, "-")
    .replace(/\s+/g, " ");
  const lower = text.toLowerCase();
  if (lower === "start") return 0;
  if (lower === "end") return Math.max(0, place.duration - (place.t1 - place.t0));
  const sample = /^# ?(\d{1,15})(?: (.+))?$/.exec(text);
  if (sample) return sampleTime(Number(sample[1]), sample[2] ?? place.channel, place);
  const epoch = /^e(?:poch)? ?(\d{1,15})$/.exec(lower);
  if (epoch) return epochTime(Number(epoch[1]), place);
  if (/^[+-]/.test(lower)) {
    const shift = fromStart(lower.slice(1).trim());
    if (shift === null) throw unreadable(given);
    const t = place.t0 + (lower.startsWith("-") ? -shift : shift);
    return Math.min(Math.max(t, 0), Math.max(0, place.duration - (place.t1 - place.t0)));
  }
  const date = DATE.exec(lower);
  const t = date ? dateTime(date, given, place) : timeOfText(lower, place);
  if (t === null) throw unreadable(given);
  if (t < 0 || t >= place.duration) throw outside(text, place);
  return t;
}

function unreadable(given: string): PositionError {
  return new PositionError(`cannot go to '${given}'; examples: ${EXAMPLES}`);
}

function outside(text: string, { start, elapsed, duration }: Place): PositionError {
  const clock = elapsed ? null : parseStart(start);
  const at = (t: number): string =>
    clock ? `${dateText(clock, t)} ${timeText(clock, t)}` : relativeText(t);
  return new PositionError(
    `${text} is outside the recording, which lasts from ${at(0)} to ${at(duration)}`,
  );
}

/** Seconds of `1:30:00` or `1 h 30 min`; null for anything else. */
function fromStart(text: string): number | null {
  const clock = CLOCK.exec(text);
  if (clock) return secondsOf(clock);
  let seconds = 0;
  let rest = text;
  while (rest !== "") {
    const part = DURATION.exec(rest);
    if (!part) return null;
    const [whole, number, unit = "s"] = part;
    seconds += Number(number) * (UNITS[unit === "ms" ? unit : (unit[0] as string)] as number);
    rest = rest.slice(whole.length);
  }
  return text === "" ? null : seconds;
}

function secondsOf([, hours, minutes, seconds]: RegExpExecArray): number {
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
}

/** A time from the start, or the time of day that is nearest to the window. */
function timeOfText(text: string, place: Place): number | null {
  const t = fromStart(text);
  const clock = place.elapsed ? null : parseStart(place.start);
  if (t === null || !clock || t >= DAY || !CLOCK.test(text)) return t;
  const first = (((t - clock.ofDay) % DAY) + DAY) % DAY;
  const days = Math.round((place.t0 - first) / DAY);
  const most = Math.ceil((place.duration - first) / DAY) - 1;
  return first + Math.max(0, Math.min(days, most)) * DAY;
}

function dateTime(found: RegExpExecArray, given: string, place: Place): number {
  const [, year, month, day, time, zone] = found;
  const clock = parseStart(place.start);
  if (!clock) {
    throw new PositionError(
      "the recording has no start time; give a time from its start, for example 0:30:00",
    );
  }
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const sameDay = new Date(midnight).getUTCDate() === Number(day);
  const parts = time === undefined ? null : CLOCK.exec(time);
  const ofDay = parts ? secondsOf(parts) : 0;
  if (!sameDay || (time !== undefined && !parts) || ofDay >= DAY) throw unreadable(given);
  const days = (midnight - clock.midnight) / 1000;
  // The date of the first day means the start of the recording.
  if (time === undefined && days === 0) return 0;
  let t = days + ofDay - clock.ofDay;
  if (zone !== undefined) {
    const own = offsetOf(place.start ?? "");
    if (own === null) {
      throw new PositionError(
        "the start of the recording has no time zone; leave out the time zone",
      );
    }
    t += own - (offsetOf(zone) as number);
  }
  return t;
}

/** Offset from UTC in seconds at the end of an ISO text. */
function offsetOf(text: string): number | null {
  if (/z$/i.test(text)) return 0;
  const found = /([+-])(\d\d):?(\d\d)(?::(\d\d))?$/.exec(text.replace(/^\d{4}-\d\d-\d\d/, ""));
  if (!found) return null;
  const [, sign, hours, minutes, seconds] = found;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
  return sign === "-" ? -offset : offset;
}

function epochTime(number: number, { epochs, duration }: Place): number {
  if (!epochs) {
    throw new PositionError(
      "epochs are off; switch them on first (key E, or viewer.epoch_length = 30)",
    );
  }
  const count = epochCount(epochs, duration);
  if (number < 1 || number > count) {
    throw new PositionError(`there is no epoch ${number}; the recording has epochs 1 to ${count}`);
  }
  return epochStart(epochs, number);
}

function sampleTime(sample: number, name: string | null, { channels }: Place): number {
  if (name === null) {
    throw new PositionError("no channel is shown; name one, for example #25000 ECG");
  }
  const channel = channels.find((one) => one.name === name);
  if (!channel) {
    const names = channels.map((one) => `'${one.name}'`).join(", ");
    throw new PositionError(`unknown channel '${name}'; available: ${names}`);
  }
  const { nSamples, timebase } = channel;
  if (sample >= nSamples) {
    throw new PositionError(
      nSamples === 0
        ? `'${name}' has no samples`
        : `there is no sample #${sample} in '${name}'; it has samples 0 to ${nSamples - 1}`,
    );
  }
  const t = timeOf(timebase, sample);
  if (Number.isNaN(t)) throw new PositionError("the times of the samples are not loaded yet");
  return t;
}
