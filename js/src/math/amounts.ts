/** Durations and sizes as text. */

/** Formats a duration: "45 s", "3 min 20 s" or "2 h 5 min". */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${Math.max(seconds, 0).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return whole % 60 > 0 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Formats a number of bytes with three digits, in powers of 1000: "19.8 MB". */
export function bytesText(bytes: number): string {
  let [value, unit] = [Math.max(bytes, 0), 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Formats seconds as milliseconds: "0.42", "3.1" or "250". */
export function millisecondsText(seconds: number): string {
  const ms = seconds * 1000;
  return ms.toFixed(ms < 1 ? 2 : ms < 100 ? 1 : 0);
}
