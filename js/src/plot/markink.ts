/** The colours of marks: distinct from each other and from the background. */
import { css, type Rgb, readable } from "../math/color.ts";
import { parseColor } from "../page/csscolor.ts";
import { LEAST } from "./palette.ts";
import type { Theme } from "./theme.ts";

/** The first one is for the most frequent marks; also colour-blind people can tell them apart. */
const COLORS = "#5a6872 #d03020 #0072b2 #00805c #9a45a8 #a86a00 #00839c #7a5a48".split(" ");

export interface MarkInk {
  css: string;
  rgb: Rgb;
}

const known = new WeakMap<Theme, Map<string, MarkInk>>();

/** The colour of marks: `#rrggbb`, or the number of one of the automatic colours. */
export function markInk(theme: Theme, color: string | number): MarkInk {
  let inks = known.get(theme);
  if (!inks) {
    inks = new Map();
    known.set(theme, inks);
  }
  const text = typeof color === "number" ? (COLORS[color % COLORS.length] as string) : color;
  const found = inks.get(text);
  if (found) return found;
  const least = (theme.more ? LEAST.more : LEAST.usual).text;
  const rgb = readable(parseColor(text) ?? theme.annotation, theme.ground, least);
  const made = { css: css(rgb), rgb };
  inks.set(text, made);
  return made;
}
