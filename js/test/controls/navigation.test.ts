import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { View } from "../../src/plot/view.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, idleSession } from "../fixtures.ts";

let state: ViewState;
let controller: AbortController;
let root: HTMLElement;
const at = (): [number, number] => [state.t0, state.t1];
const find = <T extends HTMLElement>(selector: string): T => root.querySelector<T>(selector) as T;
const named = <T extends HTMLElement>(name: string): T => find<T>(`[aria-label^="${name}"]`);

function press(key: string, more: KeyboardEventInit = {}): void {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  (root.contains(document.activeElement) ? document.activeElement : root)?.dispatchEvent(event);
}
function choose(select: HTMLSelectElement, value: string): void {
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}
function go(text: string): void {
  press("g");
  const field = named<HTMLInputElement>("Go to");
  field.value = text;
  press("Enter");
}

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  const description = { ...describe8(), start: "2024-03-01T23:59:30" };
  state = new ViewState(description);
  state.setWindow(20, 30);
  state.history.clear();
  controller = new AbortController();
  new View(idleSession(state), document.body, controller.signal, FEATURES);
  root = document.querySelector(".vital-viewer") as HTMLElement;
});
afterEach(() => {
  controller.abort();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("navigation in time", () => {
  it("goes back and forward by keys and buttons, which say whether they can", () => {
    const [back, forward] = [named("Back"), named("Forward")];
    expect(back.getAttribute("aria-disabled")).toBe("true");
    state.showAll();
    expect(back.getAttribute("aria-disabled")).toBe("false");
    press("b");
    expect(at()).toEqual([20, 30]);
    forward.click();
    expect(at()).toEqual([0, 100]);
    back.click();
    press("B", { shiftKey: true });
    expect(at()).toEqual([0, 100]);
  });

  it("chooses the length of the window, which the list shows", () => {
    const select = named<HTMLSelectElement>("Length");
    const chosen = () => [...select.options].find(({ value }) => value === select.value)?.text;
    expect(select.value).toBe("10");
    choose(select, "30");
    expect(at()).toEqual([20, 50]);
    press("¡", { altKey: true, code: "Digit1" });
    expect(at()).toEqual([20, 21]);
    expect(chosen()).toBe("1 s");
    press("0", { altKey: true, code: "Digit0" });
    expect(at()).toEqual([0, 100]);
    expect(chosen()).toBe("all");
  });

  it("goes to a position, says what is wrong, and gives the keys back", () => {
    go("00:00:10");
    expect(at()).toEqual([40, 50]);
    expect(document.activeElement).toBe(root.querySelector(".vv-area-plot"));
    go("03:00");
    const message = find(".vv-message");
    expect(message.textContent).toContain("03:00 is outside the recording");
    expect(message.hidden).toBe(false);
    expect(named("Go to").getAttribute("aria-invalid")).toBe("true");
    press("Escape");
    expect(message.hidden).toBe(true);
    expect(document.activeElement).toBe(root.querySelector(".vv-area-plot"));
    expect(at()).toEqual([40, 50]);
    press("c");
    go("0:00:15");
    expect(at()).toEqual([15, 25]);
  });

  it("shows the field of a hidden toolbar as long as it is used", () => {
    const bar = find(".vv-toolbar");
    state.setToolbar(false);
    expect(bar.hidden).toBe(true);
    press("g");
    expect(bar.hidden).toBe(false);
    press("Escape");
    expect(bar.hidden).toBe(true);
    state.setToolbar(true);
    expect(bar.hidden).toBe(false);
  });

  it("switches epochs on and off, and shows the number of the first one", () => {
    const readout = find(".vv-readout");
    expect(readout.hidden).toBe(true);
    press("e");
    expect(state.epochs).toEqual({ length: 30, start: 0 });
    expect(at()).toEqual([30, 60]);
    expect(readout.textContent).toBe("2 / 4");
    choose(named<HTMLSelectElement>("Epochs"), "20");
    expect(state.epochs?.length).toBe(20);
    press("e");
    expect(state.epochs).toBeNull();
    press("e");
    expect(state.epochs?.length).toBe(20);
    go("e2");
    expect(at()).toEqual([20, 60]);
    press("PageDown");
    expect(at()).toEqual([60, 100]);
  });

  it("has a clock button only if the clock time is known", () => {
    const button = named<HTMLButtonElement>("Clock time");
    expect(button.getAttribute("aria-pressed")).toBe("true");
    press("c");
    expect(state.clock).toBeNull();
    expect(button.getAttribute("aria-pressed")).toBe("false");
    state.describe(describe8());
    expect(button.hidden).toBe(true);
  });
});

describe("playing", () => {
  const frame = async (): Promise<void> => {
    await new Promise((done) => requestAnimationFrame(done));
  };
  const playing = (): boolean => root.hasAttribute("data-playing");
  let now = 0;
  beforeEach(() => {
    now = 0;
    // Frames of 100 ms.
    vi.spyOn(window, "requestAnimationFrame").mockImplementation((step) => {
      const id = setTimeout(() => {
        now += 100;
        step(now);
      }, 0);
      return id as unknown as number;
    });
    vi.spyOn(window, "cancelAnimationFrame").mockImplementation((id) => clearTimeout(id));
  });

  it("moves the window in real time or faster, up to the end", async () => {
    choose(named<HTMLSelectElement>("Speed"), "10");
    press(" ");
    expect(playing()).toBe(true);
    const from = state.t0;
    const start = now;
    await frame();
    await frame();
    await frame();
    expect(state.t0).toBeGreaterThan(from);
    expect(state.t0 - from).toBeLessThanOrEqual(((now - start) / 1000) * 10 + 1e-9);
    for (let k = 0; k < 100 && playing(); k++) await frame();
    expect(playing()).toBe(false);
    expect(at()).toEqual([90, 100]);
    expect(named("Play").getAttribute("aria-disabled")).toBe("true");
    state.goBack();
    expect(at()).toEqual([20, 30]);
  });

  it("stops at a key, at a gesture, when the page is hidden and when the view is closed", async () => {
    let release = (): void => {};
    for (const stop of [
      () => press(" "),
      () => state.pan(1),
      () => {
        release = state.hold();
      },
      () => {
        vi.spyOn(document, "hidden", "get").mockReturnValue(true);
        document.dispatchEvent(new Event("visibilitychange"));
      },
    ]) {
      press(" ");
      await frame();
      expect(playing()).toBe(true);
      stop();
      await frame();
      await frame();
      expect(playing()).toBe(false);
      release();
    }
    press(" ");
    await frame();
    controller.abort();
    const { t0 } = state;
    await frame();
    await frame();
    expect(state.t0).toBe(t0);
  });

  it("turns pages if motion is reduced", async () => {
    vi.spyOn(window, "matchMedia").mockReturnValue({
      matches: true,
      addEventListener: () => {},
      removeEventListener: () => {},
    } as unknown as MediaQueryList);
    choose(named<HTMLSelectElement>("Speed"), "10");
    const seen = new Set<number>();
    state.onChange(() => seen.add(state.t0));
    press(" ");
    for (let k = 0; k < 200 && playing(); k++) await frame();
    expect([...seen]).toEqual([30, 40, 50, 60, 70, 80, 90]);
  });
});
