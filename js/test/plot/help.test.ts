import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { TOPICS } from "../../src/gestures/commands.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, idleSession } from "../fixtures.ts";

let controller: AbortController;
let view: View;
let outside: HTMLElement;
const find = (selector: string): HTMLElement => view.root.querySelector(selector) as HTMLElement;
const press = (key: string): boolean =>
  (document.activeElement as HTMLElement).dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
  );

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  outside = document.createElement("div");
  outside.tabIndex = 0;
  document.body.append(outside);
  controller = new AbortController();
  view = new View(idleSession(new ViewState(describe8())), outside, controller.signal, FEATURES);
});
afterEach(() => {
  controller.abort();
  vi.restoreAllMocks();
  document.body.innerHTML = "";
});

it("the help names every key once, in sections, and takes and returns the focus", () => {
  view.focus();
  press("?");
  expect(document.activeElement).toBe(find('[role="dialog"].vv-help'));
  const titles = [...view.root.querySelectorAll('.vv-help [role="heading"]')].map(
    (one) => one.textContent,
  );
  expect(titles).toContain(TOPICS.time);
  expect(titles.slice(-2)).toEqual(["Mouse", "Touch"]);
  const said = [...view.root.querySelectorAll(".vv-help dd")].map((one) => one.textContent);
  for (const { text } of view.commands().filter((one) => one.text !== "")) {
    expect(said.filter((one) => one === text)).toHaveLength(1);
  }
  const before = [view.state.t0, view.state.t1];
  press("PageDown");
  expect([view.state.t0, view.state.t1]).toEqual(before);
  press("Escape");
  expect(find(".vv-help").hidden).toBe(true);
  expect(document.activeElement).toBe(view.plot);
});

it("fingers come first where there are fingers", () => {
  const coarse = (query: string) => ({ matches: query === "(pointer: coarse)" }) as MediaQueryList;
  vi.spyOn(window, "matchMedia").mockImplementation(coarse);
  view.focus();
  press("?");
  expect(find('.vv-help [role="heading"]').textContent).toBe("Touch");
});

it("no two commands share a key, except those of a mode", () => {
  const keys = view
    .commands()
    .filter(({ text, topic }) => text !== "" && topic !== "cursor" && topic !== "marks")
    .flatMap(({ keys: [first] }) => (first === undefined || first === "Escape" ? [] : [first]));
  expect(new Set(keys).size).toBe(keys.length);
});

it("Escape leaves for what is around the viewer when there is nothing to close", () => {
  view.focus();
  view.state.setSelection([1, 2]);
  press("Escape");
  expect(document.activeElement).toBe(view.plot);
  expect(view.state.selection).toBeNull();
  press("Escape");
  expect(document.activeElement).toBe(outside);
});
