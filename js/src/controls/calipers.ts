/** Calipers: the distance of two points of a trace in time and amplitude. */
import { rangeDrag } from "../gestures/select.ts";
import type { Drag } from "../gestures/target.ts";
import { type Point, snap } from "../math/calipers.ts";
import { addElement } from "../page/element.ts";
import { lanePoints, pixelsOf } from "../plot/caliperlines.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import type { DrawnLane } from "../plot/lanes.ts";
import type { Caliper } from "../state/measurestate.ts";
import { addButton, groupOf } from "./toolbar.ts";

const CALIPER =
  "M1.5 2h1.4v12H1.5zM13.1 2h1.4v12h-1.4zM4 8l2.6-2.6v1.9h2.8V5.4L12 8l-2.6 2.6V8.7H6.6v1.9z";
const MARCH = "M1 2h1.3v12H1zm4.2 0h1.3v12H5.2zm4.2 0h1.3v12H9.4zm4.2 0h1.3v12h-1.3z";
/** Distance in pixels within which a pointer takes an end of the caliper. */
const GRIP = { mouse: 9, touch: 22 };

export function calipers(host: ViewHost): Feature {
  const { state, signal } = host;
  const { measure } = state;
  const group = groupOf(host.toolbar, "measure");
  let active = false;

  const lanesOf = (name: string): DrawnLane[] =>
    host.drawn().filter(({ channel }) => channel.name === name);
  const position = (event: PointerEvent): [number, number] => {
    const { left, top } = host.plot.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top - host.layout().lanesTop];
  };
  const xOf = (t: number): number =>
    ((t - state.t0) / (state.t1 - state.t0)) * host.layout().plotWidth;

  /** The point of a lane at the pointer; with Alt it does not snap. */
  const pointAt = (lane: DrawnLane, event: PointerEvent): Point | null => {
    const [x, y] = position(event);
    const pixels = pixelsOf(lane, state, host.layout());
    if (event.altKey) return { t: pixels.t(x), value: pixels.value(y) };
    return snap(lanePoints(lane, state, x, host.layout()), x, y, pixels);
  };
  const laneUnder = (event: PointerEvent): DrawnLane | null => {
    const y = position(event)[1];
    const under = host.drawn().filter(({ top, height }) => y >= top && y < top + height);
    const distance = (lane: DrawnLane): number => {
      const point = pointAt(lane, event);
      if (!point) return Number.POSITIVE_INFINITY;
      return Math.abs(pixelsOf(lane, state, host.layout()).y(point.value) - y);
    };
    // Of several signals in one lane, that which is closest to the pointer.
    return under.sort((a, b) => distance(a) - distance(b))[0] ?? null;
  };
  /** Moves one end, or, for a new caliper, the end that follows the pointer. */
  const dragEnd = (caliper: Caliper, end: "from" | "to", before: Caliper | null): Drag => ({
    move(event) {
      host.point(null);
      const [lane] = lanesOf(caliper.channel);
      const point = lane ? pointAt(lane, event) : null;
      if (point) measure.setCaliper({ ...caliper, [end]: point });
    },
    end: (_, moved) => {
      if (!moved) measure.setCaliper(before);
    },
    cancel: () => measure.setCaliper(before),
  });
  const dragBoth = (caliper: Caliper, began: PointerEvent): Drag => {
    const [x0] = position(began);
    return {
      move(event) {
        host.point(null);
        const seconds =
          ((position(event)[0] - x0) / host.layout().plotWidth) * (state.t1 - state.t0);
        const moved = ({ t, value }: Point): Point => ({ t: t + seconds, value });
        measure.setCaliper({ ...caliper, from: moved(caliper.from), to: moved(caliper.to) });
      },
      end: () => {},
      cancel: () => measure.setCaliper(caliper),
    };
  };
  const claim = (event: PointerEvent): Drag | null => {
    if (!active || event.shiftKey) return null;
    const grip = event.pointerType === "touch" ? GRIP.touch : GRIP.mouse;
    const { caliper } = measure;
    const x = position(event)[0];
    if (caliper) {
      const [a, b] = [xOf(caliper.from.t), xOf(caliper.to.t)];
      const end = Math.abs(b - x) <= Math.abs(a - x) ? "to" : "from";
      if (Math.abs((end === "to" ? b : a) - x) <= grip) return dragEnd(caliper, end, caliper);
      const y = position(event)[1] + host.layout().lanesTop;
      const bar = Number(host.root.getAttribute("data-caliper-bar"));
      if (x > Math.min(a, b) && x < Math.max(a, b) && Math.abs(y - bar) <= grip)
        return dragBoth(caliper, event);
    }
    const lane = laneUnder(event);
    const from = lane && pointAt(lane, event);
    if (!lane || !from) return null;
    const marching = caliper?.marching ?? false;
    return dragEnd({ channel: lane.channel.name, from, to: from, marching }, "to", caliper);
  };

  /** A finger that rests: moved on, it selects; lifted, it puts calipers there. */
  const hold = (event: PointerEvent): Drag | null => {
    // Then a drag is a mark or a caliper already.
    if (active || host.root.classList.contains("vv-marks")) return null;
    const range = rangeDrag(event, host.plot, host);
    const hint = addElement(host.body, "div", "vv-hint");
    hint.setAttribute("role", "status");
    hint.textContent = "drag: select · lift: calipers";
    const put = (): void => {
      const lane = laneUnder(event);
      const eighth = (state.t1 - state.t0) / 8;
      const t = state.t0 + (position(event)[0] / host.layout().plotWidth) * 8 * eighth;
      const [from, to] = [t - eighth, t + eighth].map((end) => lane && nearestTo(lane, end));
      if (!lane || !from || !to) return;
      const marching = measure.caliper?.marching ?? false;
      measure.setCaliper({ channel: lane.channel.name, from, to, marching });
      active = true;
      show();
    };
    return {
      move(moved) {
        hint.remove();
        range.move(moved);
      },
      end(lifted, moved) {
        hint.remove();
        if (moved) range.end(lifted, moved);
        else put();
      },
      cancel() {
        hint.remove();
        range.cancel();
      },
    };
  };

  /**
   * Without a pointer: a caliper over the middle of the window, in the first lane; with a cursor over
   * what is selected, in the lane of the cursor.
   */
  const place = (): void => {
    const { t0, t1 } = state;
    const within = ({ t }: Point): boolean => t >= t0 && t <= t1;
    const { caliper } = measure;
    const { selection } = state;
    const fits = selection !== null && selection[0] >= t0 && selection[1] <= t1;
    const selected = host.cursor && fits ? selection : null;
    if (host.cursor && selection && !fits) host.say("zoom out to measure the whole selection");
    if (caliper && !selected && (within(caliper.from) || within(caliper.to))) return;
    const lane = lanesOf(host.cursor?.channel ?? "")[0] ?? host.drawn()[0];
    if (!lane) return;
    const middle = [t0 + (t1 - t0) * 0.4, t0 + (t1 - t0) * 0.6] as const;
    const [from, to] = (selected || middle).map((t) => nearestTo(lane, t));
    if (!from || !to) return;
    const marching = caliper?.marching ?? false;
    measure.setCaliper({ channel: lane.channel.name, from, to, marching });
  };
  const nearestTo = (lane: DrawnLane, t: number): Point | null => {
    const x = xOf(t);
    const points = lanePoints(lane, state, x, host.layout());
    const off = (point: Point): number => Math.abs(point.t - t);
    return points.reduce<Point | null>(
      (best, one) => (best && off(best) <= off(one) ? best : one),
      null,
    );
  };
  /** Moves one end by a sample, or by a pixel where samples are closer. */
  const step = (end: "from" | "to", by: number) => (): boolean => {
    const { caliper } = measure;
    if (!active || !caliper) return false;
    const [lane] = lanesOf(caliper.channel);
    if (!lane) return false;
    const pixel = (state.t1 - state.t0) / host.layout().plotWidth;
    const t = caliper[end].t + by * Math.max(1 / lane.channel.fs, pixel);
    const point = nearestTo(lane, t) ?? { t, value: caliper[end].value };
    measure.setCaliper({ ...caliper, [end]: point.t === caliper[end].t ? { ...point, t } : point });
    return true;
  };

  const show = (): void => {
    button.setAttribute("aria-pressed", String(active));
    marching.setAttribute("aria-pressed", String(measure.caliper?.marching === true));
    marching.hidden = measure.caliper === null;
    host.root.classList.toggle("vv-measuring", active);
    host.touch();
  };
  const toggle = (): void => {
    active = !active;
    if (active) place();
    show();
  };
  const march = (): boolean => {
    const { caliper } = measure;
    if (!caliper) return false;
    measure.setCaliper({ ...caliper, marching: !caliper.marching });
    return true;
  };
  /** First leaves the mode, then removes the caliper. */
  const leave = (): boolean => {
    if (active) toggle();
    else if (measure.caliper) measure.setCaliper(null);
    else return false;
    return true;
  };
  const button = addButton(group, {
    label: "Calipers: drag from one point to another (R)",
    icon: CALIPER,
    run: toggle,
    signal,
  });
  const marching = addButton(group, {
    label: "Repeat the interval to both sides (X)",
    icon: MARCH,
    run: march,
    signal,
  });
  show();
  const topic = "measure";
  const moves = "calipers: move the second end by a sample; with Shift the first end";
  return {
    commands: [
      { keys: ["R"], topic, text: "calipers on, off: drag from one point to another", run: toggle },
      { keys: ["X"], topic, text: "repeat the interval of the calipers to both sides", run: march },
      { keys: [","], topic, text: moves, run: step("to", -1) },
      { keys: ["."], topic, text: moves, run: step("to", 1) },
      { keys: ["<", ";"], text: "", run: step("from", -1) },
      { keys: [">", ":"], text: "", run: step("from", 1) },
      { keys: ["Escape"], text: "", run: leave },
    ],
    claim,
    hold,
    changed(change) {
      if (change === "measure") show();
    },
  };
}
