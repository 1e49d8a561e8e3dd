import { describe, expect, it } from "vitest";
import { countColumns, coverColumns, groupsOf } from "../../src/math/markgroups.ts";
import { random } from "../data/fakes.ts";
import { markSet } from "../fixtures.ts";

const grid = (t0: number, t1: number, width: number) => ({ t0, t1, width });

describe("groups of marks", () => {
  it("have the same layer, text and channel, and come in order of their size", () => {
    const set = markSet(0, 10, [
      [1, "N"],
      [2, "V", 3],
      [3, "N"],
      [4, "N", 0, 2],
      [5, "N", 0, -1, "anna"],
      [6, "N"],
    ]);
    const found = groupsOf(set).map(({ layer, text, channel, total, members, longest }) => [
      ...[layer, text, channel, total, longest],
      members,
    ]);
    expect(found).toEqual([
      [0, "V", -1, 1, 3, [1]],
      [0, "N", 2, 1, 0, [3]],
      [1, "N", -1, 1, 0, [4]],
      [0, "N", -1, 3, 0, [0, 2, 5]],
    ]);
  });

  it("count those that were not sent, also of texts of which none was sent", () => {
    const counts = Uint32Array.of(40, 60);
    const set = markSet(0, 10, [[1, "N"]], {
      densities: [
        { layer: 0, text: "N", channel: -1, total: 100, counts },
        { layer: 0, text: "A", channel: 2, total: 100, counts },
      ],
    });
    const groups = groupsOf(set);
    expect(groups.map(({ text, total }) => [text, total])).toEqual([
      ["N", 100],
      ["A", 100],
    ]);
    expect(countColumns(set, groups[0] as never, grid(0, 10, 2), new Uint32Array(2))).toBe(100);
  });
});

describe("the marks of each column", () => {
  it("agree with looking at each mark", () => {
    const next = random(5);
    for (let round = 0; round < 60; round++) {
      const onsets = Array.from({ length: 80 }, () => next() * 100).sort((a, b) => a - b);
      const set = markSet(
        0,
        100,
        onsets.map((onset) => [onset, "N", next() < 0.3 ? next() * 20 : 0]),
      );
      const t0 = next() * 90;
      const t1 = t0 + 1 + next() * 30;
      const width = 1 + Math.floor(next() * 200);
      const [group] = groupsOf(set);
      if (!group) throw new Error("no group");
      const counts = new Uint32Array(width).fill(9);
      const cover = new Uint8Array(width).fill(9);
      const sum = countColumns(set, group, grid(t0, t1, width), counts);
      const covered = coverColumns(set, group, grid(t0, t1, width), cover);
      const column = (t: number): number => Math.floor(((t - t0) * width) / (t1 - t0));
      const expected = new Array(width).fill(0);
      const lasting = new Array(width).fill(0);
      onsets.forEach((onset, k) => {
        if (onset >= t0 && column(onset) < width) expected[column(onset)]++;
        const end = onset + (set.durations[k] as number);
        const last = Math.ceil(((end - t0) * width) / (t1 - t0));
        if (!(end > onset) || end <= t0 || onset >= t1) return;
        for (let c = Math.max(0, column(onset)); c < Math.min(width, last); c++) lasting[c] = 1;
      });
      expect([...counts]).toEqual(expected);
      expect(sum).toBe(expected.reduce((a, b) => a + b, 0));
      expect([...cover]).toEqual(lasting);
      expect(covered).toBe(lasting.reduce((a, b) => a + b, 0));
    }
  });

  it("are those of a density, of whichever width", () => {
    const counts = Uint32Array.from({ length: 100 }, (_, k) => k);
    const set = markSet(0, 100, [], {
      densities: [{ layer: 0, text: "N", channel: -1, total: 4950, counts }],
    });
    const [group] = groupsOf(set);
    if (!group) throw new Error("no group");
    const in10 = new Uint32Array(10);
    expect(countColumns(set, group, grid(0, 100, 10), in10)).toBe(4950);
    expect(in10[3]).toBe(30 + 31 + 32 + 33 + 34 + 35 + 36 + 37 + 38 + 39);
    const in4 = new Uint32Array(4);
    countColumns(set, group, grid(50, 52, 4), in4);
    expect([...in4]).toEqual([50, 50, 51, 51]);
    const beyond = new Uint32Array(4);
    countColumns(set, group, grid(98, 102, 4), beyond);
    expect([...beyond]).toEqual([98, 99, 0, 0]);
  });
});
