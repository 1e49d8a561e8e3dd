/** What the modules of one page share. */
import { expect, it } from "vitest";
import { firstOfPage } from "../src/sharedcode.ts";

it("gives all modules what the first one made, by its name", () => {
  const [one, two] = [() => 1, () => 2];
  expect(firstOfPage("one", one)).toBe(one);
  expect(firstOfPage("one", two)).toBe(one);
  expect(firstOfPage("two", two)).toBe(two);
});
