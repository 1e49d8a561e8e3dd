import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnnotationSet, LaneData, Legend, Mark, MarkEdit } from "../../src/data/types.ts";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, EMPTY, emptySource, idleSession, markSet, pointer } from "../fixtures.ts";

let state: ViewState;
let controller: AbortController;
let root: HTMLElement;
let plot: HTMLElement;
let set: AnnotationSet;
let edits: MarkEdit[];
let refusal: string;
let error: string;
let found: Mark | null;
let trace: LaneData;

const MINE = { name: "anna", reader: "anna", readOnly: false };
const FILE = { name: "file", reader: "", readOnly: true };
const legend: Legend = {
  layers: [{ ...MINE, count: 2, everywhere: 1, texts: [["N", 1]] }],
  notes: [],
  reader: "anna",
  blind: false,
  revision: 1,
  undo: 1,
  redo: 0,
};

const frames = async (n = 4): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};
const press = (key: string, more: KeyboardEventInit = {}): unknown =>
  plot.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
const named = (name: string): HTMLElement =>
  root.querySelector(`[aria-label^="${name}"]`) as HTMLElement;
const text = (selector: string): string =>
  [...root.querySelectorAll<HTMLElement>(selector)]
    .filter((one) => !one.hidden)
    .map((one) => one.textContent)
    .join("|");

beforeEach(async () => {
  // happy-dom has no canvas; what is drawn does not matter here.
  const g = new Proxy(
    { measureText: () => ({ width: 20 }), createImageData: () => ({ data: new Uint8Array(4e6) }) },
    { get: (target, name) => Reflect.get(target, name) ?? (() => {}), set: () => true },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(
    g as unknown as RenderingContext,
  );
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  state = new ViewState(describe8(300, 100, 2));
  state.setWindow(0, 60);
  controller = new AbortController();
  edits = [];
  refusal = "";
  error = "";
  found = null;
  set = markSet(
    0,
    300,
    [
      [6, "N", 0, -1, "anna"],
      [12, "V", 0, -1, "file"],
      [20, "artefact", 10, 0, "anna"],
    ],
    { layers: [MINE, FILE] },
  );
  const marks = {
    refusal: () => refusal,
    edit: (edit: MarkEdit) => {
      edits.push(edit);
      const ids = "ids" in edit ? edit.ids : [-0.5];
      return { ids, done: Promise.resolve({ error, ids }) };
    },
    now: (id: number) => (id === -0.5 ? 70 : id),
    compare: () => Promise.reject(new Error("not here")),
  };
  trace = EMPTY;
  const source = {
    ...emptySource,
    lane: () => trace,
    annotations: () => set,
    legend: () => legend,
    findMark: () => Promise.resolve({ mark: found, error: "" }),
  };
  new View(idleSession(state, { source, marks }), document.body, controller.signal, FEATURES);
  root = document.querySelector(".vital-viewer") as HTMLElement;
  plot = root.querySelector(".vv-area-plot") as HTMLElement;
  await frames();
});
afterEach(() => {
  controller.abort();
  vi.restoreAllMocks();
});

const plotWidth = (): number => 800 - 110;
const x = (t: number): number => ((t - state.t0) / (state.t1 - state.t0)) * plotWidth();

function drag(from: [number, number], to: [number, number], more: PointerEventInit = {}): void {
  const send = ([px, clientY]: [number, number], type: string) =>
    plot.dispatchEvent(pointer(type, px, { clientY, ...more }));
  send(from, "pointerdown");
  send([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], "pointermove");
  send(to, "pointermove");
  send(to, "pointerup");
}
function click(t: number, y: number, more: PointerEventInit = {}): void {
  plot.dispatchEvent(pointer("pointerdown", x(t), { clientY: y, ...more }));
  plot.dispatchEvent(pointer("pointerup", x(t), { clientY: y, ...more }));
  plot.dispatchEvent(
    new MouseEvent("click", { clientX: x(t), clientY: y, bubbles: true, ...more }),
  );
}
const point = (t: number): unknown =>
  plot.dispatchEvent(pointer("pointermove", x(t), { clientY: 100 }));
const selected = (): number[] => [...state.marking.selected];
const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

describe("a beat where many samples share a pixel", () => {
  const bins = (bin: number): LaneData => {
    const lo = Float32Array.from({ length: 30_000 / bin }, (_, k) => ((k * bin) % 100 ? 0 : 0.9));
    const hi = bin === 1 ? lo : lo.map((value) => value + 0.01);
    return { ...EMPTY, pieces: [{ bin, first: 0, count: lo.length, lo, hi }] };
  };

  it("is placed by the kernel, near the pixel", async () => {
    trace = bins(4);
    state.setWindow(0, 300);
    state.marking.set({ task: "beats" });
    await frames();
    point(100);
    press("n");
    await settle();
    const [edit] = edits;
    if (edit?.do !== "create") throw new Error("no mark");
    const [mark] = edit.marks;
    expect(Math.abs((mark?.onset ?? 0) - 100)).toBeLessThan(8);
    expect(mark?.near?.within).toBeCloseTo(300 / plotWidth(), 1);
    expect(mark?.near).toMatchObject({ signal: 0 });
  });

  it("is at a sample where single samples are seen", async () => {
    trace = bins(1);
    state.setWindow(0, 5);
    state.marking.set({ task: "beats" });
    await frames();
    point(2);
    press("n");
    await settle();
    expect(edits[0]).toMatchObject({ do: "create", marks: [{ text: "N" }] });
    expect(JSON.stringify(edits[0])).not.toContain("near");
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
    expect(edits).toEqual([
      { do: "create", layer: null, marks: [{ onset: 0, duration: 30, text: "W", channel: -1 }] },
      { do: "create", layer: null, marks: [{ onset: 30, duration: 30, text: "N2", channel: -1 }] },
    ]);
    expect(root.getAttribute("data-current-epoch")).toBe("3");
    expect([state.t0, state.t1]).toEqual([60, 90]);
  });

  it("changes an epoch that has a score, and stays at the last epoch", () => {
    set = markSet(0, 300, [[270, "W", 30, -1, "anna"]], { layers: [MINE] });
    state.setWindow(270, 300);
    press("r");
    expect(edits).toEqual([{ do: "change", ids: [1], to: { text: ["R"] } }]);
    expect(root.getAttribute("data-current-epoch")).toBe("10");
  });

  it("with a drag scores all epochs that it touches", () => {
    state.setWindow(0, 120);
    state.marking.choose("N3");
    drag([x(40), 100], [x(70), 100]);
    expect(edits[0]).toMatchObject({ marks: [{ onset: 30 }, { onset: 60, text: "N3" }] });
  });

  it("with a drag over epochs of which some have a score is one change", () => {
    set = markSet(0, 300, [[30, "W", 30, -1, "anna"]], { layers: [MINE] });
    state.setWindow(0, 120);
    state.marking.choose("N3");
    drag([x(10), 100], [x(70), 100]);
    expect(edits).toEqual([
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
    expect(edits.at(-1)).toEqual({ do: "undo" });
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
    const onsets = edits.map((edit) => edit.do === "create" && edit.marks[0]?.onset);
    expect(onsets).toEqual([expect.closeTo(40), 30]);
    expect(edits[0]).toMatchObject({ marks: [{ text: "V", duration: 0, channel: -1 }] });
  });

  it("gives keys back when it ends", () => {
    press("d");
    press("v");
    press("n");
    expect(edits).toEqual([]);
    expect(root.hasAttribute("data-marking")).toBe(false);
    drag([x(40), 100], [x(30), 100]);
    expect(state.t0).toBeGreaterThan(5);
    press("d");
    expect(root.getAttribute("data-marking")).toBe("beats");
  });

  it("moves a beat of the reader with a drag, and no mark of the file", () => {
    drag([x(6), 100], [x(8), 100]);
    expect(edits).toEqual([{ do: "change", ids: [1], to: { onset: [expect.closeTo(8)] } }]);
    drag([x(12), 100], [x(14), 100]);
    expect(edits.length).toBe(1);
    expect([state.t0, state.t1]).toEqual([0, 60]);
  });

  it("selects with clicks and with a rubber band", () => {
    click(6, 100);
    expect(selected()).toEqual([1]);
    click(12, 100, { ctrlKey: true });
    expect(selected()).toEqual([1, 2]);
    click(40, 100);
    expect(selected()).toEqual([]);
    expect(edits).toEqual([]);
    drag([x(2), 100], [x(25), 150], { shiftKey: true });
    expect(selected()).toEqual([1, 2, 3]);
    expect(state.selection).toBeNull();
    press("Escape");
    expect([selected(), state.marking.task?.name]).toEqual([[], "beats"]);
    click(40, 100);
    expect(edits).toMatchObject([{ do: "create", marks: [{ text: "N" }] }]);
  });

  it("marks within a band, which a click above the lanes selects", () => {
    click(25, 100);
    expect(edits).toMatchObject([{ do: "create", marks: [{ onset: expect.closeTo(25) }] }]);
    set = markSet(0, 300, [[20, "artefact", 10, -1, "anna"]], { layers: [MINE] });
    click(25, 100);
    click(25, 4);
    expect([edits.length, selected()]).toEqual([2, [1]]);
    state.marking.set({ task: "own" });
    expect(selected()).toEqual([]);
  });

  it("changes the selected marks of the reader, and says which cannot be changed", async () => {
    state.marking.select([1, 2]);
    press("s");
    expect(edits).toEqual([{ do: "change", ids: [1], to: { text: ["S"] } }]);
    state.marking.select([2]);
    press("Delete");
    expect(edits.length).toBe(1);
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
    expect(edits).toEqual([]);
    expect(text(".vv-markmessage")).toContain("does not know yet that “ben” reads");
  });

  it("shows why the kernel refused a change", async () => {
    point(40);
    error = "the layer 'anna' belongs to the reader 'ben'";
    press("n");
    await settle();
    expect(text(".vv-markmessage")).toBe(error);
    press("Escape");
    expect(text(".vv-markmessage")).toBe("");
  });

  it("steps to the next mark of the own layer", async () => {
    found = {
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
    expect(edits).toMatchObject([
      { do: "create", marks: [{ ...mark, channel: 1 }] },
      { do: "create", marks: [{ ...mark, channel: -1 }] },
    ]);
  });

  it("are resized at their edges when they are selected", () => {
    drag([x(30), 60], [x(34), 60]);
    expect(edits[0]?.do).toBe("create");
    state.marking.select([3]);
    drag([x(30), 60], [x(34), 60]);
    drag([x(20), 60], [x(32), 60]);
    drag([x(25), 60], [x(26), 60]);
    expect(edits.slice(1)).toEqual([
      { do: "change", ids: [3], to: { onset: [20], duration: [expect.closeTo(14)] } },
      { do: "change", ids: [3], to: { onset: [30], duration: [expect.closeTo(2)] } },
      { do: "change", ids: [3], to: { onset: [expect.closeTo(21)] } },
    ]);
  });

  it("take the selected time range", () => {
    state.setSelection([3, 5]);
    press("4");
    expect(edits).toMatchObject([{ marks: [{ onset: 3, duration: 2, text: "noise" }] }]);
    expect(state.selection).toBeNull();
  });

  it("can be moved and prolonged by keys", () => {
    state.marking.select([3]);
    press("ArrowRight", { altKey: true });
    press("ArrowLeft", { altKey: true, shiftKey: true });
    const pixel = 60 / plotWidth();
    expect(edits).toEqual([
      { do: "change", ids: [3], to: { onset: [expect.closeTo(20 + pixel)] } },
      { do: "change", ids: [3], to: { onset: [20], duration: [expect.closeTo(10 - pixel)] } },
    ]);
  });

  it("have the texts of the user", () => {
    point(40);
    state.marking.set({ task: "own", hotkeys: { s: "spindle" } });
    press("s");
    expect(edits).toMatchObject([{ marks: [{ text: "spindle" }] }]);
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
    refusal = "there is no kernel";
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
