import { beforeEach, describe, expect, it } from "vitest";
import type { LaneData } from "../../src/data/types.ts";
import { EMPTY, markSet } from "../fixtures.ts";
import {
  drag,
  frames,
  kernel,
  MINE,
  plotWidth,
  point,
  press,
  root,
  settle,
  state,
  useMarkingView,
  x,
} from "./markingview.ts";

useMarkingView();

describe("a beat where many samples share a pixel", () => {
  const bins = (bin: number): LaneData => {
    const lo = Float32Array.from({ length: 30_000 / bin }, (_, k) => ((k * bin) % 100 ? 0 : 0.9));
    const hi = bin === 1 ? lo : lo.map((value) => value + 0.01);
    return { ...EMPTY, pieces: [{ bin, first: 0, count: lo.length, lo, hi }] };
  };

  it("is placed by the kernel, near the pixel", async () => {
    kernel.trace = bins(4);
    state.setWindow(0, 300);
    state.marking.set({ task: "beats" });
    await frames();
    point(100);
    press("n");
    await settle();
    const [edit] = kernel.edits;
    if (edit?.do !== "create") throw new Error("no mark");
    const [mark] = edit.marks;
    expect(Math.abs((mark?.onset ?? 0) - 100)).toBeLessThan(8);
    expect(mark?.near?.within).toBeCloseTo(300 / plotWidth(), 1);
    expect(mark?.near).toMatchObject({ signal: 0 });
  });

  it("is at a sample where single samples are seen", async () => {
    kernel.trace = bins(1);
    state.setWindow(0, 5);
    state.marking.set({ task: "beats" });
    await frames();
    point(2);
    press("n");
    await settle();
    expect(kernel.edits[0]).toMatchObject({ do: "create", marks: [{ text: "N" }] });
    expect(JSON.stringify(kernel.edits[0])).not.toContain("near");
  });
});

describe("scoring epochs", () => {
  beforeEach(async () => {
    state.marking.set({ task: "sleep" });
    await settle();
    state.setWindow(0, 30);
  });

  it("goes to the next epoch, and pages to it", () => {
    expect(state.time.epochLength).toBe(30);
    expect(root.getAttribute("data-current-epoch")).toBe("1");
    press("w");
    press("2");
    expect(kernel.edits).toEqual([
      { do: "create", layer: null, marks: [{ onset: 0, duration: 30, text: "W", channel: -1 }] },
      { do: "create", layer: null, marks: [{ onset: 30, duration: 30, text: "N2", channel: -1 }] },
    ]);
    expect(root.getAttribute("data-current-epoch")).toBe("3");
    expect([state.t0, state.t1]).toEqual([60, 90]);
  });

  it("changes an epoch that has a score, and stays at the last epoch", () => {
    kernel.set = markSet(0, 300, [[270, "W", 30, -1, "anna"]], { layers: [MINE] });
    state.setWindow(270, 300);
    press("r");
    expect(kernel.edits).toEqual([{ do: "change", ids: [1], to: { text: ["R"] } }]);
    expect(root.getAttribute("data-current-epoch")).toBe("10");
  });

  it("with a drag scores all epochs that it touches", () => {
    state.setWindow(0, 120);
    state.marking.choose("N3");
    drag([x(40), 100], [x(70), 100]);
    expect(kernel.edits[0]).toMatchObject({ marks: [{ onset: 30 }, { onset: 60, text: "N3" }] });
  });

  it("with a drag over epochs of which some have a score is one change", () => {
    kernel.set = markSet(0, 300, [[30, "W", 30, -1, "anna"]], { layers: [MINE] });
    state.setWindow(0, 120);
    state.marking.choose("N3");
    drag([x(10), 100], [x(70), 100]);
    expect(kernel.edits).toEqual([
      {
        do: "several",
        edits: [
          { do: "change", ids: [1], to: { text: ["N3"] } },
          {
            ...{ do: "create", layer: null },
            marks: [0, 60].map((onset) => ({ onset, duration: 30, text: "N3", channel: -1 })),
          },
        ],
      },
    ]);
  });

  it("undoes the last epoch and returns to it", async () => {
    press("w");
    press("w");
    press("z", { ctrlKey: true });
    await settle();
    expect(kernel.edits.at(-1)).toEqual({ do: "undo" });
    expect(root.getAttribute("data-current-epoch")).toBe("2");
    press("Z", { ctrlKey: true, shiftKey: true });
    await settle();
    expect(root.getAttribute("data-current-epoch")).toBe("3");
  });

  it("moves from epoch to epoch with the arrow keys", () => {
    press("ArrowRight");
    press("ArrowRight");
    press("ArrowLeft");
    expect(root.getAttribute("data-current-epoch")).toBe("2");
    expect(state.t0).toBe(30);
  });
});
