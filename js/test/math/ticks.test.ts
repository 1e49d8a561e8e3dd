import { describe, expect, it } from "vitest";
import { dateText, parseStart, relativeText, spanText, timeText } from "../../src/math/clock.ts";
import { timeStep, timeTicks } from "../../src/math/ticks.ts";

const measure = (text: string): number => text.length * 6.2;

describe("time axis", () => {
  const spans = [0.002, 0.05, 0.3, 1, 7, 33, 100, 777, 3600, 20000, 86400, 7 * 86400, 90 * 86400];
  const starts = [null, "2024-03-01T22:10:00+01:00", "2024-12-31T23:59:59.5"];
  const cases = starts.flatMap((start) => [200, 640, 1400].map((pixels) => ({ start, pixels })));

  it.each(cases)("labels never touch: start $start on $pixels px", ({ start, pixels }) => {
    for (const span of spans) {
      const clock = parseStart(start);
      const t0 = 12345.678;
      const { ticks } = timeTicks(clock, t0, t0 + span, pixels, measure);
      let edge = Number.NEGATIVE_INFINITY;
      for (const tick of ticks) {
        const x = ((tick.t - t0) * pixels) / span;
        const half = measure(tick.text) / 2;
        expect(x - half - edge).toBeGreaterThan(4);
        edge = x + half;
      }
      // On a clock the hours come again the next day.
      if (!clock || span < 86400) {
        expect(new Set(ticks.map((tick) => tick.text)).size).toBe(ticks.length);
      }
      if (pixels >= 640) expect(ticks.length).toBeGreaterThanOrEqual(2);
    }
  });

  it("steps are 1-2-5 below a second and those of clocks above", () => {
    expect([0.0003, 0.004, 0.03, 0.6, 3, 12, 31, 400, 4000, 50000, 100000].map(timeStep)).toEqual([
      0.0005, 0.005, 0.05, 1, 5, 15, 60, 600, 7200, 86400, 172800,
    ]);
  });

  it("shows a date at midnight of the recording's clock", () => {
    const clock = parseStart("2024-02-28T22:00:00+05:00");
    const { ticks } = timeTicks(clock, 0, 4 * 3600, 800, measure);
    expect(ticks.filter((tick) => tick.date)).toEqual([{ t: 7200, text: "29 Feb", date: true }]);
    expect(ticks[0]?.text).toBe("22:00");
  });
});

describe("texts of times", () => {
  it("keeps the clock of the recording whatever its zone and this machine's", () => {
    for (const zone of ["", "Z", "+09:00", "-03:30"]) {
      const clock = parseStart(`2024-03-10T01:59:58.25${zone}`);
      expect(timeText(clock, 3.5, 2)).toBe("02:00:01.75");
      if (clock) expect(dateText(clock, 86400)).toBe("2024-03-11");
    }
  });

  it("rounds into the next unit rather than show 60", () => {
    expect(relativeText(59.9996, 3)).toBe("0:01:00.000");
    expect(relativeText(359999.6)).toBe("100:00:00");
  });

  it("tells lengths in two units", () => {
    const lengths = [0.00025, 0.25, 10, 59.97, 61, 3599.8, 28800, 86400 * 6.2];
    expect(lengths.map(spanText)).toEqual([
      "0.25 ms",
      "250 ms",
      "10 s",
      "1 min",
      "1 min 1 s",
      "1 h",
      "8 h",
      "6 d 5 h",
    ]);
  });

  it("has no clock for a start that it cannot read", () => {
    expect(parseStart("yesterday")).toBeNull();
    expect(parseStart(null)).toBeNull();
  });
});
