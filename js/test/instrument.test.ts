import { afterEach, beforeEach, expect, test, vi } from "vitest";
import instrument from "../src/instrument.ts";

type Callback = (content: unknown) => void;

const task = (number: number, more: object = {}) => ({
  number,
  title: `task ${number}`,
  message: "",
  state: "running",
  urgent: false,
  cancelling: false,
  progress: 0.5,
  elapsed: 20,
  remaining: 20,
  bytes_done: 5e6,
  bytes_total: 1e7,
  rate: 2.5e5,
  ...more,
});

function draw(name: string, seen: unknown) {
  const sent: { kind: string; action?: string; argument?: unknown }[] = [];
  const listeners = new Set<Callback>();
  const model = {
    get: (trait: string) => ({ instrument: name, heading: "Title", seen })[trait],
    on: (_: string, callback: Callback) => void listeners.add(callback),
    off: (_: string, callback: Callback) => void listeners.delete(callback),
    send: (content: never) => void sent.push(content),
  };
  const el = document.createElement("div");
  document.body.append(el);
  const clean = instrument.render({ model, el });
  const answer = (next: unknown, busy = false, closable = false): void => {
    for (const callback of [...listeners]) callback({ kind: "seen", seen: next, busy, closable });
  };
  const looks = (): number => sent.filter(({ kind }) => kind === "look").length;
  const button = (text: string): HTMLButtonElement =>
    [...el.querySelectorAll("button")].find((one) => one.textContent === text) as HTMLButtonElement;
  return { el, sent, clean, answer, looks, button, listeners };
}

let hidden = false;

/** Stands in for the browser, which tells whether an element is in view. */
let inView: (visible: boolean) => void = () => {};

beforeEach(() => {
  vi.useFakeTimers();
  hidden = false;
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() =>
    hidden ? "hidden" : "visible",
  );
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(callback: (entries: unknown[]) => void) {
        inView = (isIntersecting) => callback([{ isIntersecting }]);
      }
      observe(): void {}
      disconnect(): void {}
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

test("asks one question at a time, four times a second while a task runs", () => {
  const { answer, looks } = draw("tasks", { tasks: [] });
  vi.advanceTimersByTime(5000);
  expect(looks()).toBe(0);
  inView(true);
  vi.advanceTimersByTime(0);
  expect(looks()).toBe(1);
  vi.advanceTimersByTime(5000);
  expect(looks()).toBe(1);
  answer({ tasks: [] }, true);
  vi.advanceTimersByTime(249);
  expect(looks()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(looks()).toBe(2);
  answer({ tasks: [] });
  vi.advanceTimersByTime(999);
  expect(looks()).toBe(2);
  vi.advanceTimersByTime(1);
  expect(looks()).toBe(3);
});

test("asks again if no answer came for long", () => {
  const { looks } = draw("tasks", { tasks: [] });
  inView(true);
  vi.advanceTimersByTime(10_001);
  expect(looks()).toBe(2);
});

test("asks nothing while nobody sees it, or after it was closed", () => {
  const { answer, looks, clean, listeners, el } = draw("tasks", { tasks: [] });
  inView(true);
  vi.advanceTimersByTime(0);
  inView(false);
  answer({ tasks: [] }, true);
  vi.advanceTimersByTime(20_000);
  expect(looks()).toBe(1);
  inView(true);
  vi.advanceTimersByTime(0);
  expect(looks()).toBe(2);
  hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  vi.advanceTimersByTime(20_000);
  expect(looks()).toBe(2);
  hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  vi.advanceTimersByTime(0);
  expect(looks()).toBe(3);
  clean();
  vi.advanceTimersByTime(20_000);
  expect(looks()).toBe(3);
  expect(listeners.size).toBe(0);
  expect(el.children.length).toBe(0);
});

test("lists tasks with their facts, and keeps the buttons that have the focus", () => {
  const { el, answer, button, sent } = draw("tasks", { tasks: [task(2), task(1)] });
  const items = () => [...el.querySelectorAll(".vital-task")];
  expect(items().map((one) => one.querySelector(".vital-task-facts")?.textContent)).toEqual([
    "20 s so far · about 20 s left · 5.00 MB of 10.0 MB · 250 kB/s",
    "20 s so far · about 20 s left · 5.00 MB of 10.0 MB · 250 kB/s",
  ]);
  expect(el.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow")).toBe("50");
  const second = items()[1] as HTMLElement;
  (second.querySelector("button") as HTMLElement).focus();
  (second.querySelector("button") as HTMLElement).click();
  expect(sent).toContainEqual({ kind: "act", action: "cancel", argument: 1 });
  const cancelling = task(1, { cancelling: true });
  const failed = task(2, { state: "failed", message: "no space", bytes_done: null });
  answer({ tasks: [cancelling, task(3, { state: "pending" }), failed] });
  expect(items()[0]).toBe(second);
  expect(document.activeElement?.textContent).toBe("Cancelling …");
  expect(el.querySelector(".vital-instrument-count")?.textContent).toBe(
    "1 running, 1 waiting, 1 ended",
  );
  expect(items()[2]?.textContent).toContain("took 20 s · no space");
  button("Clear finished").click();
  expect(sent).toContainEqual({ kind: "act", action: "clear", argument: "" });
  answer({ tasks: [] });
  expect(items()).toEqual([]);
  expect((el.querySelector(".vital-instrument-none") as HTMLElement).hidden).toBe(false);
});

test("shows who holds how much of the memory", () => {
  const holder = (name: string, held: number | null, more: object = {}) => ({
    name,
    entries: 3,
    held_bytes: held,
    hits: 7,
    evictions: 0,
    evicted_bytes: 0,
    in_budget: true,
    ...more,
  });
  const seen = {
    budget_bytes: 4e7,
    held_bytes: 1e7,
    hits: 3,
    misses: 1,
    process_bytes: 2e8,
    holders: [
      holder("samples", 6e6, { evictions: 2, evicted_bytes: 1e6 }),
      holder("<b>tiles</b>", 4e6),
      holder("tables", null, { in_budget: false }),
    ],
    told: "",
  };
  const { el, button, sent, answer } = draw("memory", seen);
  const meter = el.querySelector("[role=meter]") as HTMLElement;
  expect(meter.getAttribute("aria-valuetext")).toBe("10.0 MB of 40.0 MB (25 %)");
  expect([...meter.children].map((one) => (one as HTMLElement).style.width)).toEqual([
    "15%",
    "10%",
  ]);
  const rows = [...el.querySelectorAll("tbody tr")].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(rows).toEqual([
    ["samples", "6.00 MB", "3", "7", "2 (1.00 MB)"],
    ["<b>tiles</b>", "4.00 MB", "3", "7", "0"],
    ["tables", "–", "3", "7", "–"],
  ]);
  button("Release caches").click();
  expect(sent).toContainEqual({ kind: "act", action: "release", argument: "" });
  answer({ ...seen, holders: [], held_bytes: 0, told: "10.0 MB released" });
  expect(meter.children.length).toBe(0);
  expect(el.querySelectorAll("tbody tr").length).toBe(0);
  expect(el.querySelector("[role=status]")?.textContent).toBe("10.0 MB released");
});

test("starts and stops measuring, and copies the text", async () => {
  const off = { on: false, seconds: 0, rows: [], text: "" };
  const { el, button, sent, answer } = draw("performance", off);
  expect((el.querySelector("table") as HTMLElement).hidden).toBe(true);
  button("Start").click();
  expect(sent).toContainEqual({ kind: "act", action: "start", argument: "" });
  const row = { kind: "request", name: "window", count: 2, median: 0.002, p95: 0.1, longest: 0.2 };
  answer({ on: true, seconds: 12, rows: [{ ...row, total: 0.3 }], text: "numpy 2" });
  const cells = [...el.querySelectorAll("tbody tr > *")].map((cell) => cell.textContent);
  expect(cells).toEqual(["request window", "2", "2.0", "100", "200", "0.30"]);
  expect(el.textContent).toContain("measuring for 12 s");
  const writeText = vi.fn().mockResolvedValue(undefined);
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  button("Copy").click();
  await vi.waitFor(() => expect(el.textContent).toContain("copied"));
  expect(writeText).toHaveBeenCalledWith("numpy 2");
  button("Stop").click();
  expect(sent).toContainEqual({ kind: "act", action: "stop", argument: "" });
});

test("can be closed where something contains it", () => {
  const { button, answer, sent } = draw("tasks", { tasks: [] });
  expect(button("×").hidden).toBe(true);
  answer({ tasks: [] }, false, true);
  expect(button("×").hidden).toBe(false);
  button("×").click();
  expect(sent).toContainEqual({ kind: "act", action: "close", argument: "" });
});
