import { afterEach, describe, expect, it, vi } from "vitest";
import { Surface } from "../../src/plot/surface.ts";

/** A surface, and the names of the methods of its context that were called. */
function watched(): { surface: Surface; calls: string[] } {
  const calls: string[] = [];
  const method = (name: string) => () => void calls.push(name);
  const names = ["setTransform", "clearRect", "beginPath", "moveTo", "fill", "stroke", "fillText"];
  const g = Object.fromEntries(names.map((name) => [name, method(name)]));
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(
    g as unknown as CanvasRenderingContext2D,
  );
  return { surface: new Surface(document.body, "overlay").hideWhereEmpty(), calls };
}

afterEach(() => {
  vi.restoreAllMocks();
  document.body.innerHTML = "";
});

describe("a canvas that is hidden while it is empty", () => {
  it.each(["fill", "stroke", "fillText"] as const)("is shown when %s draws", (name) => {
    const { surface, calls } = watched();
    const drawing = surface.context as unknown as Record<typeof name, () => void>;
    const shown: boolean[] = [];
    for (const used of [false, true, true, false, false, true]) {
      const g = surface.begin();
      g?.beginPath();
      g?.moveTo(1, 1);
      if (used) drawing[name]();
      surface.end();
      shown.push(surface.canvas.style.visibility !== "hidden");
    }
    expect(shown).toEqual([false, true, true, false, false, true]);
    expect(calls.filter((one) => one === name).length).toBe(3);
  });

  it("is cleared after each frame in which it was drawn on", () => {
    const { surface, calls } = watched();
    const cleared = (draws: boolean): boolean => {
      calls.length = 0;
      const g = surface.begin();
      if (draws) g?.stroke();
      surface.end();
      return calls.includes("clearRect");
    };
    // What it contains at first is not known.
    expect([true, true, false, false, true, false].map(cleared)).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it("is no other canvas: these are always shown and cleared", () => {
    const { calls } = watched();
    const surface = new Surface(document.body, "axis");
    for (let k = 0; k < 3; k++) surface.begin();
    expect(surface.canvas.style.visibility).toBe("");
    expect(calls.filter((one) => one === "clearRect").length).toBe(3);
  });
});
