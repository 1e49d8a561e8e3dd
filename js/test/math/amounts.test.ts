import { expect, test } from "vitest";
import { bytesText, millisecondsText } from "../../src/math/amounts.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [19_846_744, "19.8 MB"],
  [999_499, "999 kB"],
  [999_500, "1.00 MB"],
  [33_554_432, "33.6 MB"],
  [2e9, "2.00 GB"],
  [5e18, "5000 PB"],
  [-1, "0 B"],
])("%d bytes are %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));

test.each([
  [0.00042, "0.42"],
  [0.0031, "3.1"],
  [0.25, "250"],
  [12, "12000"],
])("%d s are %s ms", (seconds, text) => expect(millisecondsText(seconds)).toBe(text));
