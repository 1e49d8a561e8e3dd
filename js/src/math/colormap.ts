/** A colour map whose lightness rises evenly from dark blue to yellow, in the Oklab space. */
import type { Rgb } from "./color.ts";

const LIGHTNESS = [0.18, 0.95] as const;
/** Hue in degrees: blue, over green, to yellow. */
const HUE = [285, 105] as const;
const CHROMA = 0.105;

/** The colour at a share from 0 to 1. */
export function colorAt(share: number): Rgb {
  const mixed = ([a, b]: readonly [number, number]): number => a + (b - a) * share;
  const hue = (mixed(HUE) * Math.PI) / 180;
  return fromOklab(mixed(LIGHTNESS), CHROMA * Math.cos(hue), CHROMA * Math.sin(hue));
}

/** Ottosson's Oklab as sRGB; colours outside of sRGB are cut. */
function fromOklab(l: number, a: number, b: number): Rgb {
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
  return linear.map((value) => {
    const x = Math.min(1, Math.max(0, value));
    return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
  }) as unknown as Rgb;
}
