/** The values at the pointer, beside the lanes: they cover no trace. */
import type { Feature, Frame, ViewHost } from "./feature.ts";
import { labelPlaces } from "./gutter.ts";
import type { DrawnLane } from "./lanes.ts";
import { read } from "./overlay.ts";
import { elide, Surface } from "./surface.ts";
import { inkOf } from "./theme.ts";

const ROW = 14;
/** Height of a number of the scale, and width of a scale bar, at the right of the gutter. */
const NUMBER = 13;
const BAR = 9;

export function readings(host: ViewHost): Feature {
  const surface = new Surface(host.body, "readings");
  let shown = false;
  return {
    paint(_, frame) {
      const { box, pointer } = frame;
      if (pointer === null && !shown) return;
      surface.place(0, 0, box.gutter - 1, box.axisTop, box.dpr);
      const g = surface.begin();
      shown = pointer !== null;
      if (!g || pointer === null) return;
      g.beginPath();
      g.rect(0, box.lanesTop, box.gutter, box.lanesHeight);
      g.clip();
      paintReadings(g, pointer, frame);
    },
  };
}

function paintReadings(g: CanvasRenderingContext2D, pointer: number, frame: Frame): void {
  const { state, box, theme, drawn } = frame;
  const share = pointer / box.plotWidth;
  const t = state.t0 + (state.t1 - state.t0) * share;
  const room = box.gutter - 14;
  g.textBaseline = "middle";
  g.textAlign = "left";
  for (const lane of drawn) {
    const reading = read(lane, t, share);
    if (!reading) continue;
    const own = state.lanes.find(({ signals }) => signals.includes(lane.channel));
    const place = own && labelPlaces.get(own);
    const y = rowOf(lane, drawn, place?.under);
    if (y === null) continue;
    g.font = `600 11px ${theme.font}`;
    // Without units rather than cut off; a range takes two numbers.
    const [text = ""] = reading.texts.filter((one) => g.measureText(one).width <= room);
    const fitting = text || elide(g, reading.texts.at(-1) ?? "", room);
    g.fillStyle = theme.gutterCss;
    const right = 9 + g.measureText(fitting).width + 3;
    const row = box.lanesTop + y - ROW / 2;
    const wide = Math.max(right, (place?.underEnd ?? 0) + 1);
    g.fillRect(3, row, Math.min(wide, box.gutter - 1) - 3, ROW);
    // What would be cut in half: numbers of the scale, or the bar of a low lane.
    for (const { y: at, width } of place?.numbers ?? []) {
      const left = box.gutter - width - 2;
      const top = lane.top + at - NUMBER / 2;
      if (right <= left || top >= y + ROW / 2 || top + NUMBER <= y - ROW / 2) continue;
      g.fillRect(left, box.lanesTop + top, width + 1, NUMBER);
    }
    if (place?.numbers === null && right > box.gutter - BAR) {
      g.fillRect(box.gutter - BAR, box.lanesTop + lane.top + 1, BAR - 1, lane.height - 2);
    }
    g.fillStyle = inkOf(theme, lane.channel).css;
    g.fillText(fitting, 9, box.lanesTop + y + 0.5);
  }
}

/** The middle of the row for the value of a signal, from the top of the lanes; null without room. */
function rowOf(
  lane: DrawnLane,
  drawn: readonly DrawnLane[],
  underName = lane.height / 2 + 7,
): number | null {
  const { top, height, order } = lane;
  const others = drawn.filter((one) => one.top === top).length;
  // Under the name of the lane, in the place of the units.
  const place = top + underName;
  if (height < 34) return order === 0 ? place : null;
  const first = others > 1 ? Math.min(place, top + height - 3 - ROW * (others - 0.5)) : place;
  const y = first + order * ROW;
  return y + ROW / 2 <= top + height + 1 ? y : null;
}
