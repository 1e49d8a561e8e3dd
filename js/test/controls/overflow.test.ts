import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leaving, overflow } from "../../src/controls/overflow.ts";
import { addButton, type Group, groupOf } from "../../src/controls/toolbar.ts";
import type { ViewHost } from "../../src/plot/feature.ts";

const NAMES: readonly Group[] = ["history", "window", "scales", "marks", "read", "share"];
const WIDTH = 100;
let root: HTMLElement;
let bar: HTMLElement;
let room: number;
let controller: AbortController;
let resized: () => void;
const run = vi.fn();

beforeEach(() => {
  root = document.createElement("div");
  bar = document.createElement("div");
  root.append(bar);
  document.body.append(root);
  root.className = "vv-narrow";
  room = 2000;
  vi.spyOn(bar, "clientWidth", "get").mockImplementation(() => room);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(WIDTH);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(changed: () => void) {
        resized = changed;
      }
      observe(): void {}
      disconnect(): void {}
    },
  );
  controller = new AbortController();
  const { signal } = controller;
  for (const name of NAMES) addButton(groupOf(bar, name), { label: name, run, signal });
  overflow({ root, toolbar: bar, signal, focus: () => root.focus() } as unknown as ViewHost);
  addButton(groupOf(bar, "link"), { label: "link", run, signal });
});
afterEach(() => {
  controller.abort();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const more = (): HTMLButtonElement =>
  bar.querySelector('button[aria-label="More controls"]') as HTMLButtonElement;
const panel = (): HTMLElement => bar.querySelector(".vv-more") as HTMLElement;
const namesIn = (parent: HTMLElement): (string | null)[] =>
  [...parent.querySelectorAll(":scope > .vv-group")].map((one) => one.getAttribute("data-group"));
const resize = (width: number): void => {
  room = width;
  resized();
};

describe("controls for which the row has no room", () => {
  it("are not those of playing while it plays", () => {
    addButton(groupOf(bar, "play"), { label: "Play", run, signal: controller.signal });
    resize(5 * 108);
    expect(namesIn(panel())).toContain("play");
    root.setAttribute("data-playing", "");
    resize(5 * 108);
    expect(namesIn(bar)).toContain("play");
    root.removeAttribute("data-playing");
    resize(5 * 108);
    expect(namesIn(panel())).toContain("play");
  });

  it("are none if all fit, and never those that move to a place", () => {
    const widths = new Map(NAMES.map((name) => [name, WIDTH]));
    expect(leaving(widths, 6 * 108)).toEqual(new Set());
    expect(leaving(widths, 6 * 108 - 1)).toEqual(new Set(["share"]));
    expect(leaving(widths, 0).has("window")).toBe(false);
    expect(leaving(new Map([["share", 0]]), 0)).toEqual(new Set());
  });

  it("are the least important ones, and large ones rather than small ones", () => {
    const widths = new Map<Group, number>([
      ["window", 100],
      ["scales", 200],
      ["marks", 50],
      ["share", 50],
    ]);
    expect(leaving(widths, 360)).toEqual(new Set(["marks", "share"]));
    expect(leaving(widths, 300)).toEqual(new Set(["scales"]));
  });

  it("wait behind a button in their order, and come back when there is room", () => {
    resize(2000);
    expect(more().closest("[hidden]")).not.toBeNull();
    resize(4 * 108);
    expect(more().closest("[hidden]")).toBeNull();
    expect(namesIn(panel())).toEqual(["history", "read", "link", "share"]);
    expect(namesIn(bar)).toEqual(["window", "scales", "marks", "more"]);
    expect(groupOf(bar, "share").parentElement).toBe(panel());
    resize(2000);
    expect(namesIn(bar)).toEqual([...NAMES.slice(0, 5), "link", "share", "more"]);
    expect(panel().children).toHaveLength(0);
  });

  it("are shown by the button, and hidden by Escape, by a click elsewhere and by what they do", () => {
    resize(3 * 108);
    more().click();
    expect([panel().hidden, more().getAttribute("aria-expanded")]).toEqual([false, "true"]);
    const [share, back] = ["share", "history"].map((name) =>
      panel().querySelector<HTMLElement>(`[aria-label="${name}"]`),
    );
    back?.click();
    expect([run.mock.calls.length > 0, panel().hidden]).toEqual([true, false]);
    share?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect([panel().hidden, document.activeElement]).toEqual([true, more()]);
    more().click();
    root.dispatchEvent(new Event("pointerdown", { bubbles: true }));
    expect(panel().hidden).toBe(true);
    more().click();
    share?.click();
    expect(panel().hidden).toBe(true);
    more().click();
    back?.setAttribute("aria-expanded", "true");
    back?.click();
    expect(panel().hidden).toBe(true);
  });

  it("keep the focus when the width changes", () => {
    const share = groupOf(bar, "share").querySelector("button") as HTMLButtonElement;
    share.focus();
    resize(500);
    more().click();
    share.focus();
    resize(2000);
    expect(document.activeElement).toBe(share);
  });
});
