import { describe, expect, it } from "vitest";
import { rasterizeMarks, widen } from "../../src/plot/markraster.ts";

const RED = [200, 0, 0] as const;
const GREY = [90, 90, 90] as const;
const columns = (rgb: readonly [number, number, number], counts: number[], cover?: number[]) => ({
  ...{ rgb, counts: Uint32Array.from(counts), peak: Math.max(1, ...counts), pale: false },
  cover: cover ? Uint8Array.from(cover) : null,
});

/** Red component and opacity of each pixel. */
function draw(groups: ReturnType<typeof columns>[], width: number, height: number) {
  const pixels = new Uint32Array(width * (height + 2));
  rasterizeMarks(pixels, width, [1, height], groups);
  expect([...pixels.subarray(0, width), ...pixels.subarray(width * (height + 1))]).toEqual(
    new Array(2 * width).fill(0),
  );
  const inside = pixels.subarray(width, width * (height + 1));
  const column = (c: number) =>
    Array.from({ length: height }, (_, y) => inside[y * width + c] ?? 0);
  return {
    reds: (c: number) => column(c).map((pixel) => pixel & 0xff),
    alphas: (c: number) => column(c).map((pixel) => pixel >>> 24),
  };
}

describe("marks in a column", () => {
  it("of two groups are both seen, the rare one at the top", () => {
    const drawn = draw([columns(RED, [0, 1, 0]), columns(GREY, [50, 50, 0])], 3, 6);
    expect(drawn.reds(0)).toEqual([90, 90, 90, 90, 90, 90]);
    expect(drawn.reds(1)).toEqual([200, 200, 200, 90, 90, 90]);
    expect(drawn.alphas(2)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("of many groups are seen as far as there is room, the most frequent one always", () => {
    const groups = [1, 2, 3, 4, 5, 6].map((k) => columns([10 * k, 0, 0], [k]));
    expect(draw(groups, 1, 6).reds(0)).toEqual([10, 10, 20, 20, 60, 60]);
  });

  it("are the stronger, the more there are", () => {
    const { alphas } = draw([columns(GREY, [1, 5, 10])], 3, 2);
    const [few, more, most] = [alphas(0)[0], alphas(1)[0], alphas(2)[0]] as [
      number,
      number,
      number,
    ];
    expect(few).toBeGreaterThan(100);
    expect(more).toBeGreaterThan(few);
    expect(most).toBeGreaterThan(more);
  });

  it("last as a paler band, over which others begin", () => {
    const groups = [columns(RED, [0, 1, 0, 0], [0, 1, 1, 0]), columns(GREY, [0, 0, 1, 0])];
    const { reds, alphas } = draw(groups, 4, 2);
    expect(reds(1)).toEqual([200, 200]);
    expect(reds(2)).toEqual([90, 90]);
    const wide = draw([columns(RED, [1, 0], [1, 1])], 2, 2);
    expect(wide.alphas(1)[0]).toBeLessThan(wide.alphas(0)[0] as number);
    expect(alphas(3)).toEqual([0, 0]);
  });
});

it("single marks are made two columns wide", () => {
  const counts = Uint32Array.of(0, 3, 0, 0, 1, 2, 0);
  widen(counts, 7);
  expect([...counts]).toEqual([0, 3, 3, 0, 1, 2, 2]);
});
