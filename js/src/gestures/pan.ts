/** Drag to pan, pinch to zoom and Shift + drag to select, with mouse, pen or fingers. */
import { Glide } from "./glide.ts";
import type { Drag, PanTarget } from "./target.ts";

interface Held {
  x: number;
  /** Time under the pointer at the start of the gesture. */
  t: number;
}

const SLOP = 3;

export function listenToPan(area: HTMLElement, target: PanTarget, signal: AbortSignal): void {
  const { state } = target;
  const held = new Map<number, Held>();
  const glide = new Glide(target, signal);
  let release: (() => void) | null = null;
  let claimed: Drag | null = null;
  let moved = false;
  let downX = 0;

  const perPixel = (): number => (state.t1 - state.t0) / target.layout().plotWidth;
  const xOf = (event: PointerEvent): number => event.clientX - area.getBoundingClientRect().left;
  const timeAt = (x: number): number => state.t0 + x * perPixel();
  const anchor = (): void => {
    for (const pointer of held.values()) pointer.t = timeAt(pointer.x);
  };

  const down = (event: PointerEvent): void => {
    if (event.button !== 0 && event.pointerType === "mouse") return;
    target.focus();
    glide.stop();
    area.setPointerCapture?.(event.pointerId);
    const x = xOf(event);
    held.set(event.pointerId, { x, t: timeAt(x) });
    release ??= state.hold();
    if (held.size === 1) {
      moved = false;
      downX = x;
      claimed = target.claim(event);
    } else {
      moved = true;
      claimed?.cancel();
      claimed = null;
      anchor();
    }
    area.classList.toggle("vv-held", claimed === null);
  };

  const move = (event: PointerEvent): void => {
    const x = xOf(event);
    const pointer = held.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch") target.point(x);
      return;
    }
    pointer.x = x;
    if (!moved && Math.abs(x - downX) < SLOP) return;
    moved = true;
    if (claimed) claimed.move(event);
    else if (held.size === 1) {
      target.point(null);
      const by = pointer.t - timeAt(x);
      glide.track(x, event.timeStamp);
      state.pan(by);
    } else pinch();
  };

  const pinch = (): void => {
    const [a, b] = [...held.values()];
    if (!a || !b || Math.abs(b.x - a.x) < 8 || a.t === b.t) return;
    const seconds = (b.t - a.t) / (b.x - a.x);
    if (!(seconds > 0)) return;
    const start = a.t - a.x * seconds;
    state.setWindow(start, start + seconds * target.layout().plotWidth);
  };

  const up = (event: PointerEvent): void => {
    if (!held.delete(event.pointerId)) return;
    if (held.size > 0) {
      anchor();
      glide.forget();
      return;
    }
    area.classList.remove("vv-held");
    const finished = event.type === "pointerup";
    if (claimed) {
      if (finished) claimed.end(event, moved);
      else claimed.cancel();
    } else if (moved && finished && event.pointerType === "touch") glide.start(event.timeStamp);
    if (!moved && finished) target.point(xOf(event));
    glide.forget();
    claimed = null;
    release?.();
    release = null;
  };

  const leave = (event: PointerEvent): void => {
    if (event.pointerType !== "touch" && !held.has(event.pointerId)) target.point(null);
  };

  area.addEventListener("pointerdown", down, { signal });
  area.addEventListener("pointermove", move, { signal });
  area.addEventListener("pointerup", up, { signal });
  area.addEventListener("pointercancel", up, { signal });
  area.addEventListener("lostpointercapture", up, { signal });
  area.addEventListener("pointerleave", leave, { signal });
  area.addEventListener("dblclick", () => state.showAll(), { signal });
  signal.addEventListener("abort", () => release?.(), { once: true });
}
