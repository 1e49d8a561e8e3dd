/** Drag to pan, pinch to zoom, and gestures of features, with mouse, pen or fingers. */
import { Glide } from "./glide.ts";
import type { Drag, PanTarget } from "./target.ts";

interface Held {
  x: number;
  /** Time under the pointer at the start of the gesture. */
  t: number;
}

/** Pixels that a pointer may move and still rest. */
const SLOP = { mouse: 3, touch: 8 };
/** A finger that rests for so many milliseconds starts another gesture. */
const HOLD = 450;

export function listenToPan(area: HTMLElement, target: PanTarget, signal: AbortSignal): void {
  const { state } = target;
  const held = new Map<number, Held>();
  const glide = new Glide(target, signal);
  let release: (() => void) | null = null;
  let claimed: Drag | null = null;
  let moved = false;
  let down0 = { x: 0, y: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The finger has rested: it neither pans nor scrolls the page. */
  let resting = false;
  /** The click that follows belongs to a finger that has rested. */
  let rested = false;

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
    rested = false;
    area.setPointerCapture?.(event.pointerId);
    const x = xOf(event);
    held.set(event.pointerId, { x, t: timeAt(x) });
    release ??= state.hold();
    if (held.size === 1) {
      moved = false;
      down0 = { x, y: event.clientY };
      claimed = target.claim(event);
      if (event.pointerType === "touch") timer = setTimeout(() => rest(event), HOLD);
    } else {
      clearTimeout(timer);
      moved = true;
      claimed?.cancel();
      claimed = null;
      anchor();
    }
    area.classList.toggle("vv-held", claimed === null);
  };

  const rest = (event: PointerEvent): void => {
    const drag = target.hold?.(event) ?? null;
    if (!drag) return;
    claimed?.cancel();
    claimed = drag;
    resting = true;
    navigator.vibrate?.(10);
  };

  const move = (event: PointerEvent): void => {
    const x = xOf(event);
    const pointer = held.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch") target.point(x);
      return;
    }
    pointer.x = x;
    const slop = event.pointerType === "touch" ? SLOP.touch : SLOP.mouse;
    const far = Math.abs(x - down0.x) >= slop;
    if (far || Math.abs(event.clientY - down0.y) >= slop) clearTimeout(timer);
    if (!moved && !far) return;
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
    clearTimeout(timer);
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
    rested = resting;
    resting = false;
    release?.();
    release = null;
  };

  const keep = (event: Event): void => {
    if (resting && event.cancelable) event.preventDefault();
  };
  const click = (event: Event): void => {
    if (rested) event.stopImmediatePropagation();
    rested = false;
  };
  // A finger that rests opens the menu of some browsers.
  const menu = (event: Event): void => {
    if (held.size > 0) event.preventDefault();
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
  area.addEventListener("click", click, { signal, capture: true });
  area.addEventListener("touchmove", keep, { signal, passive: false });
  area.addEventListener("contextmenu", menu, { signal });
  const end = (): void => {
    clearTimeout(timer);
    release?.();
  };
  signal.addEventListener("abort", end, { once: true });
}
