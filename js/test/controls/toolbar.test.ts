import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  addButton,
  addField,
  enable,
  groupOf,
  Select,
  toolbar,
} from "../../src/controls/toolbar.ts";
import type { ViewHost } from "../../src/plot/feature.ts";

let root: HTMLElement;
let bar: HTMLElement;
let field: HTMLInputElement;
let select: Select;
let buttons: HTMLButtonElement[];
const controller = new AbortController();
const { signal } = controller;
const run = vi.fn();
const reachedRoot: string[] = [];

function press(key: string): void {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  document.activeElement?.dispatchEvent(event);
}

/** Observers of the page have reported. */
const noticed = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  root = document.createElement("div");
  root.tabIndex = 0;
  bar = document.createElement("div");
  root.append(bar);
  document.body.append(root);
  root.addEventListener("keydown", ({ key }) => reachedRoot.push(key));
  const state = { toolbar: true };
  toolbar({ root, state, toolbar: bar, signal, focus: () => root.focus() } as unknown as ViewHost);
  const share = groupOf(bar, "share");
  const history = groupOf(bar, "history");
  const window = groupOf(bar, "window");
  buttons = [
    addButton(history, { label: "Back (B)", text: "<", run, signal }),
    addButton(share, { label: "Copy", icon: "M0 0h16v16z", run, signal }),
  ];
  select = new Select(window, { label: "Length", chosen: () => {}, signal });
  select.offer([{ value: "1", text: "1 s" }], "1");
  field = addField(window, "Go to");
});
afterEach(() => {
  document.body.innerHTML = "";
  reachedRoot.length = 0;
  run.mockClear();
});

describe("the toolbar", () => {
  it("shows the chosen text of a list, also if its value is empty", () => {
    select.offer(
      [
        { value: "", text: "none" },
        { value: "30", text: "30 s" },
      ],
      "30",
    );
    const shown = (): string | undefined => select.element.selectedOptions[0]?.textContent ?? "";
    expect(shown()).toBe("30 s");
    select.offer([{ value: "", text: "none" }], "");
    expect([shown(), select.element.value]).toEqual(["none", ""]);
    const other = new Select(groupOf(bar, "epochs"), { label: "E", chosen: () => {}, signal });
    other.offer([{ value: "", text: "no epochs" }], "");
    expect(other.element.options[0]?.getAttribute("value")).toBe("");
    other.element.remove();
  });

  it("keeps its groups in one order, whichever feature comes first", () => {
    const names = [...bar.children].map((one) => one.getAttribute("data-group"));
    expect(names).toEqual(["history", "window", "share"]);
    expect(groupOf(bar, "share").contains(buttons[1] as Node)).toBe(true);
  });

  it("is one stop of Tab, and arrow keys move in it without moving the window", async () => {
    await noticed();
    const all = [...bar.querySelectorAll<HTMLElement>("button, input, select")];
    expect(all.filter(({ tabIndex }) => tabIndex === 0)).toEqual([buttons[0]]);
    buttons[0]?.focus();
    press("ArrowRight");
    expect(document.activeElement).toBe(select.element);
    press("ArrowRight");
    expect(document.activeElement).toBe(field);
    press("End");
    expect(document.activeElement).toBe(buttons[1]);
    expect(all.filter(({ tabIndex }) => tabIndex === 0)).toEqual([buttons[1]]);
    press("Home");
    expect(document.activeElement).toBe(buttons[0]);
    expect(reachedRoot).toEqual([]);
    press("g");
    expect(reachedRoot).toEqual(["g"]);
    press("Escape");
    expect(document.activeElement).toBe(root);
  });

  it("does not take the arrow keys of a text before its end", () => {
    field.value = "01:23";
    field.focus();
    field.setSelectionRange(2, 2);
    press("ArrowRight");
    expect(document.activeElement).toBe(field);
    field.setSelectionRange(5, 5);
    press("ArrowRight");
    expect(document.activeElement).toBe(buttons[1]);
  });

  it("skips what is hidden, and still can be entered", async () => {
    buttons[0]?.focus();
    groupOf(bar, "history").hidden = true;
    await noticed();
    expect(select.element.tabIndex).toBe(0);
    expect(buttons[0]?.tabIndex).toBe(-1);
  });

  it("leaves Space and Enter to its buttons, and gives the focus back after a click", () => {
    buttons[0]?.focus();
    press(" ");
    press("Enter");
    expect(reachedRoot).toEqual([]);
    const down = new MouseEvent("mousedown", { bubbles: true, cancelable: true });
    buttons[1]?.dispatchEvent(down);
    expect(down.defaultPrevented).toBe(true);
    expect(document.activeElement).toBe(root);
  });

  it("gives the focus back after a choice with the mouse, not with the keyboard", () => {
    select.element.focus();
    press("ArrowDown");
    select.element.dispatchEvent(new Event("change", { bubbles: true }));
    expect(document.activeElement).toBe(select.element);
    select.element.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    select.element.dispatchEvent(new Event("change", { bubbles: true }));
    expect(document.activeElement).toBe(root);
  });

  it("offers a choice without a value, and can choose it", () => {
    const choices = [
      { value: "", text: "none" },
      { value: "1", text: "1 s" },
    ];
    select.offer(choices, "");
    const [first] = select.element.options;
    expect(first?.getAttribute("value")).toBe("");
    expect(select.element.selectedIndex).toBe(0);
    select.offer(choices, "1");
    expect(select.element.selectedIndex).toBe(1);
  });

  it("looks for its controls when some come or go, and not for each new text", async () => {
    await noticed();
    const looks = vi.spyOn(bar, "querySelectorAll");
    const text = document.createElement("span");
    buttons[0]?.append("now");
    select.offer([{ value: "1", text: "1.5 s" }], "1");
    await noticed();
    expect(looks).not.toHaveBeenCalled();
    bar.append(text);
    await noticed();
    expect(looks).toHaveBeenCalled();
    looks.mockRestore();
  });

  it("runs nothing for an unavailable button", () => {
    enable(buttons[0] as HTMLButtonElement, false);
    buttons[0]?.click();
    expect(run).not.toHaveBeenCalled();
    enable(buttons[0] as HTMLButtonElement, true);
    buttons[0]?.click();
    expect(run).toHaveBeenCalledOnce();
    expect(buttons[0]?.title).toBe("Back (B)");
    expect(buttons[0]?.getAttribute("aria-label")).toBe("Back");
  });
});
