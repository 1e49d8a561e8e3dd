import { describe, expect, it } from "vitest";
import { atLimits, beyondScale } from "../../src/math/clips.ts";
import { Columns } from "../../src/math/columns.ts";

function columns(lo: number[], hi: number[]): Columns {
  const out = new Columns();
  out.begin(lo.length, 0, 1);
  out.lo.set(lo);
  out.hi.set(hi);
  return out;
}
const nan = Number.NaN;

describe("clipped values", () => {
  it("are those beyond the lane, not those at its edge", () => {
    const some = columns([0, -1, -1.01, nan, -9, 0], [1, 1, 1.01, nan, 2, 1.5]);
    expect(beyondScale(some, [-1, 1])).toEqual({ above: [2, 3, 4, 6], below: [2, 3, 4, 5] });
    const huge = columns([-1.7e308], [1.7e308]);
    expect(beyondScale(huge, [-1.7e308, 1.7e308])).toEqual({ above: [], below: [] });
  });

  it("are at the limits of the file, to half a step of its scale", () => {
    const some = columns([-2.048, -2.047, nan, 0], [0, 2.0469999, nan, 2.046]);
    const at = atLimits(some, [-2.048, 2.047], 0.001);
    expect(at).toEqual({ above: [1, 2], below: [0, 1] });
    expect(atLimits(some, [-2.048, 2.047], -0.001)).toEqual(at);
  });
});
