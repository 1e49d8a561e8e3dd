/** Draws the spectrograms of lanes. */
import type { SpectrogramPicture } from "../data/types.ts";
import { colorAt } from "../math/colormap.ts";
import { lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";

const KEPT = 4;

export function spectrograms(host: ViewHost): Feature {
  const drawings = new Map<SpectrogramPicture, HTMLCanvasElement>();
  const drawingOf = (picture: SpectrogramPicture): HTMLCanvasElement => {
    const known = drawings.get(picture);
    if (known) return known;
    const made = draw(picture);
    drawings.set(picture, made);
    const [oldest] = drawings.keys();
    if (drawings.size > KEPT && oldest) drawings.delete(oldest);
    return made;
  };
  return {
    paint(g, frame) {
      for (const lane of frame.drawn) {
        const { channel } = lane;
        if (channel.style !== "spectrogram") continue;
        const { source } = host.session;
        const { picture, progress, error } = source.spectrogram(channel.index, channel.key ?? "");
        if (picture && picture.columns > 0) paintStrip(g, lane, frame, picture, drawingOf(picture));
        else
          say(
            g,
            lane,
            frame,
            error || `computing the spectrogram: ${Math.floor(progress * 100)} %`,
          );
      }
    },
  };
}

/** One pixel for each cell, the highest frequency at the top. */
function draw({ rows, columns, codes }: SpectrogramPicture): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.max(1, columns), Math.max(1, rows)];
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const image = context.createImageData(canvas.width, canvas.height);
  const colors = Array.from({ length: 255 }, (_, k) => colorAt(k / 254));
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) {
      const code = codes[row * columns + c] as number;
      const color = colors[code - 1];
      if (!color) continue;
      const at = ((rows - 1 - row) * columns + c) * 4;
      image.data.set([color[0], color[1], color[2], 255], at);
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function paintStrip(
  g: CanvasRenderingContext2D,
  { scale, top, height }: DrawnLane,
  { state, box }: Frame,
  { t0, columnSeconds, columns, band }: SpectrogramPicture,
  drawing: HTMLCanvasElement,
): void {
  const pps = box.plotWidth / (state.t1 - state.t0);
  const pad = lanePad(height);
  const y = (frequency: number): number =>
    box.lanesTop + top + pad + shareBelow(scale.min, scale.max, frequency) * (height - 2 * pad);
  g.save();
  g.beginPath();
  g.rect(0, box.lanesTop, box.plotWidth, box.lanesHeight);
  g.clip();
  g.beginPath();
  g.rect(0, box.lanesTop + top, box.plotWidth, height);
  g.clip();
  // Only the visible columns: a canvas of hours would be scaled to millions of pixels.
  const first = Math.max(0, Math.floor((state.t0 - t0) / columnSeconds));
  const last = Math.min(columns, Math.ceil((state.t1 - t0) / columnSeconds));
  if (last > first) {
    const x = (t0 + first * columnSeconds - state.t0) * pps;
    const width = (last - first) * columnSeconds * pps;
    g.imageSmoothingEnabled = width < last - first;
    const [upper, lower] = [y(band[1]), y(band[0])];
    const rows = drawing.height;
    g.drawImage(drawing, first, 0, last - first, rows, x, upper, width, lower - upper);
  }
  g.restore();
}

function say(
  g: CanvasRenderingContext2D,
  { top, height }: DrawnLane,
  { box, theme }: Frame,
  text: string,
): void {
  g.font = `11px ${theme.font}`;
  g.fillStyle = theme.muted;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, 8, box.lanesTop + top + height / 2);
}
