import { expect, it } from "vitest";
import { linesUnderName } from "../../src/plot/gutter.ts";

it("the filter and the scale of a lane are both read, in a tall lane in two lines", () => {
  const fits = (text: string): boolean => text.length <= 12;
  expect(linesUnderName("0.5–40 Hz", "10 mm/mV", fits, 100)).toEqual(["0.5–40 Hz", "10 mm/mV"]);
  expect(linesUnderName("0.5–40 Hz", "10 mm/mV", () => true, 100)).toEqual([
    "0.5–40 Hz · 10 mm/mV",
  ]);
  expect(linesUnderName("0.5–40 Hz", "10 mm/mV", fits, 40)).toEqual(["0.5–40 Hz · 10 mm/mV"]);
  expect(linesUnderName("", "10 mm/mV", fits, 100)).toEqual(["10 mm/mV"]);
});
