import { expect, it } from "vitest";
import shared from "../../../tests/fixtures/colormap.json" with { type: "json" };
import { colorAt } from "../../src/math/colormap.ts";

it("has the same colours as pictures from Python", () => {
  expect(shared.shares.map(colorAt)).toEqual(shared.colors);
});
