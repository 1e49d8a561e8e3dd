/** Labels of the axes of a figure that are in seconds of a recording. */
import { describe, expect, it } from "vitest";
import { type Drawing, labelTimes, timeLabels } from "../../src/figures/timeaxes.ts";
import { parseStart } from "../../src/math/clock.ts";

type Axis = { range: [number, number]; _length: number; tickfont?: { size: number } };
type Layout = Record<string, Record<string, unknown>>;

/** A figure as Plotly leaves it on its element, with one axis of time. */
function drawing(axis: Axis, start: string | null) {
  const handlers = new Map<string, () => void>();
  const layout: Layout = { meta: { times: { xaxis: start } }, xaxis: { title: "time" } };
  const full: Record<string, Axis> = { xaxis: axis };
  const place: Drawing = {
    layout,
    _fullLayout: full,
    on: (event, handle) => handlers.set(event, handle),
  };
  let calls = 0;
  labelTimes(place, (changes) => {
    calls += 1;
    for (const [path, value] of Object.entries(changes)) {
      const [name, key] = path.split(".") as [string, string];
      layout[name] = { ...layout[name], [key]: value };
    }
  });
  return {
    layout,
    axis,
    happen: (event: string) => handlers.get(event)?.(),
    calls: () => calls,
    texts: () => layout["xaxis"]?.["ticktext"] as string[],
    values: () => layout["xaxis"]?.["tickvals"] as number[],
    visible: () => {
      const values = layout["xaxis"]?.["tickvals"] as number[];
      const [low, high] = axis.range;
      return values.filter((t) => t >= Math.min(low, high) && t <= Math.max(low, high));
    },
  };
}

describe("the labels of an axis of time", () => {
  it("are times of day if the recording has a start, and numbers stay seconds", () => {
    const one = drawing({ range: [0, 86400], _length: 600 }, "2024-03-01T22:00:00");
    const at = one.values().indexOf(7200 + 6 * 3600);
    expect(one.texts()[at]).toBe("06:00");
    expect(one.texts()[one.values().indexOf(7200)]).toBe("2 Mar");
  });

  it("are times from the start otherwise", () => {
    const one = drawing({ range: [0, 7200], _length: 600 }, null);
    expect(one.texts()[one.values().indexOf(3600)]).toBe("1:00:00");
  });

  it.each([1e-3, 0.02, 1, 7, 45, 600, 4000, 30000, 86400, 7 * 86400, 90 * 86400])(
    "are readable when %d s are shown, and differ from each other",
    (span) => {
      for (const length of [120, 300, 1100]) {
        for (const start of [null, "2024-03-01T22:17:05"]) {
          const t0 = 50_000.123;
          const labels = timeLabels(parseStart(start), { range: [t0, t0 + span], _length: length });
          const shown = (labels?.tickvals ?? [])
            .map((t, k) => ({ at: ((t - t0) / span) * length, text: labels?.ticktext[k] ?? "" }))
            .filter(({ at }) => at >= 0 && at <= length);
          expect(shown.length).toBeLessThanOrEqual(length / 30);
          for (let k = 1; k < shown.length; k++) {
            const [before, after] = [shown[k - 1], shown[k]];
            if (!before || !after) throw new Error("no label");
            expect(after.at - before.at).toBeGreaterThan(before.text.length * 12 * 0.57 + 5);
            expect(after.text).not.toBe(before.text);
          }
        }
      }
    },
  );

  it("follow a zoom, also one from right to left", () => {
    const one = drawing({ range: [0, 86400], _length: 600 }, null);
    one.axis.range = [3630, 3600];
    one.happen("plotly_relayout");
    expect(one.visible().length).toBeGreaterThan(2);
    expect(one.texts()[one.values().indexOf(3600)]).toBe("1:00:00");
  });

  it("stay while pages are turned, as setting them draws a figure again", () => {
    const one = drawing({ range: [3600, 3630], _length: 600 }, null);
    const first = one.texts();
    for (let page = 1; page <= 8; page++) {
      one.axis.range = [3600 + 30 * page, 3629.5 + 30 * page];
      one.happen("plotly_afterplot");
      expect(one.visible().length).toBeGreaterThan(2);
    }
    expect(one.calls()).toBe(1);
    one.axis.range = [3600 + 30 * 9, 3600 + 30 * 10];
    one.happen("plotly_afterplot");
    expect(one.calls()).toBe(2);
    expect(one.visible().length).toBeGreaterThan(2);
    one.axis.range = [3600, 3630];
    one.happen("plotly_afterplot");
    expect(one.calls()).toBe(3);
    expect(one.texts()).toEqual(first);
  });

  it("are those of the present scale", () => {
    const one = drawing({ range: [3600, 3630], _length: 600 }, null);
    for (const [t0, span, length] of [
      [3600, 40, 600],
      [3610, 15, 600],
      [3610, 15, 300],
      [-5, 15, 300],
    ] as const) {
      one.axis.range = [t0, t0 + span];
      one.axis._length = length;
      one.happen("plotly_afterplot");
      const anew = timeLabels(null, { range: [t0, t0 + span], _length: length });
      const shown = (all: readonly number[]) => all.filter((t) => t >= t0 && t <= t0 + span);
      expect(shown(one.values())).toEqual(shown(anew?.tickvals ?? []));
    }
  });

  it("are there before and after what is shown, for the time of a drag", () => {
    const one = drawing({ range: [1000, 1010], _length: 600 }, null);
    expect(Math.min(...one.values())).toBeLessThanOrEqual(991);
    expect(Math.max(...one.values())).toBeGreaterThanOrEqual(1019);
  });

  it("come again when Python has replaced the axis, and are else sent once", () => {
    const one = drawing({ range: [0, 100], _length: 600 }, null);
    one.happen("plotly_afterplot");
    one.happen("plotly_relayout");
    expect(one.calls()).toBe(1);
    one.layout["xaxis"] = { title: "another" };
    one.happen("plotly_relayout");
    expect(one.calls()).toBe(2);
    expect(one.texts()).toContain("0:00:30");
  });

  it("do not change for ever when they change the length of their axis", () => {
    const one = drawing({ range: [0, 100], _length: 600 }, null);
    for (let k = 0; k < 6; k++) {
      one.axis._length = k % 2 ? 600 : 570;
      one.happen("plotly_relayout");
    }
    expect(one.calls()).toBe(1);
    one.axis._length = 200;
    one.happen("plotly_relayout");
    expect(one.calls()).toBe(2);
  });

  it("are left to Plotly where no axis is one of times, or where nothing is shown", () => {
    const calls: unknown[] = [];
    const full = { xaxis: { range: [0, 10], _length: 100 } };
    labelTimes({ layout: {}, _fullLayout: full }, (changes) => calls.push(changes));
    for (const axis of [{ range: [0, 10], _length: 0 }, { range: [5, 5], _length: 100 }, {}]) {
      const layout = { meta: { times: { xaxis: null } } };
      labelTimes({ layout, _fullLayout: { xaxis: axis } }, (changes) => calls.push(changes));
    }
    expect(calls).toEqual([]);
  });
});
