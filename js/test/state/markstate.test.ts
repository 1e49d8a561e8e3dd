import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Legend } from "../../src/data/types.ts";
import { MarkState } from "../../src/state/markstate.ts";

const layer = (name: string, reader: string, texts: [string, number][]) => ({
  ...{ name, reader, readOnly: reader === "", count: 1, everywhere: 1, texts },
});
const legend = (...layers: ReturnType<typeof layer>[]): Legend => ({
  ...{ layers, notes: [], reader: "anna", blind: false, revision: 1, undo: 0, redo: 0 },
});

const FILE = layer("file", "", [
  ["V", 3],
  ["N", 2000],
]);
const ANNA = layer("anna", "anna", [["N", 1]]);
const changed = vi.fn();
let marks: MarkState;

beforeEach(() => {
  changed.mockClear();
  marks = new MarkState(changed);
  marks.learn(legend(FILE, ANNA));
});

describe("which marks are shown", () => {
  it("is all, until a layer or a text is hidden", () => {
    expect(marks.filter()).toEqual({});
    marks.showLayer("file", false);
    expect(marks.options.layers).toEqual(["anna"]);
    marks.showText("V", false);
    expect(marks.filter()).toEqual({ layers: ["anna"], without: ["V"] });
    expect([marks.isLayerShown("file"), marks.isTextShown("V")]).toEqual([false, false]);
    expect(marks.shown.map(({ name }) => name)).toEqual(["anna"]);
    marks.showLayer("file", true);
    marks.showText("V", true);
    expect(marks.filter()).toEqual({});
    expect(changed).toHaveBeenCalledTimes(4);
    marks.showLayer("file", true);
    expect(changed).toHaveBeenCalledTimes(4);
  });
});

describe("the colour of a mark", () => {
  it("is that of its layer if several are shown, else that of its text", () => {
    expect([marks.colorOf(FILE, "N"), marks.colorOf(FILE, "V"), marks.colorOf(ANNA, "N")]).toEqual([
      0, 0, 1,
    ]);
    marks.showLayer("anna", false);
    expect([marks.colorOf(FILE, "N"), marks.colorOf(FILE, "V")]).toEqual([0, 1]);
  });

  it("does not depend on which mark is drawn before the legend is known", () => {
    const early = new MarkState(changed);
    expect([early.colorOf(FILE, "V"), early.colorOf(FILE, "N")]).toEqual([0, 0]);
    early.learn(legend(FILE));
    expect([early.colorOf(FILE, "N"), early.colorOf(FILE, "V")]).toEqual([0, 1]);
  });

  it("stays the same when there are more marks", () => {
    marks.set({ colorBy: "text" });
    const more = layer("ben", "ben", [
      ["A", 9000],
      ["V", 9000],
    ]);
    marks.learn(legend(more, FILE, ANNA));
    expect(["N", "V", "A"].map((text) => marks.colorOf(FILE, text))).toEqual([0, 1, 2]);
    marks.set({ colorBy: "reader" });
    expect([marks.colorOf(FILE, "N"), marks.colorOf(ANNA, "N"), marks.colorOf(more, "N")]).toEqual([
      0, 1, 2,
    ]);
  });

  it("is the one that was chosen for the layer, also if it is alone", () => {
    marks.setColor("file", "#aa0000");
    expect(marks.colorOf(FILE, "V")).toBe("#aa0000");
    marks.showLayer("anna", false);
    expect(marks.colorOf(FILE, "V")).toBe("#aa0000");
    marks.setColor("file", null);
    expect(marks.options.colors).toEqual({});
  });
});
