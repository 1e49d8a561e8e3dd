import { describe, expect, it } from "vitest";
import { epochAt, epochCount, epochStart, pageOf, snapped } from "../../src/math/epochs.ts";

const EPOCHS = { length: 30, start: 5 };

describe("epochs", () => {
  it("are numbered from 1, and their numbers survive rounding", () => {
    expect([0, 5, 34.99, 35].map((t) => epochAt(EPOCHS, t))).toEqual([0, 1, 1, 2]);
    for (const epochs of [EPOCHS, { length: 0.1, start: 0.3 }, { length: 20 / 3, start: 0 }]) {
      for (let n = 1; n < 3000; n++) expect(epochAt(epochs, epochStart(epochs, n))).toBe(n);
    }
  });

  it("count an incomplete one at the end", () => {
    expect([5, 5.1, 35, 35.1].map((duration) => epochCount(EPOCHS, duration))).toEqual([
      0, 1, 1, 2,
    ]);
  });

  it("are paged by whole epochs, from wherever one is", () => {
    expect(pageOf(EPOCHS, [35, 65], 1)).toEqual([65, 95]);
    expect(pageOf(EPOCHS, [35, 65], -1)).toEqual([5, 35]);
    // Between two epochs.
    expect(pageOf(EPOCHS, [40, 70], 1)).toEqual([65, 95]);
    expect(pageOf(EPOCHS, [40, 70], -1)).toEqual([35, 65]);
    // Two and a half epochs.
    expect(pageOf(EPOCHS, [35, 110], 1)).toEqual([95, 170]);
    // Less than an epoch, and no epochs.
    expect(pageOf(EPOCHS, [36, 46], 1)).toEqual([46, 56]);
    expect(pageOf(null, [36, 46], -2)).toEqual([16, 26]);
  });

  it("are the start of the window nearest to them", () => {
    expect(snapped(EPOCHS, [40, 70])).toEqual([35, 65]);
    expect(snapped(EPOCHS, [51, 81])).toEqual([65, 95]);
  });
});
