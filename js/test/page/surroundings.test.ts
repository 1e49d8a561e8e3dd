import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseAlpha } from "../../src/math/color.ts";
import { parseColor } from "../../src/page/csscolor.ts";
import { liesOnDark, outwards, watchSurroundings } from "../../src/page/surroundings.ts";
import { watchTheme } from "../../src/plot/theme.ts";

let controller = new AbortController();
beforeEach(() => {
  controller = new AbortController();
});
afterEach(() => {
  controller.abort();
  document.body.replaceChildren();
  document.body.removeAttribute("style");
});

/** An element in a shadow root in a shadow root in the page, and the hosts from within. */
function nested(): [HTMLElement, HTMLElement, HTMLElement] {
  const outer = document.createElement("div");
  document.body.append(outer);
  const inner = document.createElement("div");
  outer.attachShadow({ mode: "open" }).append(inner);
  const leaf = document.createElement("div");
  inner.attachShadow({ mode: "open" }).append(leaf);
  return [leaf, inner, outer];
}
const frames = async (n: number): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};

test("the way outwards leads out of shadow roots", () => {
  const [leaf, inner, outer] = nested();
  const { body, documentElement } = document;
  expect([...outwards(leaf)]).toEqual([leaf, inner, outer, body, documentElement]);
  expect([...outwards(document.createElement("p"))]).toHaveLength(1);
});

test.each([
  ["rgb(20, 20, 20)", true],
  ["rgb(250, 250, 250)", false],
  ["rgba(20, 20, 20, 0.9)", true],
])("what lies on %s lies on dark: %s", (background, dark) => {
  const [leaf, , outer] = nested();
  outer.style.backgroundColor = background;
  leaf.style.backgroundColor = dark ? "white" : "black"; // its own does not count
  expect(liesOnDark(leaf)).toBe(dark);
});

test("where nothing is painted, light text means dark surroundings", () => {
  const [leaf, inner] = nested();
  inner.style.backgroundColor = "rgba(0, 0, 0, 0.1)";
  inner.style.color = "rgb(230, 230, 230)";
  expect(liesOnDark(leaf)).toBe(true);
  inner.style.color = "rgb(30, 30, 30)";
  expect(liesOnDark(leaf)).toBe(false);
  expect(liesOnDark(document.createElement("div"))).toBe(false);
});

test("a change of any host is seen, many of a frame once, none after the end", async () => {
  const [leaf, inner, outer] = nested();
  const changed = vi.fn();
  watchSurroundings(leaf, changed, controller.signal);
  await frames(3);
  for (const one of [inner, outer, document.body, document.documentElement]) {
    const before = changed.mock.calls.length;
    one.setAttribute("data-theme", "dark");
    one.setAttribute("class", "dark");
    await frames(3);
    expect(changed.mock.calls.length).toBe(before + 1);
    one.removeAttribute("data-theme");
    one.removeAttribute("class");
    await frames(3);
  }
  controller.abort();
  const before = changed.mock.calls.length;
  outer.setAttribute("class", "light");
  await frames(3);
  expect(changed.mock.calls.length).toBe(before);
});

test("sheets that load within a shadow root are seen", async () => {
  const [leaf, inner] = nested();
  const changed = vi.fn();
  watchSurroundings(leaf, changed, controller.signal);
  await frames(3);
  const before = changed.mock.calls.length;
  const sheet = document.createElement("div");
  inner.shadowRoot?.append(sheet);
  sheet.dispatchEvent(new Event("load"));
  await frames(3);
  expect(changed.mock.calls.length).toBe(before + 1);
});

test("a view is drawn anew only where its colours are others", async () => {
  const [leaf, , outer] = nested();
  const changed = vi.fn();
  watchTheme(leaf, changed, controller.signal);
  await frames(3);
  const before = changed.mock.calls.length;
  outer.setAttribute("class", "wide");
  await frames(3);
  expect(changed.mock.calls.length).toBe(before);
  outer.style.backgroundColor = "rgb(0, 0, 0)";
  leaf.style.color = "white";
  await frames(3);
  expect(changed.mock.calls.length).toBe(before + 1);
  expect(leaf.classList.contains("vv-dark")).toBe(true);
});

test.each([
  ["rgba(1, 2, 3, 0.25)", 0.25],
  ["rgb(1 2 3 / 40%)", 0.4],
  ["rgb(1, 2, 3)", 1],
  ["oklch(0.2 0.1 200 / 0.5)", 0.5],
  ["color(srgb 1 0 0)", 1],
  ["transparent", 0],
  ["", 0],
])("%s is opaque to %s", (text, alpha) => {
  expect(parseAlpha(text)).toBe(alpha);
});

test.each(["inherit", "currentcolor", "rgb(a, b, c)", ""])("%s is no colour", (text) => {
  expect(parseColor(text)).toBe(null);
});
