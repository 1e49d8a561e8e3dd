/** Colours, also as the numbers of pixel buffers (little-endian ABGR). */

export type Rgb = readonly [number, number, number];

/** Reads `#rgb`, `#rrggbb` and `rgb(…)`; null for anything else. */
export function parseRgb(text: string): Rgb | null {
  const value = text.trim();
  const hex = /^#([0-9a-f]{3,8})$/i.exec(value)?.[1];
  if (hex && (hex.length === 3 || hex.length === 4)) {
    return [0, 1, 2].map((k) => Number.parseInt(hex.charAt(k).repeat(2), 16)) as unknown as Rgb;
  }
  if (hex && (hex.length === 6 || hex.length === 8)) {
    return [0, 2, 4].map((k) => Number.parseInt(hex.slice(k, k + 2), 16)) as unknown as Rgb;
  }
  const parts = partsOf(value);
  if (!parts) return null;
  const numbers = parts.slice(0, 3).map((part) => {
    const number = Number.parseFloat(part);
    return part.endsWith("%") ? number * 2.55 : number;
  });
  return numbers.every(Number.isFinite) ? (numbers.map(Math.round) as unknown as Rgb) : null;
}

/** Opacity of a computed colour, 0 to 1. */
export function parseAlpha(text: string): number {
  const value = text.trim();
  if (value === "" || value === "transparent") return 0;
  const last = /^rgba?\(/i.test(value)
    ? partsOf(value)?.[3]
    : /\/\s*([\d.e+-]+%?)\s*\)/.exec(value)?.[1];
  if (last === undefined) return 1;
  return Number.parseFloat(last) / (last.endsWith("%") ? 100 : 1);
}

function partsOf(value: string): string[] | null {
  const parts = /^rgba?\(([^)]*)\)$/i
    .exec(value)?.[1]
    ?.split(/[\s,/]+/)
    .filter(Boolean);
  return parts && parts.length >= 3 ? parts : null;
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [0, 1, 2].map((k) =>
    Math.round((a[k] as number) * (1 - share) + (b[k] as number) * share),
  ) as unknown as Rgb;
}

export function pack([r, g, b]: Rgb): number {
  return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
}

export function css([r, g, b]: Rgb, alpha = 1): string {
  return alpha === 1 ? `rgb(${r}, ${g}, ${b})` : `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

/** Relative luminance as defined in WCAG 2. */
export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** The smallest contrast of a trace to its background: WCAG 2, level AA, for small text. */
const LEAST_CONTRAST = 4.5;
const STEPS = 64;

/**
 * The colour with the smallest share of black or white, in steps of 1/64, whose contrast to a
 * background is at least `least`; `core/color.py` computes the same.
 */
export function readable(color: Rgb, background: Rgb, least = LEAST_CONTRAST): Rgb {
  const [black, white]: Rgb[] = [
    [0, 0, 0],
    [255, 255, 255],
  ];
  const ink = (
    contrast(white as Rgb, background) > contrast(black as Rgb, background) ? white : black
  ) as Rgb;
  for (let k = 0; k < STEPS; k++) {
    const made = mix(color, ink, k / STEPS);
    if (contrast(made, background) >= least) return made;
  }
  return ink;
}

/** Packed colours from background (0) to ink (255), for antialiased edges. */
export function ramp(background: Rgb, ink: Rgb): Uint32Array {
  const out = new Uint32Array(256);
  for (let k = 0; k < 256; k++) out[k] = pack(mix(background, ink, k / 255));
  return out;
}
