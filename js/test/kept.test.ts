import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepParent, keepPicture } from "../src/kept.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";

/** A notebook of JupyterLab with one viewer, as far as it is used. */
function notebook() {
  const outputs = [
    { data: { "text/plain": "first" } },
    { data: { [VIEW]: { model_id: "m1" }, "image/png": "old" } },
    { data: { "text/html": '<div data-vital-embedded="waiting">old</div>' } },
  ];
  const updates: unknown[][] = [];
  const slots = new Set<(sender: unknown, state: string) => void>();
  const cell = {
    getOutputs: () => outputs,
    updateOutputs: (...given: unknown[]) => updates.push(given),
  };
  const context = {
    saveState: {
      connect: (slot: (sender: unknown, state: string) => void) => slots.add(slot),
      disconnect: (slot: (sender: unknown, state: string) => void) => slots.delete(slot),
    },
    model: { cells: [{ sharedModel: {} }, { sharedModel: cell }] },
  };
  const listeners = new Map<string, (content: unknown) => void>();
  const sent: unknown[] = [];
  const model = {
    widget_manager: { context },
    on: (event: string, callback: (content: unknown) => void) => listeners.set(event, callback),
    off: (event: string) => listeners.delete(event),
    send: (content: unknown) => sent.push(content),
  };
  const changes = new Set<() => void>();
  const changed = (callback: () => void): (() => void) => {
    changes.add(callback);
    return () => changes.delete(callback);
  };
  return {
    model,
    changed,
    sent,
    updates,
    open: () => slots.size + listeners.size + changes.size,
    change: () => {
      for (const one of changes) one();
    },
    turn: () => listeners.get("change:turn")?.(undefined),
    answer: (content: unknown) => listeners.get("msg:custom")?.(content),
    save: () => {
      for (const slot of slots) for (const state of ["started", "completed"]) slot(null, state);
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("asks for a picture when the view is at rest, and saves it without drawing again", () => {
  const book = notebook();
  const stop = keepPicture(book.model, book.changed);
  for (let k = 0; k < 5; k++) {
    book.change();
    vi.advanceTimersByTime(500);
  }
  expect(book.sent).toEqual([]);
  vi.advanceTimersByTime(2000);
  expect(book.sent).toEqual([{ kind: "keep" }]);
  book.answer({ kind: "kept", model: "m1", picture: "new", html: "<p>new</p>" });
  expect(book.updates).toEqual([]);
  book.save();
  const replaced = [
    { data: { [VIEW]: { model_id: "m1" }, "image/png": "new" } },
    { data: { "text/html": "<p>new</p>" } },
  ];
  expect(book.updates).toEqual([[1, 3, replaced, "silent-change"]]);
  stop();
  expect(book.open()).toBe(0);
});

it("leaves the notebook as it is before the first change, and the outputs of others", () => {
  const book = notebook();
  keepPicture(book.model, book.changed);
  book.save();
  book.answer({ kind: "kept", model: "of another notebook", picture: "new", html: null });
  book.save();
  expect(book.updates).toEqual([]);
});

it("does nothing in hosts without a notebook", () => {
  const changed = vi.fn(() => () => {});
  const model = { widget_manager: {}, on: vi.fn(), off: vi.fn() };
  keepPicture(model, changed)();
  expect(changed).not.toHaveBeenCalled();
  expect(model.on).not.toHaveBeenCalled();
});

it("follows a parent that Python draws, whose output may have had no picture", () => {
  const book = notebook();
  const model = { ...book.model, get: () => 0 };
  const stop = keepParent(model);
  expect(book.open()).toBe(3);
  vi.advanceTimersByTime(5000);
  expect(book.sent).toEqual([]);
  book.turn();
  vi.advanceTimersByTime(2000);
  expect(book.sent).toEqual([{ kind: "keep" }]);
  book.answer({ kind: "kept", model: "m1", picture: "new", html: null, width: 960 });
  book.save();
  const data = { [VIEW]: { model_id: "m1" }, "image/png": "new" };
  const replaced = [{ data, metadata: { "image/png": { width: 960 } } }];
  expect(book.updates).toEqual([[1, 2, replaced, "silent-change"]]);
  stop();
  expect(book.open()).toBe(0);
});

it("asks at once for a parent that changed before it was on the page", () => {
  const book = notebook();
  keepParent({ ...book.model, get: () => 1 });
  vi.advanceTimersByTime(2000);
  expect(book.sent).toEqual([{ kind: "keep" }]);
});
