/** Draws the spectrograms of lanes. */
import type { SpectrogramPicture } from "../data/types.ts";
import { colorAt } from "../math/colormap.ts";
import { lanePad } from "../math/layout.ts";
import { shareBelow } from "../math/scale.ts";
import { tilesIn } from "../math/spectrogramtiles.ts";
import type { Feature, Frame, ViewHost } from "./feature.ts";
import type { DrawnLane } from "./lanes.ts";

/** Distance of the stripes where a tile is not there yet (CSS pixels). */
const STRIPES = 8;

export function spectrograms(host: ViewHost): Feature {
  const drawings = new WeakMap<Uint8Array, HTMLCanvasElement>();
  const drawingOf = (codes: Uint8Array, rows: number): HTMLCanvasElement => {
    const known = drawings.get(codes);
    if (known) return known;
    const made = draw(codes, rows);
    drawings.set(codes, made);
    return made;
  };
  return {
    paint(g, frame) {
      const { t0, t1 } = host.state;
      for (const lane of frame.drawn) {
        const { channel } = lane;
        if (channel.style !== "spectrogram") continue;
        const { source } = host.session;
        const state = source.spectrogram(channel.index, channel.key ?? "", t0, t1);
        const { picture, error } = state;
        let missing = state.absent === true;
        if (missing) {
          g.save();
          clip(g, lane, frame);
          hatch(g, lane, frame, 0, frame.box.plotWidth);
          g.restore();
        }
        const [first, last] = picture ? tilesIn(picture, t0, t1) : [0, 0];
        let known = picture !== null && last < first;
        for (let tile = first; tile <= last; tile++) {
          const codes = picture?.tiles.get(tile);
          if (!picture) continue;
          const held = codes !== undefined && codes.length > 0;
          missing ||= codes?.length === 0;
          known ||= held;
          g.save();
          clip(g, lane, frame);
          if (held) paintTile(g, lane, frame, picture, tile, drawingOf(codes, picture.rows));
          else hatchTile(g, lane, frame, picture, tile);
          g.restore();
        }
        const absent = missing ? host.session.absent() : "";
        if (!known) say(g, lane, frame, error || absent || "computing the spectrogram …");
      }
    },
  };
}

/** One pixel for each cell, the highest frequency at the top. */
function draw(codes: Uint8Array, rows: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const columns = codes.length / rows;
  [canvas.width, canvas.height] = [columns, rows];
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

/** Limits what is drawn to the visible part of a lane. */
function clip(g: CanvasRenderingContext2D, { top, height }: DrawnLane, { box }: Frame): void {
  g.beginPath();
  g.rect(0, box.lanesTop, box.plotWidth, box.lanesHeight);
  g.clip();
  g.beginPath();
  g.rect(0, box.lanesTop + top, box.plotWidth, height);
  g.clip();
}

/** Position of the start of a column; edges of tiles are edges of pixels, so no seam is seen. */
function columnStart(
  { state, box }: Frame,
  { t0, columnSeconds, tileColumns }: SpectrogramPicture,
  tile: number,
  column: number,
): number {
  const pps = box.plotWidth / (state.t1 - state.t0);
  const t = t0 + (tile * tileColumns + column) * columnSeconds;
  return Math.round((t - state.t0) * pps * box.dpr) / box.dpr;
}

function paintTile(
  g: CanvasRenderingContext2D,
  { scale, top, height }: DrawnLane,
  frame: Frame,
  picture: SpectrogramPicture,
  tile: number,
  drawing: HTMLCanvasElement,
): void {
  const { state, box } = frame;
  const { t0, columnSeconds, tileColumns, band } = picture;
  const pad = lanePad(height);
  const y = (frequency: number): number =>
    box.lanesTop + top + pad + shareBelow(scale.min, scale.max, frequency) * (height - 2 * pad);
  // Only the visible columns: a canvas of hours would be scaled to millions of pixels.
  const start = t0 + tile * tileColumns * columnSeconds;
  const first = Math.max(0, Math.floor((state.t0 - start) / columnSeconds));
  const last = Math.min(drawing.width, Math.ceil((state.t1 - start) / columnSeconds));
  if (last <= first) return;
  const x = columnStart(frame, picture, tile, first);
  const width = columnStart(frame, picture, tile, last) - x;
  g.imageSmoothingEnabled = width < last - first;
  const [upper, lower] = [y(band[1]), y(band[0])];
  g.drawImage(drawing, first, 0, last - first, drawing.height, x, upper, width, lower - upper);
}

/** Hatches a tile that is still being computed, or that a page does not contain. */
function hatchTile(
  g: CanvasRenderingContext2D,
  lane: DrawnLane,
  frame: Frame,
  picture: SpectrogramPicture,
  tile: number,
): void {
  const columns = Math.min(picture.tileColumns, picture.columns - tile * picture.tileColumns);
  const left = Math.max(0, columnStart(frame, picture, tile, 0));
  const right = Math.min(frame.box.plotWidth, columnStart(frame, picture, tile, columns));
  hatch(g, lane, frame, left, right);
}

function hatch(
  g: CanvasRenderingContext2D,
  { top, height }: DrawnLane,
  { box, theme }: Frame,
  left: number,
  right: number,
): void {
  const [upper, lower] = [box.lanesTop + top, box.lanesTop + top + height];
  g.beginPath();
  g.rect(left, upper, right - left, height);
  g.clip();
  g.beginPath();
  // The stripes of neighbouring tiles match.
  for (let x = Math.floor((left - height) / STRIPES) * STRIPES; x < right; x += STRIPES) {
    g.moveTo(x, lower);
    g.lineTo(x + height, upper);
  }
  g.strokeStyle = theme.lineCss;
  g.lineWidth = 1;
  g.stroke();
}

function say(
  g: CanvasRenderingContext2D,
  { top, height }: DrawnLane,
  { box, theme }: Frame,
  text: string,
): void {
  g.font = `11px ${theme.font}`;
  g.fillStyle = theme.backgroundCss;
  g.fillRect(4, box.lanesTop + top + height / 2 - 9, g.measureText(text).width + 8, 18);
  g.fillStyle = theme.muted;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(text, 8, box.lanesTop + top + height / 2);
}
