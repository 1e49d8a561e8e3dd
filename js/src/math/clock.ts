/** Formats times: time of day if the start of the recording is known, else time since its start. */

export const DAY = 86400;

export interface Clock {
  /** Seconds from midnight to the start of the recording. */
  ofDay: number;
  /** That midnight in milliseconds, as if the clock showed UTC. */
  midnight: number;
}

/** The clock of an ISO 8601 start time; its offset from UTC is ignored, so local time is shown. */
export function parseStart(start: string | null): Clock | null {
  if (start === null) return null;
  const found = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?/.exec(start);
  if (!found) return null;
  const [, year, month, day, hour, minute, second] = found;
  return {
    midnight: Date.UTC(Number(year), Number(month) - 1, Number(day)),
    ofDay: Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0),
  };
}

/** Number of decimals that distinguish times `step` seconds apart. */
export function secondDigits(step: number): number {
  if (!(step < 1)) return 0;
  return Math.min(6, Math.ceil(-Math.log10(step) - 1e-9));
}

const two = (n: number): string => String(n).padStart(2, "0");

/** Splits seconds into whole units after rounding to `digits`, so that 59.9996 never shows as 60. */
function split(seconds: number, digits: number) {
  const unit = 10 ** digits;
  const ticks = Math.round(seconds * unit);
  const whole = Math.floor(ticks / unit);
  const fraction = digits > 0 ? `.${String(ticks - whole * unit).padStart(digits, "0")}` : "";
  return {
    day: Math.floor(whole / DAY),
    hour: Math.floor(whole / 3600) % 24,
    hours: Math.floor(whole / 3600),
    minute: Math.floor(whole / 60) % 60,
    second: whole % 60,
    fraction,
  };
}

/** `h:mm:ss`; hours are not limited to 24. */
export function relativeText(t: number, digits = 0): string {
  const s = split(Math.abs(t), digits);
  return `${t < 0 ? "−" : ""}${s.hours}:${two(s.minute)}:${two(s.second)}${s.fraction}`;
}

/** Time of day as `hh:mm:ss`, or the time since the start if there is no clock. */
export function timeText(clock: Clock | null, t: number, digits = 0): string {
  if (!clock) return relativeText(t, digits);
  const s = split(clock.ofDay + t, digits);
  return `${two(s.hour)}:${two(s.minute)}:${two(s.second)}${s.fraction}`;
}

/** The times of midnight in `[t0, t1)`. */
export function midnights(clock: Clock, t0: number, t1: number): number[] {
  const times: number[] = [];
  const first = Math.ceil((t0 + clock.ofDay) / DAY - 1e-9);
  for (let day = first; day * DAY - clock.ofDay < t1; day++) times.push(day * DAY - clock.ofDay);
  return times;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The date at time `t`, as `2024-03-01` or short as `1 Mar`. */
export function dateText(clock: Clock, t: number, short = false): string {
  // The tolerance keeps a tick at midnight on its day despite rounding.
  const day = Math.floor((clock.ofDay + t + 1e-6) / DAY);
  const date = new Date(clock.midnight + day * DAY * 1000);
  const d = date.getUTCDate();
  const m = date.getUTCMonth();
  if (short) return `${d} ${MONTHS[m]}`;
  return `${date.getUTCFullYear()}-${two(m + 1)}-${two(d)}`;
}

/** A duration in at most two units: `250 ms`, `10 s`, `8 h 20 min`, `24 h`, `6 d 4 h`. */
export function spanText(seconds: number): string {
  if (!(seconds > 0)) return "0 s";
  if (seconds < 0.9995) {
    const ms = seconds * 1000;
    return `${Number(ms.toPrecision(ms < 10 ? 2 : 3))} ms`;
  }
  if (seconds < 59.95) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) {
    const rest = whole % 60;
    return `${Math.floor(whole / 60)} min${rest ? ` ${rest} s` : ""}`;
  }
  const minutes = Math.round(seconds / 60);
  const both = (large: string, small: string, rest: number): string =>
    rest > 0 ? `${large} ${rest} ${small}` : large;
  if (minutes <= 1440) return both(`${Math.floor(minutes / 60)} h`, "min", minutes % 60);
  const hours = Math.round(seconds / 3600);
  return both(`${Math.floor(hours / 24)} d`, "h", hours % 24);
}
