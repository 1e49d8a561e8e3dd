import { expect, it } from "vitest";
import { layoutOf, stripRow } from "../../src/math/layout.ts";
import type { DrawnLane } from "../../src/plot/lanes.ts";
import { type Drawn, markAt, placesOf } from "../../src/plot/markhits.ts";
import { ShownMarks } from "../../src/plot/shownmarks.ts";
import type { Theme } from "../../src/plot/theme.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, markSet } from "../fixtures.ts";

const state = new ViewState(describe8(100, 100, 3));
state.setWindow(0, 10);
const box = layoutOf(810, 400, [1, 1], 1, 1);
// The third channel is not on the screen.
const drawn = state.signals.slice(0, 2).map((channel, k) => ({
  ...{ channel, top: k * 100, height: 100, order: 0 },
})) as unknown as DrawnLane[];
const set = markSet(0, 10, [
  [2, "all", 0, -1],
  [4, "seen", 0, 1],
  [6, "unseen", 0, 2],
]);
const where: Drawn = { state, box, drawn };
const strip = stripRow(box, 0);

it("a mark is in the row of its layer, and in its lanes as far as they are on the screen", () => {
  expect(strip[1]).toBeGreaterThan(0);
  const places = placesOf(set, where);
  expect([0, 1, 2].map(places)).toEqual([
    [strip, [box.lanesTop, box.lanesHeight]],
    [strip, [box.lanesTop + 100, 100]],
    [strip],
  ]);
});

it("each tick of the strip can be clicked, also that of a channel", () => {
  const none = { selected: new Set<number>(), locked: () => false };
  const hit = (t: number, y: number) =>
    markAt(set, where, [(t / 10) * box.plotWidth, y], 4, none)?.index;
  expect([2, 4, 6].map((t) => hit(t, strip[0] + 2))).toEqual([0, 1, 2]);
  expect([2, 4, 6].map((t) => hit(t, box.lanesTop + 150))).toEqual([0, 1, undefined]);
  expect(hit(4, box.lanesTop + 50)).toBeUndefined();
});

it("a mark of a channel that is not on the screen is not taken for one of all channels", () => {
  const theme = { ground: [255, 255, 255], annotation: [200, 0, 0] } as unknown as Theme;
  const { groups } = new ShownMarks(state.marks).of(set, { state, box, drawn, theme });
  const found = new Map(
    groups.map(({ group, lane, elsewhere }) => [group.text, [lane, elsewhere]]),
  );
  expect(found.get("all")).toEqual([null, false]);
  expect(found.get("seen")).toEqual([drawn[1], false]);
  expect(found.get("unseen")).toEqual([null, true]);
});
