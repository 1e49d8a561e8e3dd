/** The colours and fonts of a view, from the CSS variables in viewer.css. */

import { css, luminance, mix, pack, type Rgb, ramp, readable } from "../math/color.ts";
import { parseColor } from "../page/csscolor.ts";
import { liesOnDark, watchSurroundings } from "../page/surroundings.ts";

/**
 * Eight trace colours per theme, each with a contrast of at least 4.5 to its background; also people
 * with a colour vision deficiency can tell them apart (tests/export/test_palette.py).
 */
export const LIGHT_INKS = "#2266ff #881100 #446633 #660077 #996600 #007777 #dd0077 #554444";
export const DARK_INKS = "#99ccff #dd6644 #bbee88 #8877ee #eebb33 #66ffee #cc66aa #bbaa99";

export interface Ink {
  css: string;
  /** From background to full colour. */
  ramp: Uint32Array;
  /** The same with less contrast. */
  faint: Uint32Array;
}

export interface Theme {
  dark: boolean;
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
export function inkOf({ inks, chosen, ground }: Theme, { index, ink = index }: Inked): Ink {
  if (typeof ink === "number") return inks[ink % inks.length] as Ink;
  const found = chosen.get(ink);
  if (found) return found;
  const color = parseColor(ink);
  if (!color) return inks[index % inks.length] as Ink;
  const made = makeInk(readable(color, ground), ground);
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
  element.append(probe);
  const background = color(probe, "--vv-background", [255, 255, 255]);
  const dark = luminance(background) < 0.3;
  const ink: Rgb = dark ? [255, 255, 255] : [0, 0, 0];
  const text = color(probe, "--vv-text", mix(background, ink, 0.87));
  const line = color(probe, "--vv-line", mix(background, ink, 0.15));
  const warm: Rgb = dark ? [214, 160, 70] : [190, 120, 20];
  const red: Rgb = dark ? [230, 110, 110] : [225, 60, 60];
  const annotation: Rgb = dark ? [255, 138, 128] : [183, 28, 28];
  const gutter = color(probe, "--vv-gutter", mix(background, ink, 0.03));
  const accent = color(probe, "--vv-accent", [33, 150, 243]);
  probe.remove();
  return {
    dark,
    background: pack(background),
    grid: pack(mix(background, ink, dark ? 0.09 : 0.065)),
    paper: {
      minor: pack(mix(background, red, dark ? 0.16 : 0.15)),
      major: pack(mix(background, red, dark ? 0.36 : 0.38)),
    },
    line: pack(line),
    usable: pack(dark ? [38, 152, 116] : [0, 158, 115]),
    unusable: pack(dark ? [232, 122, 60] : [213, 94, 0]),
    clipped: pack(dark ? [255, 92, 92] : [214, 0, 0]),
    gap: pack(mix(background, warm, dark ? 0.2 : 0.14)),
    gapStripe: pack(mix(background, warm, dark ? 0.5 : 0.42)),
    text: css(text),
    // JupyterLab's third text colour has too little contrast for small text.
    muted: css(mix(background, text, dark ? 0.68 : 0.72)),
    backgroundCss: css(background),
    gutterCss: css(gutter),
    lineCss: css(line),
    accentCss: css(accent),
    halo: css(background, 0.8),
    annotation,
    annotationCss: css(annotation),
    font: getComputedStyle(element).fontFamily || "system-ui, sans-serif",
    inks: (dark ? DARK_INKS : LIGHT_INKS)
      .split(" ")
      .map((hex) => makeInk(parseColor(hex) as Rgb, background)),
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
  look();
}
