import { expect, it } from "vitest";
import { grouped } from "../../src/math/grouped.ts";

it.each([0, 7, 999, 1000, 12_345, 1_234_567.5, -4321, 1e15])(
  "writes %d as English does",
  (value) => {
    expect(grouped(value)).toBe(value.toLocaleString("en", { maximumFractionDigits: 3 }));
  },
);
