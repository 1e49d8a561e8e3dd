/** The colours and fonts of a view, from the CSS variables in viewer.css. */

import { css, mix, pack, type Rgb, ramp, readable } from "../math/color.ts";
import { moreContrast, watchContrast } from "../page/contrast.ts";
import { parseColor } from "../page/csscolor.ts";
import { liesOnDark, watchSurroundings } from "../page/surroundings.ts";
import { isDark, LEAST, paletteOf } from "./palette.ts";

export interface Ink {
  css: string;
  /** From background to full colour. */
  ramp: Uint32Array;
  /** The same with less contrast. */
  faint: Uint32Array;
}

export interface Theme {
  dark: boolean;
  /** The user wants more contrast. */
  more: boolean;
  background: number;
  grid: number;
  /** The lines of ECG paper. */
  paper: { minor: number; major: number };
  line: number;
  /** Samples at the limits of the file. */
  clipped: number;
  /** Where a signal is usable, and where it is not. */
  usable: number;
  unusable: number;
  gap: number;
  gapStripe: number;
  text: string;
  muted: string;
  backgroundCss: string;
  gutterCss: string;
  lineCss: string;
  accentCss: string;
  halo: string;
  annotation: Rgb;
  annotationCss: string;
  font: string;
  inks: Ink[];
  /** Colours that were chosen for channels, as they are drawn. */
  chosen: Map<string, Ink>;
  ground: Rgb;
}

/** What determines the colour of a channel. */
interface Inked {
  index: number;
  /** `#rrggbb`, or the number of a colour of the theme. */
  ink?: string | number;
}

/** The colour of a channel, with enough contrast to the background. */
export function inkOf(theme: Theme, { index, ink = index }: Inked): Ink {
  const { inks, chosen, ground } = theme;
  if (typeof ink === "number") return inks[ink % inks.length] as Ink;
  const found = chosen.get(ink);
  if (found) return found;
  const color = parseColor(ink);
  if (!color) return inks[index % inks.length] as Ink;
  const least = (theme.more ? LEAST.more : LEAST.usual).text;
  const made = makeInk(readable(color, ground, least), ground);
  chosen.set(ink, made);
  return made;
}

function makeInk(color: Rgb, ground: Rgb): Ink {
  return {
    css: css(color),
    ramp: ramp(ground, color),
    faint: ramp(ground, mix(color, ground, 0.3)),
  };
}

/** The computed colour of a variable; the browser converts `white` and `#fff` to `rgb(…)`. */
function color(probe: HTMLElement, name: string, fallback: Rgb): Rgb {
  probe.style.color = `var(${name})`;
  return parseColor(getComputedStyle(probe).color) ?? fallback;
}

/** The current theme of an element. */
export function readTheme(element: HTMLElement): Theme {
  const probe = document.createElement("span");
  probe.hidden = true;
  // Else a browser that forces colours gives all of them the same.
  probe.style.setProperty("forced-color-adjust", "none");
  element.append(probe);
  const background = color(probe, "--vv-background", [255, 255, 255]);
  const ink: Rgb = isDark(background) ? [255, 255, 255] : [0, 0, 0];
  const more = moreContrast();
  const page = {
    background,
    gutter: color(probe, "--vv-gutter", mix(background, ink, 0.03)),
    text: color(probe, "--vv-text", mix(background, ink, 0.87)),
    line: color(probe, "--vv-line", mix(background, ink, 0.15)),
    accent: color(probe, "--vv-accent", [33, 150, 243]),
  };
  probe.remove();
  const palette = paletteOf(page, more);
  const { annotation, paper } = palette;
  return {
    dark: palette.dark,
    more,
    background: pack(background),
    grid: pack(palette.grid),
    paper: { minor: pack(paper.minor), major: pack(paper.major) },
    line: pack(page.line),
    usable: pack(palette.usable),
    unusable: pack(palette.unusable),
    clipped: pack(palette.clipped),
    gap: pack(palette.gap),
    gapStripe: pack(palette.gapStripe),
    text: css(palette.text),
    muted: css(palette.muted),
    backgroundCss: css(background),
    gutterCss: css(page.gutter),
    lineCss: css(page.line),
    accentCss: css(palette.accent),
    halo: css(background, 0.8),
    annotation,
    annotationCss: css(annotation),
    font: getComputedStyle(element).fontFamily || "system-ui, sans-serif",
    inks: palette.inks.map((one) => makeInk(one, background)),
    chosen: new Map(),
    ground: background,
  };
}

/** Calls back when the theme of JupyterLab or the background changes. */
export function watchTheme(root: HTMLElement, changed: () => void, signal: AbortSignal): void {
  let seen = "";
  const look = (): void => {
    if (!root.isConnected) return;
    root.classList.toggle("vv-dark", liesOnDark(root));
    const { color, backgroundColor, borderTopColor, fontFamily } = getComputedStyle(root);
    const now = [color, backgroundColor, borderTopColor, fontFamily].join("|");
    if (now === seen) return;
    seen = now;
    changed();
  };
  watchSurroundings(root, look, signal);
  watchContrast(changed, signal);
  look();
}
