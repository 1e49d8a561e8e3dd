/** The names of the levels of a lane, such as sleep stages, at its left. */
import { type Layout, lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import type { Extent, Placed } from "./scalemarks.ts";
import type { Theme } from "./theme.ts";

/** Smallest distance of two names in CSS pixels. */
const APART = 11;

export function paintLevels(
  g: CanvasRenderingContext2D,
  levels: Readonly<Record<string, number>>,
  { min, max }: { min: number; max: number },
  { top, height }: Extent,
  { gutter, dpr }: Layout,
  theme: Theme,
): Placed[] {
  const placed: Placed[] = [];
  const pad = lanePad(height);
  g.font = `10px ${theme.font}`;
  g.textAlign = "right";
  g.textBaseline = "middle";
  const inOrder = Object.entries(levels).sort(([, a], [, b]) => b - a);
  for (const [name, value] of inOrder) {
    const share = shareBelow(min, max, value);
    if (!(share >= 0 && share <= 1)) continue;
    const y = Math.round((top + pad + share * (height - 2 * pad)) * dpr) / dpr;
    const before = placed.at(-1);
    if (before && y - before.y < APART) continue;
    g.fillStyle = theme.lineCss;
    g.fillRect(gutter - 4, y, 4, 1 / dpr);
    g.fillStyle = theme.muted;
    g.fillText(name, gutter - 6, y);
    placed.push({ y, width: g.measureText(name).width + 6 });
  }
  return placed;
}
