/// <reference types="vite/client" />
import { expect, it } from "vitest";
import cases from "../../../tests/fixtures/readable.json";
import { contrast, parseRgb, type Rgb, readable } from "../../src/math/color.ts";

it.each(cases as [string, string, string][])(
  "%s on %s is drawn as %s, as in Python",
  (color, background, made) => {
    const [ink, ground] = [parseRgb(color) as Rgb, parseRgb(background) as Rgb];
    expect(readable(ink, ground)).toEqual(parseRgb(made));
    expect(contrast(readable(ink, ground), ground)).toBeGreaterThanOrEqual(4.5);
  },
);
