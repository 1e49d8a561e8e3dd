import { describe, expect, it } from "vitest";
import shared from "../../../tests/fixtures/scales.json" with { type: "json" };
import { gainValue, parseGain } from "../../src/math/gain.ts";
import { plainUnits, shownUnits, unitFactor } from "../../src/math/units.ts";

describe("scales as texts", () => {
  it.each(shared.scales)("$value is understood as in Python", (one) => {
    const gain = parseGain(one.value);
    expect(gain?.form).toBe(one.form);
    if (gain?.form === "mm") expect([gain.perMm, gain.units]).toEqual([one.per_mm, one.units]);
    if (gain?.form === "lane") expect([gain.span, gain.units]).toEqual([one.span, one.units]);
    if (gain?.form === "limits") expect(gain.limits).toEqual(one.limits);
    expect(gain && gainValue(gain)).toEqual(one.text ?? one.limits);
  });

  it.each(shared.no_scales)("%j is no scale", (value) => {
    expect(parseGain(value)).toBeNull();
  });
});

describe("units", () => {
  it.each(shared.factors as [string, string, number | null][])("%s into %s", (from, into, by) => {
    expect(unitFactor(from, into)).toBe(by);
  });

  it.each(shared.plain_units)("%s is displayed as %s", (units, plain) => {
    expect(plainUnits(units as string)).toBe(plain);
  });

  it.each([
    ["V", 0.0002, "", "µV", 1e6],
    ["V", 0.0018, "", "mV", 1e3],
    ["V", 0.0002, "mV", "mV", 1e3],
    ["V", 0.00002, "mV", "µV", 1e6],
    ["uV", 900, "µV", "µV", 1],
    ["uV", 900, "mV", "mV", 1e-3],
    ["uV", 30_000, "µV", "mV", 1e-3],
    ["T", 3e-12, "", "pT", 1e12],
    ["mmHg", 1e-9, "mV", "mmHg", 1],
    ["", 1e-9, "", "", 1],
  ])("values of %s up to %d", (units, size, usual, into, factor) => {
    const shown = shownUnits(units, size, usual);
    expect(shown.units).toBe(into);
    expect(shown.factor).toBeCloseTo(factor, 12);
  });
});
