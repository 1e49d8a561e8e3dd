import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type {
  FindState,
  Legend,
  ListState,
  Mark,
  MarkFilter,
  MarkQuery,
} from "../../src/data/types.ts";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { windowOf } from "../../src/state/markchoice.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, emptySource, idleSession, markSet } from "../fixtures.ts";

const FILE = { name: "file", reader: "", readOnly: true };
const ANNA = { name: "night", reader: "anna", readOnly: false };
const COUNTS = { count: 100_000, everywhere: 100_000 };
const legend: Legend = {
  layers: [
    {
      ...FILE,
      ...COUNTS,
      texts: [
        ["N", 99_000],
        ["V", 1000],
      ],
    },
    { ...ANNA, count: 7, everywhere: 0, texts: [["spike", 7]] },
  ],
  ...{ notes: [], reader: "anna", blind: false, revision: 1, undo: 0, redo: 0 },
};
const TOTAL = 100_007;

let state: ViewState;
let controller: AbortController;
let root: HTMLElement;
let drawn: string[];
let queries: MarkQuery[];
let asked: Set<number>;
let finds: [number, boolean, MarkFilter][];
let found: Mark | null;
/** The kernel has not sent any rows yet. */
let late: boolean;

const markOf = (k: number): Mark => ({
  ...{ id: k + 1, onset: k / 100, duration: k === 3 ? 2 : 0, text: k % 100 === 0 ? "V" : "N" },
  ...{ channel: k === 3 ? 1 : -1, comment: "", layer: FILE, changed: 0 },
});
const frames = async (n = 4): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};
const press = async (target: Element | null, key: string, more: KeyboardEventInit = {}) => {
  target?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
  await frames();
};
const panel = (): HTMLElement | null => root.querySelector(".vv-markpanel");
const plot = (): Element | null => root.querySelector(".vv-area-plot");
const list = (): HTMLElement => root.querySelector(".vv-markpanel .vv-list") as HTMLElement;
const rows = (): string[] =>
  [...list().querySelectorAll(".vv-mark")].map((row) =>
    [...row.querySelectorAll("span")]
      .map((one) => one.textContent)
      .filter(Boolean)
      .join(" "),
  );
const current = (): string | null =>
  list().querySelector('[aria-selected="true"]')?.getAttribute("data-row") ?? null;
const choose = async (label: string, text: string): Promise<void> => {
  const select = root.querySelector(`select[aria-label="${label}"]`) as HTMLSelectElement;
  const option = [...select.options].find((one) => one.text === text);
  if (!option) throw new Error(`no ${text} in ${[...select.options].map((one) => one.text)}`);
  select.value = option.value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await frames();
};

beforeEach(async () => {
  drawn = [];
  // happy-dom has no canvas; of what is drawn, the texts are looked at.
  const g = new Proxy(
    {
      measureText: (text: string) => ({ width: 6 * text.length }),
      createImageData: () => ({ data: new Uint8Array(4e6) }),
      fillText: (text: string) => drawn.push(text),
    },
    { get: (target, name) => Reflect.get(target, name) ?? (() => {}), set: () => true },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(
    g as unknown as RenderingContext,
  );
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(900);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  state = new ViewState({ ...describe8(1200, 100, 2), markLayers: 2 });
  state.setWindow(0, 10);
  controller = new AbortController();
  queries = [];
  asked = new Set();
  finds = [];
  found = null;
  late = false;
  const listMarks = (query: MarkQuery, first: number, stop: number): ListState => {
    queries.push(query);
    for (let k = first; k < stop; k++) asked.add(k);
    const row = (k: number): Mark | null =>
      late ? null : markOf(query.descending ? TOTAL - 1 - k : k);
    return { total: TOTAL, error: "", row };
  };
  const findMark = (t: number, forwards: boolean, filter: MarkFilter): Promise<FindState> => {
    finds.push([t, forwards, filter]);
    return Promise.resolve({ mark: found, error: "" });
  };
  const annotations = () =>
    markSet(0, 20, [
      [2, "N"],
      [4, "V"],
    ]);
  const source = { ...emptySource, annotations, legend: () => legend, listMarks, findMark };
  new View(idleSession(state, { source }), document.body, controller.signal, FEATURES);
  root = document.querySelector(".vital-viewer") as HTMLElement;
  await frames();
});
afterEach(async () => {
  controller.abort();
  await frames(2);
  vi.restoreAllMocks();
});

describe("the panel of marks", () => {
  it("opens with a key beside the lanes, alone, and gives the focus back", async () => {
    await press(root, "l");
    expect(root.querySelector('[aria-label="Channels"][role="region"]')).not.toBeNull();
    await press(root, "m");
    expect(root.querySelector('[aria-label="Channels"][role="region"]')).toBeNull();
    expect(document.activeElement).toBe(list());
    expect(panel()?.querySelector('[role="status"]')?.textContent).toBe("100,007 marks");
    await press(list(), "Escape");
    expect(panel()).toBeNull();
    expect(document.activeElement).toBe(plot());
  });

  it("lists any number of marks with few elements and few requests", async () => {
    await press(root, "m");
    expect(rows().slice(0, 4)).toEqual([
      "0:00:00.0 V file",
      "0:00:00.0 N file",
      "0:00:00.0 N file",
      "0:00:00.0 N 2 s PPG · file",
    ]);
    expect(rows().length).toBeLessThan(60);
    await press(list(), "End");
    expect(current()).toBe(String(TOTAL - 1));
    expect(list().getAttribute("aria-activedescendant")).toBe(
      list().querySelector('[aria-selected="true"]')?.id,
    );
    expect(asked.size).toBeLessThan(200);
  });

  it("says that a page lacks the channel of a mark", async () => {
    for (const channel of state.description.channels) channel.absent = true;
    await press(root, "m");
    expect(rows()[3]).toBe("0:00:00.0 N 2 s PPG (channel not in this page) · file");
  });

  it("jumps to a mark, selects it and says which it is", async () => {
    await press(root, "m");
    await press(list(), "ArrowDown");
    await press(list(), "Enter");
    expect([state.t0, [...state.marking.selected]]).toEqual([0, [2]]);
    await press(list(), "End");
    await press(list(), "Enter");
    const mark = markOf(TOTAL - 1);
    expect(state.t0).toBeLessThan(mark.onset);
    expect(state.t1).toBeGreaterThan(mark.onset);
    expect(state.t1 - state.t0).toBeCloseTo(10);
    expect([...state.marking.selected]).toEqual([TOTAL]);
    expect(state.goBack()).toBe(true);
    expect(state.t0).toBe(0);
  });

  it("jumps to a mark that is not known yet as soon as it is", async () => {
    await press(root, "m");
    late = true;
    await press(list(), "End");
    await press(list(), "Enter");
    expect(state.t0).toBe(0);
    late = false;
    state.setDrawing({});
    await frames();
    expect([...state.marking.selected]).toEqual([TOTAL]);
    expect(state.t1).toBeGreaterThan(1000);
  });

  it("limits and orders the list", async () => {
    await press(root, "m");
    await choose("List only this text", "V");
    await choose("List only this channel", "PPG");
    await choose("List only this reader", "anna");
    await choose("Order of the list", "by duration");
    (root.querySelector('[aria-label="Descending order"]') as HTMLElement).click();
    await frames();
    expect(queries.at(-1)).toEqual({
      ...{ texts: ["V"], channels: [1], layers: ["night"], search: "" },
      ...{ sort: "duration", descending: true },
    });
    expect(rows()[0]).toContain("file");
  });

  it("shows and hides layers and texts, which the list follows", async () => {
    await press(root, "m");
    (root.querySelector('[aria-label^="Layers and texts"]') as HTMLElement).click();
    await frames();
    const box = (key: string) =>
      root.querySelector<HTMLInputElement>(`.vv-legend input[data-key="${key}"]`);
    box("text N")?.click();
    await frames();
    expect(state.marks.options.hiddenTexts).toEqual(["N"]);
    box("layer night")?.click();
    await frames();
    expect(state.marks.options.layers).toEqual(["file"]);
    expect(queries.at(-1)).toMatchObject({ layers: ["file"], without: ["N"] });
    expect(box("text spike")).toBeNull();
    expect(panel()?.querySelector('[role="status"]')?.textContent).toBe("100,007 marks");
    state.marks.set({ colorBy: "layer" });
    await frames();
    const color = root.querySelector<HTMLInputElement>('[aria-label="Colour of the layer file"]');
    if (!color) throw new Error("no colour");
    color.value = "#aa0000";
    color.dispatchEvent(new Event("change"));
    expect(state.marks.options.colors).toEqual({ file: "#aa0000" });
  });
});

describe("the next mark", () => {
  it("is one of those that the list shows, from the selected one on", async () => {
    found = { ...markOf(500), onset: 60 };
    await press(root, "n");
    expect(finds[0]?.slice(1)).toEqual([true, {}]);
    expect(finds[0]?.[0]).toBeCloseTo(0);
    expect(state.t0).toBeGreaterThan(50);
    expect([...state.marking.selected]).toEqual([501]);
    state.setWindow(0, 10);
    state.marking.select([2]);
    await press(root, "m");
    await choose("List only this text", "V");
    await press(list(), "N", { shiftKey: true });
    expect(finds[1]).toEqual([4, false, { texts: ["V"] }]);
    const search = root.querySelector<HTMLInputElement>(".vv-channel-search");
    if (!search) throw new Error("no field");
    search.value = " spi ";
    search.dispatchEvent(new Event("input"));
    await vi.waitFor(() => expect(queries.at(-1)).toMatchObject({ search: "spi" }));
    found = null;
    await press(list(), "n");
    expect(finds[2]?.[2]).toEqual({ texts: ["V"], search: "spi" });
    const message = root.querySelector<HTMLElement>(".vv-passing");
    expect(message?.hidden).toBe(false);
    expect(message?.textContent).toBe("There is no mark that the list shows after this place.");
  });
});

it("the rows of marks have the names of their layers", () => {
  const names = [...root.querySelectorAll<HTMLElement>(".vv-layername")];
  expect(names.map((one) => [one.textContent, one.style.top])).toEqual([
    ["file", "0px"],
    ["night", "14px"],
  ]);
  names[1]?.click();
  expect(panel()).not.toBeNull();
});

it("the text of a rare mark is written once", () => {
  expect(drawn.filter((text) => text === "V")).toHaveLength(1);
});

it("the window stays where it shows a mark well, else the mark is in its middle", () => {
  expect(windowOf({ onset: 5, duration: 2 }, [0, 10])).toEqual([0, 10]);
  expect(windowOf({ onset: 9.75, duration: 0 }, [0, 10])).toEqual([4.75, 14.75]);
  expect(windowOf({ onset: 100, duration: 4 }, [0, 10])).toEqual([97, 107]);
  expect(windowOf({ onset: 100, duration: 400 }, [0, 10])).toEqual([97.5, 107.5]);
});
