import { beforeEach, describe, expect, it, vi } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, idleSession, markSet, pointer } from "../fixtures.ts";
import {
  click,
  controller,
  drag,
  kernel,
  MINE,
  named,
  plot,
  plotWidth,
  point,
  press,
  root,
  selected,
  settle,
  state,
  text,
  useMarkingView,
  x,
} from "./markingview.ts";

useMarkingView();

describe("a task of marks", () => {
  beforeEach(() => state.marking.set({ task: "beats" }));

  it("marks with a key at the pointer or at the cursor", async () => {
    point(40);
    press("V");
    plot.dispatchEvent(pointer("pointerleave", 0));
    press("n");
    expect(text(".vv-markmessage")).toContain("press K for a cursor");
    press("k");
    press("n");
    const onsets = kernel.edits.map((edit) => edit.do === "create" && edit.marks[0]?.onset);
    expect(onsets).toEqual([expect.closeTo(40), 30]);
    expect(kernel.edits[0]).toMatchObject({ marks: [{ text: "V", duration: 0, channel: -1 }] });
  });

  it("gives keys back when it ends", () => {
    press("d");
    press("v");
    press("n");
    expect(kernel.edits).toEqual([]);
    expect(root.hasAttribute("data-marking")).toBe(false);
    drag([x(40), 100], [x(30), 100]);
    expect(state.t0).toBeGreaterThan(5);
    press("d");
    expect(root.getAttribute("data-marking")).toBe("beats");
  });

  it("moves a beat of the reader with a drag, and no mark of the file", () => {
    drag([x(6), 100], [x(8), 100]);
    expect(kernel.edits).toEqual([{ do: "change", ids: [1], to: { onset: [expect.closeTo(8)] } }]);
    drag([x(12), 100], [x(14), 100]);
    expect(kernel.edits.length).toBe(1);
    expect([state.t0, state.t1]).toEqual([0, 60]);
  });

  it("marks noise over selected beats, or with a drag", () => {
    press("x");
    expect(text(".vv-markmessage")).toContain("Drag over what is noise.");
    drag([x(40), 100], [x(50), 100]);
    expect(kernel.edits).toMatchObject([
      {
        do: "create",
        marks: [{ onset: expect.closeTo(40), duration: expect.closeTo(10), text: "noise" }],
      },
    ]);
    drag([x(2), 100], [x(8), 150], { shiftKey: true });
    expect(selected()).toEqual([1]);
    press("x");
    expect(kernel.edits[1]).toMatchObject({
      marks: [{ onset: expect.closeTo(5.95), duration: expect.closeTo(0.1), text: "noise" }],
    });
    expect(selected()).toEqual([]);
  });

  it("selects with clicks and with a rubber band", () => {
    click(6, 100);
    expect(selected()).toEqual([1]);
    click(12, 100, { ctrlKey: true });
    expect(selected()).toEqual([1, 2]);
    click(40, 100);
    expect(selected()).toEqual([]);
    expect(kernel.edits).toEqual([]);
    drag([x(2), 100], [x(25), 150], { shiftKey: true });
    expect(selected()).toEqual([1, 2, 3]);
    expect(state.selection).toBeNull();
    press("Escape");
    expect([selected(), state.marking.task?.name]).toEqual([[], "beats"]);
    click(40, 100);
    expect(kernel.edits).toMatchObject([{ do: "create", marks: [{ text: "N" }] }]);
  });

  it("marks within a band, which a click above the lanes selects", () => {
    click(25, 100);
    expect(kernel.edits).toMatchObject([{ do: "create", marks: [{ onset: expect.closeTo(25) }] }]);
    kernel.set = markSet(0, 300, [[20, "artefact", 10, -1, "anna"]], { layers: [MINE] });
    click(25, 100);
    click(25, 4);
    expect([kernel.edits.length, selected()]).toEqual([2, [1]]);
    state.marking.set({ task: "own" });
    expect(selected()).toEqual([]);
  });

  it("changes the selected marks of the reader, and says which cannot be changed", async () => {
    state.marking.select([1, 2]);
    press("s");
    expect(kernel.edits).toEqual([{ do: "change", ids: [1], to: { text: ["S"] } }]);
    state.marking.select([2]);
    press("Delete");
    expect(kernel.edits.length).toBe(1);
    await settle();
    expect(text(".vv-markmessage")).toContain("“file” is read-only");
  });

  it("cannot begin twice with a double click: the window stays", () => {
    state.setWindow(10, 20);
    plot.dispatchEvent(new MouseEvent("dblclick", { clientX: x(15), clientY: 100, bubbles: true }));
    expect([state.t0, state.t1]).toEqual([10, 20]);
  });

  it("keeps the selection of a mark when the kernel has given its identity", async () => {
    point(40);
    press("n");
    state.marking.select([-0.5]);
    await settle();
    expect(selected()).toEqual([70]);
  });

  it("makes no mark in the name of another reader while the kernel is busy", async () => {
    point(40);
    state.marking.set({ reader: "ben" });
    press("n");
    await settle();
    expect(kernel.edits).toEqual([]);
    expect(text(".vv-markmessage")).toContain("does not know yet that “ben” reads");
  });

  it("shows why the kernel refused a change", async () => {
    point(40);
    kernel.error = "the layer 'anna' belongs to the reader 'ben'";
    press("n");
    await settle();
    expect(text(".vv-markmessage")).toBe(kernel.error);
    press("Escape");
    expect(text(".vv-markmessage")).toBe("");
  });

  it("steps to the next mark of the own layer", async () => {
    kernel.found = {
      ...{ id: 9, onset: 100, duration: 0, text: "N", channel: -1, comment: "" },
      layer: MINE,
      changed: 0,
    };
    press("j");
    await settle();
    expect(selected()).toEqual([9]);
    expect(state.t0).toBeLessThan(100);
    expect(state.t1).toBeGreaterThan(100);
  });
});

describe("marks with a duration", () => {
  beforeEach(() => state.marking.set({ task: "artefacts" }));

  it("are dragged in the lane of their channel; with Alt in all", () => {
    drag([x(40), 250], [x(50), 250]);
    drag([x(40), 250], [x(50), 250], { altKey: true });
    const mark = { onset: expect.closeTo(40), duration: expect.closeTo(10), text: "artefact" };
    expect(kernel.edits).toMatchObject([
      { do: "create", marks: [{ ...mark, channel: 1 }] },
      { do: "create", marks: [{ ...mark, channel: -1 }] },
    ]);
  });

  it("are resized at their edges when they are selected", () => {
    drag([x(30), 60], [x(34), 60]);
    expect(kernel.edits[0]?.do).toBe("create");
    state.marking.select([3]);
    drag([x(30), 60], [x(34), 60]);
    drag([x(20), 60], [x(32), 60]);
    drag([x(25), 60], [x(26), 60]);
    expect(kernel.edits.slice(1)).toEqual([
      { do: "change", ids: [3], to: { onset: [20], duration: [expect.closeTo(14)] } },
      { do: "change", ids: [3], to: { onset: [30], duration: [expect.closeTo(2)] } },
      { do: "change", ids: [3], to: { onset: [expect.closeTo(21)] } },
    ]);
  });

  it("take the selected time range", () => {
    state.setSelection([3, 5]);
    press("4");
    expect(kernel.edits).toMatchObject([{ marks: [{ onset: 3, duration: 2, text: "noise" }] }]);
    expect(state.selection).toBeNull();
  });

  it("can be moved and prolonged by keys", () => {
    state.marking.select([3]);
    press("ArrowRight", { altKey: true });
    press("ArrowLeft", { altKey: true, shiftKey: true });
    const pixel = 60 / plotWidth();
    expect(kernel.edits).toEqual([
      { do: "change", ids: [3], to: { onset: [expect.closeTo(20 + pixel)] } },
      { do: "change", ids: [3], to: { onset: [20], duration: [expect.closeTo(10 - pixel)] } },
    ]);
  });

  it("have the texts of the user", () => {
    point(40);
    state.marking.set({ task: "own", hotkeys: { s: "spindle" } });
    press("s");
    expect(kernel.edits).toMatchObject([{ marks: [{ text: "spindle" }] }]);
    expect(named("spindle").getAttribute("aria-pressed")).toBe("true");
  });
});

describe("without a task", () => {
  it("a click selects a mark and shows what it is", () => {
    click(12, 100);
    expect(selected()).toEqual([2]);
    expect(text(".vv-markcard .vv-readout")).toBe("V · 0:00:12.000 · file · read-only");
    click(50, 100);
    expect(selected()).toEqual([]);
  });

  it("and without a kernel, marking says why it cannot begin", async () => {
    kernel.refusal = "there is no kernel";
    press("d");
    await settle();
    expect(state.marking.task).toBeNull();
    expect(text(".vv-markmessage")).toBe("there is no kernel");
  });

  it("nor can it go on in a page that has none", () => {
    const page = new ViewState(describe8(300, 100, 2));
    page.marking.set({ task: "sleep" });
    const place = document.body.appendChild(document.createElement("div"));
    new View(idleSession(page), place, controller.signal, FEATURES);
    expect(page.marking.task).toBeNull();
    expect(page.time.epochLength).toBeNull();
    place.remove();
  });

  it("a finger that rests on a mark selects it, a moment above the lanes only", () => {
    vi.useFakeTimers();
    const lanes = { pointerType: "touch", clientY: 100 };
    plot.dispatchEvent(pointer("pointerdown", x(12.2), lanes));
    vi.advanceTimersByTime(600);
    expect(selected()).toEqual([]);
    plot.dispatchEvent(pointer("pointercancel", x(12.2), lanes));
    const touch = { pointerType: "touch", clientY: 5 };
    plot.dispatchEvent(pointer("pointerdown", x(12.2), touch));
    vi.advanceTimersByTime(600);
    expect(selected()).toEqual([2]);
    plot.dispatchEvent(pointer("pointerup", x(12.2), touch));
    vi.useRealTimers();
  });
});
