import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { share } from "../../src/controls/share.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, idleSession } from "../fixtures.ts";

let controller: AbortController;
const written: unknown[] = [];
const PNG = new Blob(["png"], { type: "image/png" });

beforeEach(() => {
  written.length = 0;
  controller = new AbortController();
  class Item {
    constructor(readonly content: Record<string, Promise<Blob>>) {}
  }
  vi.stubGlobal("ClipboardItem", Item);
  vi.stubGlobal("navigator", {
    ...navigator,
    clipboard: { write: async ([item]: [Item]) => written.push(await item.content["image/png"]) },
  });
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((done) => done(PNG));
});
afterEach(() => {
  controller.abort();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function view(): HTMLElement {
  const state = new ViewState({ ...describe8(), name: "night: 1/2.edf" });
  state.setWindow(65, 75);
  new View(idleSession(state), document.body, controller.signal, [share]);
  return document.querySelector(".vital-viewer") as HTMLElement;
}
const button = (name: string): HTMLElement =>
  document.querySelector(`[aria-label="${name}"]`) as HTMLElement;
const said = (): string => document.querySelector("[role=status]")?.textContent ?? "";

it("copies the picture by the button and by Ctrl + C, and says so", async () => {
  const root = view();
  button("Copy as picture").click();
  await vi.waitFor(() => expect(said()).toBe("copied"));
  root.dispatchEvent(new KeyboardEvent("keydown", { key: "c", ctrlKey: true, bubbles: true }));
  await vi.waitFor(() => expect(written).toEqual([PNG, PNG]));
});

it("leaves a selected text to the browser", () => {
  const root = view();
  vi.spyOn(window, "getSelection").mockReturnValue({ isCollapsed: false } as Selection);
  const event = new KeyboardEvent("keydown", { key: "c", ctrlKey: true, cancelable: true });
  root.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(false);
});

it("says if the browser does not allow copying", async () => {
  vi.stubGlobal("ClipboardItem", undefined);
  view();
  button("Copy as picture").click();
  await vi.waitFor(() => expect(said()).toContain("does not allow copying"));
});

it("downloads a PNG that is named for the recording and the time", async () => {
  const names: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLElement) {
    names.push((this as HTMLAnchorElement).download);
  });
  vi.stubGlobal("URL", { createObjectURL: () => "blob:x", revokeObjectURL: () => {} });
  view();
  button("Download as PNG").click();
  await vi.waitFor(() => expect(names).toEqual(["night_ 1_2 0.01.05.png"]));
});
