import { afterEach, expect, test, vi } from "vitest";
import { durationText } from "../src/math/amounts.ts";
import progress from "../src/progress.ts";

function fake(state: Record<string, unknown>) {
  const traits: Record<string, unknown> = { title: "WorkBar", state: "running", ...state };
  const listeners = new Map<string, Set<() => void>>();
  const sent: unknown[] = [];
  return {
    sent,
    listeners,
    get: (name: string) => traits[name],
    on: (event: string, callback: () => void) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(callback));
    },
    off: (event: string, callback: () => void) => void listeners.get(event)?.delete(callback),
    send: (content: unknown) => void sent.push(content),
    set(name: string, value: unknown) {
      traits[name] = value;
      for (const callback of listeners.get(`change:${name}`) ?? []) callback();
    },
  };
}

function draw(state: Record<string, unknown>) {
  const model = fake(state);
  const el = document.createElement("div");
  document.body.append(el);
  const clean = progress.render({ model, el });
  const part = (name: string) => el.querySelector(`.vital-progress-${name}`) as HTMLButtonElement;
  return { model, el, clean, part };
}

afterEach(() => document.body.replaceChildren());

test("shows how far a task is", () => {
  const { model, el, part } = draw({ progress: 0.256, elapsed: 20, remaining: 61, message: "ECG" });
  const bar = el.querySelector("[role=progressbar]");
  expect(bar?.getAttribute("aria-valuenow")).toBe("25");
  expect(bar?.getAttribute("aria-label")).toBe("WorkBar");
  expect(part("percent").textContent).toBe("25 %");
  expect(part("message").textContent).toBe("ECG");
  expect(part("time").textContent).toBe("20 s so far, about 1 min 1 s left");
  model.set("progress", 0.9999);
  expect(bar?.getAttribute("aria-valuenow")).toBe("99");
  model.set("remaining", null);
  expect(part("time").textContent).toBe("20 s so far");
  model.set("state", "done");
  expect(bar?.getAttribute("aria-valuenow")).toBe("100");
  expect(part("cancel").hidden).toBe(true);
  expect(el.querySelector(".vital-progress")?.getAttribute("data-state")).toBe("done");
});

test("tells a screen reader each state once and no percent", () => {
  vi.useFakeTimers();
  const { model, el } = draw({ progress: 0.1 });
  const said = (): string => {
    vi.runAllTimers();
    return el.querySelector('[aria-live="polite"]')?.textContent?.trim() ?? "";
  };
  expect(said()).toBe("");
  model.set("progress", 0.5);
  expect(said()).toBe("");
  model.set("state", "done");
  expect(said()).toBe("WorkBar: done");
  vi.useRealTimers();
});

test("asks once for the task to be cancelled", () => {
  const { model, part } = draw({ progress: 0.1 });
  part("cancel").click();
  part("cancel").click();
  expect(model.sent).toEqual([{ kind: "cancel" }]);
  expect(part("cancel").disabled).toBe(true);
});

test("shows why a task failed", () => {
  const { part } = draw({ state: "failed", error: "<b>disk full</b>", error_traceback: "line 1" });
  expect(part("error").hidden).toBe(false);
  expect(part("error-text").textContent).toBe("<b>disk full</b>");
  expect(part("traceback").textContent).toBe("line 1");
  expect(part("details").hidden).toBe(false);
});

test("leaves nothing behind", () => {
  const { model, el, clean } = draw({});
  clean();
  expect(el.children.length).toBe(0);
  expect([...model.listeners.values()].every((set) => set.size === 0)).toBe(true);
});

test("a new kind of state is not an error", () => {
  const { el } = draw({ state: "dreaming", progress: Number.NaN });
  expect(el.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow")).toBe("0");
});

test.each([
  [0.04, "0.0 s"],
  [9.94, "9.9 s"],
  [59.4, "59 s"],
  [59.6, "1 min"],
  [125, "2 min 5 s"],
  [3600, "1 h"],
  [7505, "2 h 5 min"],
])("%d s in words", (seconds, words) => {
  expect(durationText(seconds)).toBe(words);
});
