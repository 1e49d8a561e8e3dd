import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FEATURES } from "../../src/features.ts";
import type { Session } from "../../src/plot/session.ts";
import { View } from "../../src/plot/view.ts";
import { viewLabel } from "../../src/plot/viewlabel.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, emptySource, idleSession } from "../fixtures.ts";

const session = (state = new ViewState(describe8()), more: Partial<Session> = {}): Session =>
  idleSession(state, more);
/** Counts what is added to a target and not taken away, also by an aborted signal. */
function count(target: EventTarget) {
  const open = new Set<unknown>();
  const add = target.addEventListener.bind(target);
  const remove = target.removeEventListener.bind(target);
  vi.spyOn(target, "addEventListener").mockImplementation((type, listener, options) => {
    open.add(listener);
    const signal = typeof options === "object" ? options?.signal : undefined;
    signal?.addEventListener("abort", () => open.delete(listener), { once: true });
    add(type, listener, options);
  });
  vi.spyOn(target, "removeEventListener").mockImplementation((type, listener, options) => {
    open.delete(listener);
    remove(type, listener, options);
  });
  return () => open.size;
}
const frames = async (n: number): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});
afterEach(() => {
  vi.restoreAllMocks();
  document.body.innerHTML = "";
});

describe("a view", () => {
  it("leaves nothing behind", async () => {
    const open = [window, document, document.body, document.documentElement].map(count);
    const observing = new Set<unknown>();
    let observed = 0;
    for (const name of ["ResizeObserver", "MutationObserver"] as const) {
      const observe = vi.spyOn(globalThis[name].prototype, "observe");
      observe.mockImplementation(function (this: unknown) {
        observed++;
        observing.add(this);
      });
      const disconnect = vi.spyOn(globalThis[name].prototype, "disconnect");
      disconnect.mockImplementation(function (this: unknown) {
        observing.delete(this);
      });
    }
    const state = new ViewState(describe8());
    const before = open.map((n) => n());
    for (let k = 0; k < 3; k++) {
      const controller = new AbortController();
      new View(session(state), document.body, controller.signal, FEATURES);
      await frames(2);
      state.pan(1);
      controller.abort();
    }
    expect(open.map((n) => n())).toEqual(before);
    expect(observed).toBeGreaterThan(0);
    expect(observing.size).toBe(0);
    expect(document.body.children).toHaveLength(0);
    const asked = vi.spyOn(window, "requestAnimationFrame");
    state.pan(5);
    expect(asked).not.toHaveBeenCalled();
  });

  it("is settled a frame after it was painted, and says at once when it no longer is", async () => {
    const state = new ViewState(describe8());
    state.setWindow(10, 20);
    const controller = new AbortController();
    new View(session(state), document.body, controller.signal, FEATURES);
    const root = document.querySelector(".vital-viewer") as HTMLElement;
    expect(root.getAttribute("data-status")).toBe("loading");
    await frames(4);
    expect(root.getAttribute("data-status")).toBe("settled");
    expect([root.getAttribute("data-t0"), root.getAttribute("data-t1")]).toEqual(["10", "20"]);
    state.pan(5);
    expect(root.getAttribute("data-status")).toBe("loading");
    await frames(4);
    expect(root.getAttribute("data-t0")).toBe("15");
    // A screen reader is told once the window rests.
    expect(root.getAttribute("aria-label")).toContain("00:00:10.0 to");
    await new Promise((done) => setTimeout(done, 500));
    expect(root.getAttribute("aria-label")).toBe(
      "ECG and 2 more channels, 00:00:15.0 to 00:00:25.0 of 1 min 40 s",
    );
    controller.abort();
  });

  it("is not settled before its annotations came, except where no kernel will send them", async () => {
    const controller = new AbortController();
    let [read, live] = [false, true];
    let changed = (): void => {};
    const source = { ...emptySource, annotationsSettled: () => read };
    const onData = (callback: () => void) => {
      changed = callback;
      return () => {};
    };
    const more = { source, onData, live: () => live };
    new View(session(undefined, more), document.body, controller.signal, FEATURES);
    const root = document.querySelector(".vital-viewer") as HTMLElement;
    const status = async (): Promise<string | null> => {
      changed();
      await frames(4);
      return root.getAttribute("data-status");
    };
    expect(await status()).toBe("loading");
    expect(root.getAttribute("aria-busy")).toBe("true");
    live = false;
    expect(await status()).toBe("settled");
    [live, read] = [true, true];
    expect(await status()).toBe("settled");
    controller.abort();
  });

  it("draws nothing while nothing changes", async () => {
    const controller = new AbortController();
    new View(session(), document.body, controller.signal, FEATURES);
    await frames(5);
    const asked = vi.spyOn(window, "requestAnimationFrame");
    await new Promise((done) => setTimeout(done, 60));
    expect(asked).not.toHaveBeenCalled();
    controller.abort();
  });

  it("that had no size when it was to be drawn is drawn when it has one", async () => {
    const width = vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(0);
    const observe = vi.spyOn(ResizeObserver.prototype, "observe").mockReturnValue();
    const controller = new AbortController();
    const state = new ViewState(describe8());
    new View(session(state), document.body, controller.signal, FEATURES);
    await frames(3);
    const root = document.querySelector(".vital-viewer") as HTMLElement;
    expect(root.getAttribute("data-t0")).toBeNull();
    const looked = observe.mock.calls.filter(([one]) => one.className === "vv-body");
    expect(looked).toHaveLength(2);
    width.mockReturnValue(800);
    state.setHeight(500);
    await frames(3);
    expect(root.getAttribute("data-status")).toBe("settled");
    controller.abort();
  });

  it("keeps its keys to itself and leaves the others", async () => {
    const controller = new AbortController();
    new View(session(), document.body, controller.signal, FEATURES);
    const root = document.querySelector(".vital-viewer") as HTMLElement;
    const leaked: string[] = [];
    const outside = (event: Event): void => void leaked.push((event as KeyboardEvent).key);
    document.body.addEventListener("keydown", outside, { signal: controller.signal });
    for (const key of ["ArrowUp", "a", "Escape", "q"]) {
      root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
    expect(leaked).toEqual(["Escape", "q"]);
    controller.abort();
  });

  it("shows notes and errors, and says what there is none of", async () => {
    const controller = new AbortController();
    const said = { note: () => "12 of 30 s", error: () => "the file has changed" };
    const state = new ViewState(describe8());
    state.setLanes({ names: ["nobody"] });
    new View(session(state, said), document.body, controller.signal, FEATURES);
    await frames(3);
    const spoken = (live: string) =>
      document.querySelector(`[aria-live="${live}"]`)?.textContent?.trim();
    expect(spoken("assertive")).toBe("the file has changed");
    expect(spoken("polite")).toBe("12 of 30 s");
    expect(document.querySelector(".vv-notice-error")?.textContent).toContain("has changed");
    expect(document.querySelector(".vv-notice-note")?.textContent).toContain("12 of 30 s");
    expect(document.querySelector(".vv-empty")?.textContent).toBe("No channels are selected.");
    controller.abort();
  });
});

describe("words", () => {
  it("tell the window in the recording's length", () => {
    const state = new ViewState(describe8(28800, 1, 1));
    state.setWindow(3600, 7200);
    expect(viewLabel(state)).toBe("ECG, 01:00:00 to 02:00:00 of 8 h");
    state.setLanes({ names: [] });
    expect(viewLabel(state)).toMatch(/^no channels/);
  });
});
