/** Clicks and drags on marks: select, create, move, resize. */
import type { NewMark } from "../data/types.ts";
import type { Drag } from "../gestures/target.ts";
import { snapTo } from "../math/calipers.ts";
import { epochAt, epochStart } from "../math/epochs.ts";
import { lanePoints, pixelsOf } from "../plot/caliperlines.ts";
import type { ViewHost } from "../plot/feature.ts";
import type { DrawnLane } from "../plot/lanes.ts";
import { type Drawn, type MarkHit, markAt, marksWithin } from "../plot/markhits.ts";
import { momentary } from "../state/marktasks.ts";
import { type Marker, markOf } from "./marker.ts";

/** Distance in CSS pixels within which a pointer takes a mark or an edge. */
const REACH = { mouse: 5, touch: 14 };

/** Where a mark is made; see `NewMark`. */
type Place = Pick<NewMark, "near"> & { t: number };

export class MarkDrags {
  /** Where the pointer is, in CSS pixels of the plot. */
  #at: [number, number] | null = null;
  #down: [number, number] | null = null;
  readonly #host: ViewHost;
  readonly #marker: Marker;

  constructor(host: ViewHost, marker: Marker) {
    this.#host = host;
    this.#marker = marker;
    const { plot, signal } = host;
    const move = (event: PointerEvent): void => {
      this.#at = event.pointerType === "touch" ? null : this.#position(event);
      this.#shape();
    };
    const leave = (): void => {
      this.#at = null;
    };
    const down = (event: PointerEvent): void => {
      this.#down = this.#position(event);
    };
    plot.addEventListener("pointermove", move, { signal });
    plot.addEventListener("pointerleave", leave, { signal });
    plot.addEventListener("pointerdown", down, { signal });
    plot.addEventListener("click", (event) => this.#click(event), { signal });
    // A double click marks twice or opens a mark; it does not leave the window.
    const double = (event: MouseEvent): void => {
      if (!this.#marking() && !this.#hit(this.#position(event), "mouse")) return;
      event.stopImmediatePropagation();
    };
    host.body.addEventListener("dblclick", double, { signal, capture: true });
  }

  /**
   * A finger that rests on a mark selects it. Beats are so close that in the lanes they would leave
   * no place for other gestures: moments are selected above the lanes, or while marks are made.
   */
  hold(event: PointerEvent): Drag | null {
    const at = this.#position(event);
    const hit = this.#hit(at, "touch");
    if (!hit) return null;
    const inLanes = at[1] >= this.#host.layout().lanesTop;
    if (inLanes && hit.part === "moment" && !this.#marking()) return null;
    this.#choose(hit, false);
    return { move: () => {}, end: () => {}, cancel: () => {} };
  }

  /** The gesture of a pointer while marks are made; null pans. */
  claim(event: PointerEvent): Drag | null {
    const { state, root } = this.#host;
    if (!this.#marking() || root.classList.contains("vv-measuring")) return null;
    const from = this.#position(event);
    const { lanesTop, lanesHeight } = this.#host.layout();
    if (from[1] >= lanesTop + lanesHeight) return null;
    if (event.shiftKey || event.ctrlKey || event.metaKey) return this.#rubber(from);
    const hit = this.#hit(from, event.pointerType);
    const set = this.#marker.set();
    if (hit && set) {
      const mark = markOf(set, hit.index);
      const { selected } = state.marking;
      const held = selected.has(mark.id) || hit.part === "moment";
      if (held && this.#marker.lock(mark) === "") return this.#move(hit, mark.id, from);
    }
    return this.#create(event, from);
  }

  /** Where a key marks: at the cursor, else at the pointer; null if there is neither. */
  place(): (Place & { lane: DrawnLane | null }) | null {
    const { cursor } = this.#host;
    const drawn = this.#host.drawn();
    if (cursor) {
      const lane = drawn.find(({ channel }) => channel.name === cursor.channel);
      return { ...this.#exact(cursor.t, lane, 0), lane: lane ?? null };
    }
    const [first = null] = drawn;
    if (!this.#at) return null;
    return { ...this.#snapped(this.#at), lane: this.#laneAt(this.#at[1]) ?? first };
  }

  /** The channel of a new mark in a lane; -1 for all. */
  channelOf(lane: DrawnLane | null, inverted: boolean): number {
    return this.#host.state.marking.everywhere !== inverted ? -1 : (lane?.channel.index ?? -1);
  }

  #marking(): boolean {
    return this.#host.state.marking.task !== null && this.#marker.refusal() === "";
  }

  #position(event: MouseEvent): [number, number] {
    const { left, top } = this.#host.plot.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #drawn(): Drawn {
    const { state } = this.#host;
    return { state, box: this.#host.layout(), drawn: this.#host.drawn() };
  }

  #time([x]: readonly [number, number]): number {
    const { state } = this.#host;
    const { plotWidth } = this.#host.layout();
    return state.t0 + (Math.max(0, Math.min(x, plotWidth)) / plotWidth) * (state.t1 - state.t0);
  }

  #laneAt(y: number): DrawnLane | null {
    const inside = y - this.#host.layout().lanesTop;
    return (
      this.#host.drawn().find(({ top, height }) => inside >= top && inside < top + height) ?? null
    );
  }

  /**
   * The sample at a point: a beat is marked at a peak that is close. If a pixel covers several
   * samples, the kernel finds the one.
   */
  #snapped(at: [number, number]): Place {
    const lane = this.#laneAt(at[1]);
    const { state } = this.#host;
    const box = this.#host.layout();
    if (!lane || !state.marking.task?.moments) return { t: this.#time(at) };
    const pixels = pixelsOf(lane, state, box);
    const points = lanePoints(lane, state, at[0], box);
    const found = snapTo(points, at[0], at[1] - box.lanesTop, pixels);
    return this.#exact(found?.point.t ?? this.#time(at), lane, found?.extremum ?? 0);
  }

  /** A place in a lane; it is exact to the column, and the largest or smallest sample is near. */
  #exact(t: number, lane: DrawnLane | undefined, extremum: -1 | 0 | 1): Place {
    const { state } = this.#host;
    const single = (lane?.columns.sampleStep ?? 1) > 0;
    if (!lane || single || lane.data.pieces.length === 0 || !state.marking.task?.moments)
      return { t };
    const within = (state.t1 - state.t0) / Math.max(1, lane.columns.length);
    return { t, near: { signal: lane.channel.index, within, extremum } };
  }

  #hit(at: readonly [number, number], pointer: string): MarkHit | null {
    const set = this.#marker.set();
    const reach = pointer === "touch" ? REACH.touch : REACH.mouse;
    if (!set) return null;
    const { selected } = this.#host.state.marking;
    const locked = (index: number): boolean => this.#marker.lock(markOf(set, index)) !== "";
    return markAt(set, this.#drawn(), at, reach, { selected, locked });
  }

  /** The cursor shows what a drag will do. */
  #shape(): void {
    const hit = this.#at && this.#marking() ? this.#hit(this.#at, "mouse") : null;
    const edge = hit && (hit.part === "start" || hit.part === "end");
    const shape = edge ? "ew-resize" : hit?.part === "moment" ? "move" : "";
    const { style } = this.#host.plot;
    if (style.cursor !== shape) style.cursor = shape;
  }

  #choose({ index }: MarkHit, more: boolean): void {
    const { marking } = this.#host.state;
    const set = this.#marker.set();
    if (!set) return;
    const id = set.ids[index] as number;
    if (more) marking.toggle(id);
    else marking.select([id]);
  }

  /** While no marks are made, a click selects a mark; a drag has moved the window. */
  #click(event: MouseEvent): void {
    const at = this.#position(event);
    const began = this.#down ?? at;
    if (this.#marking() || Math.hypot(at[0] - began[0], at[1] - began[1]) > 3) return;
    const { marking } = this.#host.state;
    const hit = this.#hit(at, "mouse");
    if (hit) this.#choose(hit, event.ctrlKey || event.metaKey || event.shiftKey);
    else marking.select([]);
  }

  #create(event: PointerEvent, from: [number, number]): Drag {
    const { state } = this.#host;
    const { marking } = state;
    const lane = this.#laneAt(from[1]);
    const channel = lane === null ? -1 : this.channelOf(lane, event.altKey);
    const start = this.#time(from);
    if (momentary(marking.task, marking.kind))
      return this.#rubber(from, () => this.#moment(from, channel));
    const { epochs } = state;
    const snapped = (t: number): [number, number] => {
      const [a, b] = [Math.min(start, t), Math.max(start, t)];
      if (!marking.task?.epochs || !epochs) return [a, b];
      const [first, last] = [epochAt(epochs, a), epochAt(epochs, b)];
      return [epochStart(epochs, first), epochStart(epochs, last + 1)];
    };
    return {
      move: (moved) => {
        this.#host.point(null);
        const [t0, t1] = snapped(this.#time(this.#position(moved)));
        marking.setDrag({ range: { t0, t1, channel, rubber: false } });
      },
      end: (ended, moved) => {
        marking.setDrag(null);
        if (!moved) {
          this.#tap(from);
          return;
        }
        const [t0, t1] = snapped(this.#time(this.#position(ended)));
        if (marking.task?.epochs && epochs) {
          const last = epochAt(epochs, t1 - 1e-3 * epochs.length);
          void this.#marker.score(marking.kind, Math.max(1, epochAt(epochs, t0)), last);
        } else if (marking.kind !== "") {
          const mark = { onset: t0, duration: t1 - t0, text: marking.kind, channel };
          void this.#marker.create([mark]);
        } else this.#marker.say("Choose what to mark first: press a key or type a text.");
      },
      cancel: () => marking.setDrag(null),
    };
  }

  /** A click in a task of marks with a duration, or of epochs. */
  #tap(at: [number, number]): void {
    const { state } = this.#host;
    const { marking, epochs } = state;
    const hit = this.#hit(at, "mouse");
    if (marking.task?.epochs && epochs) {
      marking.select([]);
      marking.goToEpoch(Math.max(1, epochAt(epochs, this.#time(at))));
    } else if (hit) this.#choose(hit, false);
    else marking.select([]);
  }

  /** A click in a task of moments. */
  #moment(at: [number, number], channel: number): void {
    const { marking } = this.#host.state;
    const hit = this.#hit(at, "mouse");
    // Beats are marked within bands too, which are selected above the lanes.
    const inside = hit?.part === "body" && at[1] >= this.#host.layout().lanesTop;
    if (hit && !inside) this.#choose(hit, false);
    else if (marking.selected.size > 0) marking.select([]);
    else if (marking.kind !== "") {
      const { t: onset, near } = this.#snapped(at);
      const mark = { onset, duration: 0, text: marking.kind, channel };
      void this.#marker.create([near ? { ...mark, near } : mark]);
    }
  }

  /** Selects what a rectangle touches; a click does `click`, or selects one more mark. */
  #rubber(from: [number, number], click: (() => void) | null = null): Drag {
    const { marking } = this.#host.state;
    const before = marking.selected;
    return {
      move: (event) => {
        this.#host.point(null);
        const to = this.#position(event);
        const [t0, t1] = [this.#time(from), this.#time(to)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const lane = this.#laneAt(from[1]);
        const same = lane !== null && lane === this.#laneAt(to[1]);
        const channel = same ? lane.channel.index : -1;
        marking.setDrag({ range: { t0, t1, channel, rubber: true } });
        const set = this.#marker.set();
        const rows = [from[1], to[1]].sort((a, b) => a - b) as [number, number];
        const found = set ? marksWithin(set, this.#drawn(), [t0, t1], rows) : [];
        marking.select(click ? found : [...before, ...found]);
      },
      end: (_, moved) => {
        marking.setDrag(null);
        if (moved) return;
        const hit = this.#hit(from, "mouse");
        if (click) click();
        else if (hit) this.#choose(hit, true);
      },
      cancel: () => {
        marking.setDrag(null);
        marking.select(before);
      },
    };
  }

  /** Moves a mark, and the selected ones with it; an edge of a band changes its length. */
  #move(hit: MarkHit, id: number, from: [number, number]): Drag {
    const { marking } = this.#host.state;
    const edge = hit.part === "start" || hit.part === "end" ? hit.part : null;
    const together = edge === null && marking.selected.has(id);
    const ids = together ? marking.selected : new Set([id]);
    const by = (event: PointerEvent): number =>
      this.#time(this.#position(event)) - this.#time(from);
    return {
      move: (event) => {
        this.#host.point(null);
        marking.setDrag({ moved: { ids, by: by(event), edge } });
      },
      end: (event, moved) => {
        marking.setDrag(null);
        if (!moved) {
          this.#choose(hit, false);
          return;
        }
        this.shift(ids, by(event), edge);
      },
      cancel: () => marking.setDrag(null),
    };
  }

  /** Moves marks by seconds, or one edge of each; they stay in the recording. */
  shift(ids: ReadonlySet<number>, by: number, edge: "start" | "end" | null): void {
    const { duration: length } = this.#host.state;
    const marks = this.#marker.shown().filter((mark) => ids.has(mark.id));
    const within = (t: number): number => Math.max(0, Math.min(t, length));
    void this.#marker.change(marks, ({ onset, duration }) => {
      if (edge === null) return { onset: Math.max(0, Math.min(onset + by, length - duration)) };
      const moved = within((edge === "start" ? onset : onset + duration) + by);
      const [a, b] = edge === "start" ? [moved, onset + duration] : [onset, moved];
      return { onset: Math.min(a, b), duration: Math.abs(b - a) };
    });
  }
}
