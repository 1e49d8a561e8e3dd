import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pointer } from "../../src/figures/pointer.ts";

let told: string[];
let pointer: Pointer;
/** Tells events as "hover 1", "unhover 1", "click 2"... */
const tell = (...events: string[]): void => {
  for (const event of events) {
    const [kind, point] = event.split(" ");
    pointer.tell({ event_type: `plotly_${kind}`, point } as never);
  }
};

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  pointer = new Pointer((message) => {
    const { event_type: kind, point } = message as never as { event_type: string; point: string };
    told.push(`${kind.slice(7)} ${point}`);
  });
});
afterEach(() => {
  pointer.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("the first hover is told at once, of the next ones the last when its time has come", () => {
  tell("hover 1", "unhover 1", "hover 2", "unhover 2", "hover 3");
  expect(told).toEqual(["hover 1"]);
  pointer.answered();
  expect(told).toEqual(["hover 1"]);
  vi.advanceTimersByTime(100);
  expect(told).toEqual(["hover 1", "unhover 1", "hover 3"]);
  pointer.answered();
  vi.advanceTimersByTime(1000);
  expect(told).toHaveLength(3);
});

test("a busy kernel is told the last hover only, when it has answered", () => {
  tell("hover 0");
  for (let point = 1; point < 500; point++) {
    tell(`unhover ${point - 1}`, `hover ${point}`);
    vi.advanceTimersByTime(10);
  }
  expect(told).toEqual(["hover 0"]);
  pointer.answered();
  expect(told).toEqual(["hover 0", "unhover 0", "hover 499"]);
});

test("a hover that the kernel was not told of is not ended either", () => {
  tell("hover 1", "unhover 1", "hover 2", "unhover 2");
  pointer.answered();
  vi.advanceTimersByTime(100);
  expect(told).toEqual(["hover 1", "unhover 1"]);
});

test("clicks and selections are told at once, after the hover before them", () => {
  tell("hover 1", "unhover 1", "hover 2", "click 2", "unhover 2", "selected 5", "click 6");
  const order = ["hover 1", "unhover 1", "hover 2", "click 2", "unhover 2", "selected 5"];
  expect(told).toEqual([...order, "click 6"]);
  tell("hover 7", "deselect 0");
  expect(told.slice(-2)).toEqual(["hover 7", "deselect 0"]);
});

test("an answer that is lost holds the next hover for some seconds only", () => {
  tell("hover 1", "unhover 1");
  vi.advanceTimersByTime(5000);
  expect(told).toEqual(["hover 1"]);
  vi.advanceTimersByTime(5000);
  expect(told).toEqual(["hover 1", "unhover 1"]);
});

test("a closed figure tells nothing more", () => {
  tell("hover 1", "unhover 1");
  pointer.close();
  expect(vi.getTimerCount()).toBe(0);
  tell("hover 2", "click 2");
  pointer.answered();
  vi.advanceTimersByTime(20_000);
  expect(told).toEqual(["hover 1"]);
});
