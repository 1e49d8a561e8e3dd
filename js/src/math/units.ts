/** Units with metric prefixes: conversion, and the prefix that suits a scale. */

const POWERS: Readonly<Record<string, number>> = {
  f: -15,
  p: -12,
  n: -9,
  µ: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
};
const PREFIXES = Object.keys(POWERS);
const BASES = ["V", "A", "T", "T/m", "Pa", "S", "Ω", "V/m"];

type Split = readonly [prefix: string, base: string] | null;

/** Units are looked up for each lane of each frame. */
const known = new Map<string, Split>();
const MOST_KNOWN = 1000;

/** The prefix and the base of units; null if they have no base that is known here. */
export function splitUnits(units: string): Split {
  let split = known.get(units);
  if (split === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    split = looked(units);
    known.set(units, split);
  }
  return split;
}

function looked(units: string): Split {
  const text = units.trim().replace(/ohms?$/i, "Ω");
  for (const base of BASES) {
    if (!text.endsWith(base)) continue;
    const prefix = text.slice(0, text.length - base.length).replace(/^[uμ]$/, "µ");
    if (prefix in POWERS) return [prefix, base];
  }
  return null;
}

/** Units as they are displayed: `uV` is `µV`; others are unchanged. */
export function plainUnits(units: string): string {
  return splitUnits(units)?.join("") ?? units.trim();
}

/** The factor that converts values into another unit; null if none does. */
export function unitFactor(units: string, into: string): number | null {
  const ours = splitUnits(units);
  const theirs = splitUnits(into);
  if (!ours || !theirs) return units.trim() === into.trim() ? 1 : null;
  if (ours[1] !== theirs[1]) return null;
  const power = (POWERS[ours[0]] as number) - (POWERS[theirs[0]] as number);
  // The quotient is the double nearest to a negative power of ten; a product may not be.
  return power >= 0 ? 10 ** power : 1 / 10 ** -power;
}

export interface Shown {
  units: string;
  /** Multiplies a value in the channel's units. */
  factor: number;
}

/** Units change where numbers would be longer than this. */
const READABLE = [0.1, 10_000] as const;

/**
 * The units in which values of this size are displayed, so that `V` is `µV` or `mV`.
 *
 * @param usual The units in which such signals are read, which are preferred.
 */
export function shownUnits(units: string, size: number, usual = ""): Shown {
  const plain = { units: plainUnits(units), factor: 1 };
  const split = splitUnits(units);
  if (!split || !(size > 0) || !Number.isFinite(size)) return plain;
  const readable = (factor: number): boolean =>
    size * factor >= READABLE[0] && size * factor < READABLE[1];
  const toUsual = unitFactor(units, usual);
  if (toUsual !== null && readable(toUsual)) return { units: usual, factor: toUsual };
  if (readable(1)) return plain;
  const choices = PREFIXES.map((prefix): Shown => {
    const other = `${prefix}${split[1]}`;
    return { units: other, factor: unitFactor(units, other) as number };
  });
  return choices.findLast(({ factor }) => size * factor >= 0.9999) ?? (choices[0] as Shown);
}
