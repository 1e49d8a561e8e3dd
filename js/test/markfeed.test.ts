import { describe, expect, it, vi } from "vitest";
import { followMarks } from "../src/markfeed.ts";

function model() {
  const handlers = new Set<() => void>();
  return {
    handlers,
    on: (_: string, callback: () => void) => void handlers.add(callback),
    off: (_: string, callback: () => void) => void handlers.delete(callback),
  };
}

describe("followMarks", () => {
  it("calls back until it is ended", async () => {
    const feed = model();
    const changed = vi.fn();
    const end = followMarks(Promise.resolve(feed), changed);
    await Promise.resolve();
    for (const handler of feed.handlers) handler();
    expect(changed).toHaveBeenCalledTimes(1);
    end();
    expect(feed.handlers.size).toBe(0);
  });

  it("does not listen if it was ended before the model was found", async () => {
    const feed = model();
    followMarks(Promise.resolve(feed), vi.fn())();
    await Promise.resolve();
    expect(feed.handlers.size).toBe(0);
  });

  it("does nothing without a model", async () => {
    const end = followMarks(Promise.reject(new Error("no kernel")), vi.fn());
    await Promise.resolve();
    expect(end).not.toThrow();
  });
});
