import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Listed, movedRow, placesOf, rowsOf } from "../../src/controls/channelrows.ts";
import { withHost } from "../../src/controls/channelsettings.ts";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, idleSession } from "../fixtures.ts";

const KINDS: Record<string, string> = { C: "EEG", F: "EEG", E: "EOG", I: "ECG" };
const listed = (names: string): Listed[] =>
  names.split(" ").map((name) => ({
    name,
    kind: KINDS[name.charAt(0)] as string,
    visible: true,
  }));
const OPEN = { grouped: true, closed: new Set<string>(), search: "" };

describe("rows of channels", () => {
  const all = listed("I1 C3 E1 C4 E2");
  const rows = rowsOf(all, OPEN);
  const namesOf = (options: Partial<typeof OPEN>): string[] =>
    rowsOf(all, { ...OPEN, ...options }).map(({ name }) => name);

  it("are grouped by kind, folded and searched", () => {
    expect(namesOf({})).toEqual(["ECG", "I1", "EEG", "C3", "C4", "EOG", "E1", "E2"]);
    expect(namesOf({ grouped: false })).toEqual(["I1", "C3", "E1", "C4", "E2"]);
    expect(namesOf({ closed: new Set(["EEG"]) })).toEqual(["ECG", "I1", "EEG", "EOG", "E1", "E2"]);
    expect(namesOf({ closed: new Set(["EEG"]), search: "c4 eeg" })).toEqual(["EEG", "C4"]);
    expect(namesOf({ search: "nobody" })).toEqual([]);
  });

  it("are moved within their kind, so that lanes of other kinds keep their places", () => {
    expect(movedRow(all, rows, 4, 3)).toEqual(["I1", "C4", "E1", "C3", "E2"]);
    expect(movedRow(all, rows, 3, 5)).toEqual(["I1", "C4", "E1", "C3", "E2"]);
    expect(placesOf(rows, 3)).toEqual([3, 4, 5]);
  });

  it("are moved as groups, and freely where they are not grouped", () => {
    expect(movedRow(all, rows, 5, 0)).toEqual(["E1", "E2", "I1", "C3", "C4"]);
    expect(movedRow(all, rows, 0, 8)).toEqual(["C3", "E1", "C4", "E2", "I1"]);
    expect(placesOf(rows, 2)).toEqual([0, 2, 5, 8]);
    const flat = rowsOf(all, { ...OPEN, grouped: false });
    expect(movedRow(all, flat, 4, 0)).toEqual(["E2", "I1", "C3", "E1", "C4"]);
    expect(movedRow(all, flat, 0, 5)).toEqual(["C3", "E1", "C4", "E2", "I1"]);
  });
});

it("a channel that is put into another lane takes along those in its own lane", () => {
  const overlaid = new Map([["a", "b"]]);
  expect([...withHost({ overlaid }, "b", "c")]).toEqual([
    ["a", "c"],
    ["b", "c"],
  ]);
  expect([...withHost({ overlaid }, "b", "a")]).toEqual([["b", "a"]]);
  expect([...withHost({ overlaid }, "a", "")]).toEqual([]);
});

describe("the panel of channels", () => {
  let state: ViewState;
  let controller: AbortController;
  let root: HTMLElement;
  let width = 900;
  const find = <T extends HTMLElement>(selector: string): T => root.querySelector<T>(selector) as T;
  const named = <T extends HTMLElement>(name: string): T => find<T>(`[aria-label="${name}"]`);
  const shown = (): string[] => state.signals.map(({ name }) => name);
  const tree = (): HTMLElement => find('[role="tree"]');
  const items = (): string[] =>
    [...root.querySelectorAll('[role="treeitem"]')].map((one) => {
      const name = one.querySelector(".vv-channel-name")?.textContent;
      return `${name}:${one.getAttribute("aria-checked")}`;
    });
  function press(key: string, more: KeyboardEventInit = {}): void {
    const target = root.contains(document.activeElement) ? document.activeElement : root;
    const options = { key, bubbles: true, cancelable: true, ...more };
    target?.dispatchEvent(new KeyboardEvent("keydown", options));
  }
  function choose(name: string, value: string): void {
    const select = named<HTMLSelectElement>(name);
    select.dispatchEvent(new Event("focus"));
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const pointer = (type: string, clientY: number, target: Element, shiftKey = false): boolean =>
    target.dispatchEvent(
      new PointerEvent(type, { clientY, pointerId: 1, button: 0, bubbles: true, shiftKey }),
    );

  beforeEach(() => {
    width = 900;
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockImplementation(() => width);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
    const description = describe8(100, 100, 4);
    description.channels.forEach((one, k) => {
      one.kind = ["ECG", "PPG", "PPG", "SpO2"][k] as string;
    });
    state = new ViewState(description);
    controller = new AbortController();
    new View(idleSession(state), document.body, controller.signal, FEATURES);
    root = document.querySelector(".vital-viewer") as HTMLElement;
    root.focus();
    press("l");
  });
  afterEach(() => {
    controller.abort();
    vi.restoreAllMocks();
  });

  it("opens with a key or the button, takes the focus, and gives it back", () => {
    expect(document.activeElement).toBe(tree());
    expect(named("Channels").getAttribute("aria-expanded")).toBe("true");
    press("Escape");
    expect(root.querySelector(".vv-channels")).toBeNull();
    expect(document.activeElement).toBe(root.querySelector(".vv-area-plot"));
    named("Channels").click();
    expect(tree()).not.toBeNull();
    width = 390;
    press("l");
    press("l");
    expect(find(".vv-side").classList.contains("vv-cover")).toBe(true);
  });

  it("shows and hides channels and groups with the keyboard, and says what is visible", () => {
    expect(items().join(" ")).toBe(
      "ECG:true ECG:true PPG:true PPG:true Resp:true SpO2:true SpO2:true",
    );
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", " "]) press(key);
    expect(shown()).toEqual(["ECG", "Resp", "SpO2"]);
    expect(items()[2]).toBe("PPG:mixed");
    press("ArrowLeft");
    press(" ");
    expect(shown()).toEqual(["ECG", "PPG", "Resp", "SpO2"]);
    press(" ");
    expect(shown()).toEqual(["ECG", "SpO2"]);
    press("ArrowLeft");
    expect(items()).toHaveLength(5);
    const current = document.getElementById(tree().getAttribute("aria-activedescendant") as string);
    expect(current?.getAttribute("aria-expanded")).toBe("false");
    press("z", { ctrlKey: true });
    expect(shown()).toEqual(["ECG", "PPG", "Resp", "SpO2"]);
  });

  it("orders channels and groups with Alt and arrows, and the whole is reset", () => {
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) press(key);
    press("ArrowDown", { altKey: true });
    expect(shown()).toEqual(["ECG", "Resp", "PPG", "SpO2"]);
    press("ArrowDown", { altKey: true });
    expect(shown()).toEqual(["ECG", "Resp", "PPG", "SpO2"]);
    press("ArrowUp", { altKey: true });
    expect(shown()).toEqual(["ECG", "PPG", "Resp", "SpO2"]);
    press("ArrowLeft");
    press("ArrowUp", { altKey: true });
    expect(shown()).toEqual(["PPG", "Resp", "ECG", "SpO2"]);
    press("ArrowDown", { altKey: true });
    press("ArrowDown", { altKey: true });
    expect(shown()).toEqual(["ECG", "SpO2", "PPG", "Resp"]);
    named("Show all channels as at the start").click();
    expect(shown()).toEqual(["ECG", "PPG", "Resp", "SpO2"]);
  });

  it("orders by dragging, and checks a range with Shift", () => {
    named("Group by kind").click();
    const row = (k: number): Element => root.querySelectorAll('[role="treeitem"]')[k] as Element;
    pointer("pointerdown", 3 * 24 + 5, row(3));
    pointer("pointermove", 2, tree());
    expect(find(".vv-drop").hidden).toBe(false);
    pointer("pointerup", 2, tree());
    tree().scrollTop = 0;
    expect(shown()).toEqual(["SpO2", "ECG", "PPG", "Resp"]);
    const check = (k: number): Element => row(k).querySelector(".vv-check") as Element;
    pointer("pointerdown", 5, check(0));
    pointer("pointerup", 5, check(0));
    pointer("pointerdown", 2 * 24 + 5, check(2), true);
    expect(shown()).toEqual(["Resp"]);
  });

  it("finds channels by name and kind", () => {
    const search = named<HTMLInputElement>("Search channels");
    search.value = "res";
    search.dispatchEvent(new Event("input"));
    expect(items()).toEqual(["PPG:true", "Resp:true"]);
    search.focus();
    press("Escape");
    expect(items()).toHaveLength(7);
    press("ArrowDown");
    expect(document.activeElement).toBe(tree());
  });

  it("sets colour, height and lane of a channel, and of a kind", () => {
    press("ArrowDown");
    choose("Relative height of the lane", "2");
    choose("Draw in the lane of another channel", "Resp");
    named("purple").click();
    expect(state.lanes.map(({ signals }) => signals.map(({ name }) => name))).toEqual([
      ["PPG"],
      ["Resp", "ECG"],
      ["SpO2"],
    ]);
    expect([...state.laneOptions.weights]).toEqual([["ECG", 2]]);
    expect(state.laneOptions.colors.get("ECG")).toBe("#660077");
    named("automatic colour").click();
    expect(state.laneOptions.colors.size).toBe(0);
    choose("Lanes per page", "4");
    choose("What determines the automatic colours", "kind");
    expect([state.laneOptions.perPage, state.laneOptions.colorBy]).toEqual([4, "kind"]);
  });

  it("has a bounded number of elements for any number of channels", () => {
    const description = describe8(100, 100, 1);
    const [first] = description.channels;
    description.channels = Array.from(
      { length: 2000 },
      (_, index) => ({ ...first, name: `ch ${index}`, index }) as NonNullable<typeof first>,
    );
    state.describe(description);
    state.setLanes({ names: description.channels.map(({ name }) => name) });
    expect(root.querySelectorAll('[role="treeitem"]').length).toBeLessThan(60);
    press("End");
    const current = document.getElementById(tree().getAttribute("aria-activedescendant") as string);
    expect(current?.textContent).toContain("ch 1999");
    const numbers = (): number[] =>
      [...root.querySelectorAll(".vv-channel")].map((one) => Number(one.getAttribute("data-row")));
    for (const scrollTop of [30_000, 29_800, 29_960]) {
      tree().scrollTop = scrollTop;
      tree().dispatchEvent(new Event("scroll"));
      const first = Math.floor(scrollTop / 24) - 6;
      expect(numbers()).toEqual(numbers().map((_, k) => first + k));
    }
  });
});
