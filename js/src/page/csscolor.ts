/** CSS colours as red, green and blue. */
import { parseRgb, type Rgb } from "../math/color.ts";

/** Reads any CSS colour that the browser can paint; null for anything else. */
export function parseColor(text: string): Rgb | null {
  return parseRgb(text) ?? painted(text.trim());
}

/** Converts a colour of another colour space, such as `oklch(…)`, by painting one pixel. */
function painted(value: string): Rgb | null {
  if (!/^[a-z-]+\(.*\)$/i.test(value)) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext?.("2d");
  if (!context) return null;
  context.fillStyle = "#010203";
  // Without its opacity, which parseAlpha reads.
  context.fillStyle = value.replace(/\s*\/[^)]*\)$/, ")");
  if (context.fillStyle === "#010203") return null;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return [r ?? 0, g ?? 0, b ?? 0];
}
