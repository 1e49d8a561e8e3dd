import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countView, ViewCount } from "../src/viewcount.ts";

let sent: { count: number; model: string; page: string; tab: string }[];
const model = (manager = { isDisposed: false }) => ({
  widget_manager: manager,
  send: (content: unknown) => void sent.push(content as (typeof sent)[0]),
});

beforeEach(() => {
  sent = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test("reports the views of a model when they have come to rest", () => {
  const views = new ViewCount(model(), "a");
  const close = views.opened();
  views.opened();
  expect(sent).toEqual([]);
  vi.runAllTimers();
  expect(sent.map(({ count }) => count)).toEqual([2]);
  // An output that is moved is taken away and comes back.
  close();
  views.opened();
  vi.runAllTimers();
  expect(sent).toHaveLength(1);
  close();
  vi.runAllTimers();
  expect(sent.map(({ count }) => count)).toEqual([2, 1]);
  views.dispose();
});

test("a notebook that is closed keeps its views until it is opened again", () => {
  const manager = { isDisposed: false };
  const close = new ViewCount(model(manager), "b").opened();
  vi.runAllTimers();
  manager.isDisposed = true;
  close();
  vi.runAllTimers();
  expect(sent).toHaveLength(1);
  const again = new ViewCount(model(), "b");
  const closeAgain = again.opened();
  vi.runAllTimers();
  closeAgain();
  vi.runAllTimers();
  expect(sent.map(({ count }) => count)).toEqual([1, 1, 0]);
  expect(new Set(sent.map(({ model: name }) => name)).size).toBe(1);
});

test("two notebooks on one kernel count for themselves", () => {
  for (const _ of [0, 1]) new ViewCount(model(), "c").opened();
  vi.runAllTimers();
  expect(new Set(sent.map(({ model: name }) => name)).size).toBe(2);
  expect(new Set(sent.map(({ page }) => page)).size).toBe(1);
});

test("after the model has ended nothing is sent", () => {
  const views = new ViewCount(model(), "d");
  views.opened();
  views.dispose();
  vi.runAllTimers();
  expect(sent).toEqual([]);
});

test("a kernel that was stopped need not be told", () => {
  const send = () => {
    throw new Error("Cannot send");
  };
  new ViewCount({ ...model(), send }, "e").opened();
  expect(() => vi.runAllTimers()).not.toThrow();
});

test("all views of a model are one number, also when its notebook is opened again", () => {
  const shown = (manager: { isDisposed: boolean }) => ({
    ...model(manager),
    get: () => ({ model_id: "layout" }),
  });
  const manager = { isDisposed: false };
  const first = countView(shown(manager));
  const second = countView(shown(manager));
  vi.runAllTimers();
  first();
  second();
  countView(shown(manager)); // an output that is moved
  vi.runAllTimers();
  expect(sent.map(({ count }) => count)).toEqual([2, 1]);
  manager.isDisposed = true;
  const close = countView(shown({ isDisposed: false }));
  vi.runAllTimers();
  close();
  vi.runAllTimers();
  expect(sent.map(({ count }) => count)).toEqual([2, 1, 1, 0]);
  expect(new Set(sent.map(({ model: name }) => name)).size).toBe(1);
});
