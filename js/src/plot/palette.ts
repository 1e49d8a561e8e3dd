/** The colours of a view as they follow from a few colours of the page. */
import { luminance, mix, type Rgb, readable } from "../math/color.ts";
import { parseColor } from "../page/csscolor.ts";

/**
 * Eight trace colours per theme, each with a contrast of at least 4.5 to its background; also people
 * with a colour vision deficiency can tell them apart (tests/export/test_palette.py).
 */
export const LIGHT_INKS = "#2266ff #881100 #446633 #660077 #996600 #007777 #dd0077 #554444";
export const DARK_INKS = "#99ccff #dd6644 #bbee88 #8877ee #eebb33 #66ffee #cc66aa #bbaa99";

/** The colours of the page. */
export interface PageColors {
  background: Rgb;
  /** Behind the channel names and in panels. */
  gutter: Rgb;
  text: Rgb;
  line: Rgb;
  accent: Rgb;
}

export interface Palette extends PageColors {
  dark: boolean;
  muted: Rgb;
  grid: Rgb;
  /** The lines of ECG paper. */
  paper: { minor: Rgb; major: Rgb };
  /** Samples at the limits of the file. */
  clipped: Rgb;
  /** Where a signal is usable, and where it is not. */
  usable: Rgb;
  unusable: Rgb;
  gap: Rgb;
  gapStripe: Rgb;
  annotation: Rgb;
  inks: readonly Rgb[];
}

/** The least contrast of text and of other parts to the background: WCAG 2, level AA; AAA if more. */
export const LEAST = { usual: { text: 4.5, part: 3 }, more: { text: 7, part: 4.5 } } as const;

export function isDark(background: Rgb): boolean {
  return luminance(background) < 0.3;
}

export function paletteOf(page: PageColors, more = false): Palette {
  const { background, gutter } = page;
  const dark = isDark(background);
  const least = more ? LEAST.more : LEAST.usual;
  const ink: Rgb = dark ? [255, 255, 255] : [0, 0, 0];
  const warm: Rgb = dark ? [214, 160, 70] : [190, 120, 20];
  const red: Rgb = dark ? [230, 110, 110] : [225, 60, 60];
  /** Legible on the background and beside it. */
  const text = (color: Rgb): Rgb =>
    readable(readable(color, background, least.text), gutter, least.text);
  const part = (color: Rgb): Rgb => readable(color, background, least.part);
  const shade = (share: number): number => (more ? Math.min(1, share * 2.5) : share);
  return {
    ...page,
    dark,
    accent: part(page.accent),
    text: text(page.text),
    // JupyterLab's third text colour has too little contrast for small text.
    muted: more ? text(page.text) : text(mix(background, page.text, dark ? 0.68 : 0.72)),
    grid: mix(background, ink, shade(dark ? 0.09 : 0.065)),
    paper: {
      minor: mix(background, red, dark ? 0.16 : 0.15),
      major: mix(background, red, shade(dark ? 0.36 : 0.38)),
    },
    clipped: part(dark ? [255, 92, 92] : [214, 0, 0]),
    usable: part(dark ? [38, 152, 116] : [0, 158, 115]),
    unusable: part(dark ? [232, 122, 60] : [213, 94, 0]),
    gap: mix(background, warm, dark ? 0.2 : 0.14),
    gapStripe: more ? part(warm) : mix(background, warm, dark ? 0.5 : 0.42),
    annotation: text(dark ? [255, 138, 128] : [183, 28, 28]),
    inks: (dark ? DARK_INKS : LIGHT_INKS).split(" ").map((hex) => text(parseColor(hex) as Rgb)),
  };
}
