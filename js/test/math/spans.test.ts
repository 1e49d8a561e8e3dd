import { describe, expect, it } from "vitest";
import { spanChoices } from "../../src/math/spans.ts";

describe("lengths of windows", () => {
  it("reach from the shortest window to the whole recording", () => {
    const [choices, value] = spanChoices(10, 0.0008, 6 * 86400, null);
    const texts = choices.map(({ text }) => text);
    for (const text of ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "30 s", "1 min", "5 min"]) {
      expect(texts).toContain(text);
    }
    expect(texts.slice(-6)).toEqual(["2 h", "6 h", "12 h", "1 day", "2 days", "all"]);
    expect(value).toBe("10");
    expect(spanChoices(10, 0.016, 60, null)[0].map(({ text }) => text)).toEqual(
      "100 ms,200 ms,500 ms,1 s,2 s,5 s,10 s,15 s,20 s,30 s,all".split(","),
    );
  });

  it("contain the present one and an epoch", () => {
    const [choices, value] = spanChoices(12.5, 0.016, 60, 40);
    expect(choices.find((one) => one.value === value)?.text).toBe("12.5 s");
    expect(choices.map(({ text }) => text)).toContain("40 s");
    const values = choices.map((one) => Number(one.value));
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it("take a window with rounding errors as round, and the longest as all", () => {
    expect(spanChoices(0.1 + 0.2 - 0.1 + 1e-12, 0.01, 60, null)[1]).toBe("0.2");
    expect(spanChoices(60, 0.016, 60, null)[1]).toBe("Infinity");
  });
});
