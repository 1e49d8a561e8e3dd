/** A view in which marks are made, beside a kernel that is played here. */
import { afterEach, beforeEach, vi } from "vitest";
import type { AnnotationSet, LaneData, Legend, Mark, MarkEdit } from "../../src/data/types.ts";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, EMPTY, emptySource, idleSession, markSet, pointer } from "../fixtures.ts";

export let state: ViewState;
export let controller: AbortController;
export let root: HTMLElement;
export let plot: HTMLElement;

/** What the kernel has, answers and was asked for. */
export const kernel = {} as {
  set: AnnotationSet;
  edits: MarkEdit[];
  refusal: string;
  error: string;
  found: Mark | null;
  trace: LaneData;
};

export const MINE = { name: "anna", reader: "anna", readOnly: false };
export const FILE = { name: "file", reader: "", readOnly: true };
const legend: Legend = {
  layers: [{ ...MINE, count: 2, everywhere: 1, texts: [["N", 1]] }],
  notes: [],
  reader: "anna",
  blind: false,
  revision: 1,
  undo: 1,
  redo: 0,
};

export const frames = async (n = 4): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};
export const press = (key: string, more: KeyboardEventInit = {}): unknown =>
  plot.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
export const named = (name: string): HTMLElement =>
  root.querySelector(`[aria-label^="${name}"]`) as HTMLElement;
export const text = (selector: string): string =>
  [...root.querySelectorAll<HTMLElement>(selector)]
    .filter((one) => !one.hidden)
    .map((one) => one.textContent)
    .join("|");

/** Opens the view before each test of a file. */
export function useMarkingView(): void {
  beforeEach(async () => {
    // happy-dom has no canvas; what is drawn does not matter here.
    const g = new Proxy(
      {
        measureText: () => ({ width: 20 }),
        createImageData: () => ({ data: new Uint8Array(4e6) }),
      },
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
    kernel.edits = [];
    kernel.refusal = "";
    kernel.error = "";
    kernel.found = null;
    kernel.set = markSet(
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
      refusal: () => kernel.refusal,
      edit: (edit: MarkEdit) => {
        kernel.edits.push(edit);
        const ids = "ids" in edit ? edit.ids : [-0.5];
        return { ids, done: Promise.resolve({ error: kernel.error, ids }) };
      },
      now: (id: number) => (id === -0.5 ? 70 : id),
      compare: () => Promise.reject(new Error("not here")),
    };
    kernel.trace = EMPTY;
    const source = {
      ...emptySource,
      lane: () => kernel.trace,
      annotations: () => kernel.set,
      legend: () => legend,
      findMark: () => Promise.resolve({ mark: kernel.found, error: "" }),
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
}

export const plotWidth = (): number => 800 - 110;
export const x = (t: number): number => ((t - state.t0) / (state.t1 - state.t0)) * plotWidth();

export function drag(
  from: [number, number],
  to: [number, number],
  more: PointerEventInit = {},
): void {
  const send = ([px, clientY]: [number, number], type: string) =>
    plot.dispatchEvent(pointer(type, px, { clientY, ...more }));
  send(from, "pointerdown");
  send([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], "pointermove");
  send(to, "pointermove");
  send(to, "pointerup");
}
export function click(t: number, y: number, more: PointerEventInit = {}): void {
  plot.dispatchEvent(pointer("pointerdown", x(t), { clientY: y, ...more }));
  plot.dispatchEvent(pointer("pointerup", x(t), { clientY: y, ...more }));
  plot.dispatchEvent(
    new MouseEvent("click", { clientX: x(t), clientY: y, bubbles: true, ...more }),
  );
}
export const point = (t: number): unknown =>
  plot.dispatchEvent(pointer("pointermove", x(t), { clientY: 100 }));
export const selected = (): number[] => [...state.marking.selected];
export const settle = (): Promise<void> => new Promise((done) => setTimeout(done));
