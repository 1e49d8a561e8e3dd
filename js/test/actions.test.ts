import { afterEach, expect, test, vi } from "vitest";
import actions from "../src/actions.ts";

function draw(given: Record<string, unknown>) {
  const traits: Record<string, unknown> = { formats: ["csv"], addable: true, stem: "a", ...given };
  const listeners: [string, () => void][] = [];
  const model = {
    get: (name: string) => traits[name],
    on: (event: string, callback: () => void) => void listeners.push([event, callback]),
    off: (event: string, callback: () => void) => {
      const at = listeners.findIndex(([one, other]) => one === event && other === callback);
      listeners.splice(at, 1);
    },
    send: () => {},
  };
  const el = document.createElement("div");
  document.body.append(el);
  const clean = actions.render({ model, el });
  const set = (name: string, value: unknown): void => {
    traits[name] = value;
    for (const [event, callback] of [...listeners]) if (event === `change:${name}`) callback();
  };
  const button = (text: string): HTMLButtonElement =>
    [...el.querySelectorAll("button")].find((one) => one.textContent === text) as HTMLButtonElement;
  const told = (): string => el.querySelector(".vital-actions-told")?.textContent ?? "";
  return { el, clean, set, button, told, listeners };
}

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

test("an answer of the kernel is not told again when the code changes", async () => {
  vi.stubGlobal("navigator", { clipboard: { writeText: async () => {} } });
  const { set, button, told, clean, listeners } = draw({ code: "x = 1", told: "saved as a.csv" });
  expect(told()).toBe("saved as a.csv");
  button("Copy as Python").click();
  await vi.waitFor(() => expect(told()).toBe("the code was copied"));
  set("code", "x = 2");
  expect(told()).toBe("the code was copied");
  set("told", "");
  set("told", "saved as a.csv");
  expect(told()).toBe("saved as a.csv");
  clean();
  expect(listeners).toEqual([]);
});

test("without the clipboard, the code is copied by a field, or selected", async () => {
  vi.stubGlobal("navigator", {});
  const { el, button, told } = draw({ code: "x = 1" });
  document.execCommand = () => true;
  button("Copy as Python").click();
  await vi.waitFor(() => expect(told()).toBe("the code was copied"));
  document.execCommand = () => false;
  button("Copy as Python").click();
  await vi.waitFor(() => expect(told()).toContain("press Ctrl+C"));
  expect((el.querySelector("pre") as HTMLElement).hidden).toBe(false);
});

test("plain keys at a button of a panel do not reach the notebook, keys with Ctrl do", () => {
  const { el, clean } = draw({ code: "x = 1" });
  const other = el.appendChild(document.createElement("button"));
  const heard: string[] = [];
  const hear = ({ key }: KeyboardEvent): void => void heard.push(key);
  document.addEventListener("keydown", hear);
  const press = (key: string, ctrlKey = false): void => {
    other.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true }));
  };
  press("1"); // in no panel
  el.className = "vital-panel";
  for (const key of ["r", "1", "Enter"]) press(key);
  press("s", true);
  expect(heard).toEqual(["1", "Enter", "s"]);
  clean();
  press("r"); // of a panel that is gone
  expect(heard).toEqual(["1", "Enter", "s", "r"]);
  document.removeEventListener("keydown", hear);
});

test("a field for several of a list says what it does not take", () => {
  const panel = document.createElement("div");
  panel.className = "vital-panel";
  document.body.append(panel);
  const { el, told, clean } = draw({});
  panel.append(el);
  panel.insertAdjacentHTML(
    "afterbegin",
    `<input list="known"><datalist id="known"><option value="REM"></option></datalist>`,
  );
  const field = panel.querySelector("input") as HTMLInputElement;
  Object.defineProperty(field, "list", { value: panel.querySelector("datalist") });
  const enter = (text: string): void => {
    field.value = text;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  enter("REM");
  enter("");
  expect(told()).toBe("");
  enter("rem");
  expect(told()).toBe("'rem' cannot be chosen; available: 'REM'");
  clean();
});
