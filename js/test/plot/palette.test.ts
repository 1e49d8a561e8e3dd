import { expect, it } from "vitest";
import { contrast, parseRgb, type Rgb } from "../../src/math/color.ts";
import { LEAST, type PageColors, paletteOf } from "../../src/plot/palette.ts";

const sheets = import.meta.glob("../../src/viewer.css", {
  query: "?raw",
  import: "default",
  eager: true,
}) as Record<string, string>;
const sheet = Object.values(sheets)[0] as string;
const MORE = sheet.indexOf("@media (prefers-contrast: more)");

type Name = keyof PageColors | "control" | "error" | "warn";
type Colors = Partial<Record<Name, Rgb>>;

/** The colours of the style sheet where no host sets any; `at` is where its rule begins. */
function colorsOf(selector: string, from = 0): Colors {
  const at = sheet.indexOf(`${selector} {`, from);
  const rule = sheet.slice(at, sheet.indexOf("}", at));
  const found = [...rule.matchAll(/--vv-(\w+): (?:var\([\w-]+, )?(#[0-9a-f]{6})/g)];
  return Object.fromEntries(found.map(([, name, hex]) => [name, parseRgb(hex as string) as Rgb]));
}

const LIGHT = colorsOf("\n.vital-viewer");
const DARK = colorsOf("\n.vital-viewer.vv-dark");
/** Of JupyterLab 4: the variables that `viewer.css` names. */
const lab = (
  background: string,
  gutter: string,
  text: string,
  line: string,
  accent: string,
): Colors =>
  Object.fromEntries(
    Object.entries({ background, gutter, text, line, accent }).map(([name, hex]) => [
      name,
      parseRgb(hex) as Rgb,
    ]),
  );
const PAGES: Record<string, [Colors, boolean]> = {
  "light page": [LIGHT, false],
  "dark page": [DARK, false],
  "JupyterLab Light": [{ ...LIGHT, ...lab("#fff", "#fff", "#000", "#e0e0e0", "#1976d2") }, false],
  "JupyterLab Dark": [{ ...DARK, ...lab("#111", "#212121", "#fff", "#424242", "#2196f3") }, false],
  "JupyterLab Dark High Contrast": [
    { ...DARK, ...lab("#111", "#111", "#fff", "#e0e0e0", "#319bf2") },
    false,
  ],
  "more contrast, light": [colorsOf("  .vital-viewer", MORE), true],
  "more contrast, dark": [colorsOf("  .vital-viewer.vv-dark", MORE), true],
  // Colours of Windows contrast themes, which forced colours bring.
  "forced colours, night sky": [lab("#000", "#000", "#fff", "#a6a6a6", "#d6b4fd"), true],
  "forced colours, desert": [lab("#fffaef", "#fffaef", "#3d3d3d", "#676767", "#903909"), true],
};

it.each(Object.keys(PAGES))("all colours have enough contrast: %s", (name) => {
  const [page, more] = PAGES[name] as [Colors, boolean];
  expect(Object.keys(page).length).toBeGreaterThanOrEqual(5);
  const palette = paletteOf(page as unknown as PageColors, more);
  const { background, gutter, inks } = palette;
  const least = more ? LEAST.more : LEAST.usual;
  const texts = {
    text: palette.text,
    muted: palette.muted,
    annotation: palette.annotation,
    ...(page.error ? { error: page.error } : {}),
    ...Object.fromEntries(inks.map((ink, k) => [`ink ${k}`, ink])),
  };
  const parts = {
    accent: palette.accent,
    usable: palette.usable,
    unusable: palette.unusable,
    clipped: palette.clipped,
    ...(page.control ? { control: page.control } : {}),
    ...(page.warn ? { warn: page.warn } : {}),
    ...(more ? { gapStripe: palette.gapStripe, line: palette.line } : {}),
  };
  const low: string[] = [];
  for (const [what, color] of Object.entries(texts)) {
    for (const ground of [background, gutter]) {
      const ratio = contrast(color, ground);
      if (ratio < least.text) low.push(`${what} ${color} on ${ground}: ${ratio.toFixed(2)}`);
    }
  }
  for (const [what, color] of Object.entries(parts)) {
    const ratio = contrast(color, background);
    if (ratio < least.part) low.push(`${what} ${color}: ${ratio.toFixed(2)}`);
  }
  // The style sheet itself uses these for focus and for chosen rows.
  const accent = page.accent as Rgb;
  for (const ground of [background, gutter]) {
    if (contrast(accent, ground) < 3) low.push(`focus ${accent} on ${ground}`);
  }
  expect(low).toEqual([]);
});

it("the style sheet's colours were found", () => {
  for (const colors of [LIGHT, DARK, PAGES["more contrast, dark"]?.[0]]) {
    expect(Object.keys(colors ?? {}).sort()).toEqual(
      ["accent", "background", "control", "error", "gutter", "line", "text", "warn"].sort(),
    );
  }
});
