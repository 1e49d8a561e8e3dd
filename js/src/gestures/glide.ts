/** After a swipe the window keeps moving and slows down. */
import type { GestureTarget } from "./target.ts";

const SLOWING = 325;
const MIN_SPEED = 0.25;

export class Glide {
  #frame = 0;
  #points: { x: number; at: number }[] = [];

  readonly #target: GestureTarget;

  constructor(target: GestureTarget, signal: AbortSignal) {
    this.#target = target;
    signal.addEventListener("abort", () => this.stop(), { once: true });
  }

  track(x: number, at: number): void {
    this.#points.push({ x, at });
    if (this.#points.length > 8) this.#points.shift();
  }

  forget(): void {
    this.#points = [];
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  start(now: number): void {
    const recent = this.#points.filter((point) => now - point.at < 90);
    const [first, last] = [recent[0], recent[recent.length - 1]];
    if (!first || !last || !(last.at > first.at)) return;
    if (window.matchMedia?.("(prefers-reduced-motion: reduce)").matches) return;
    let speed = (last.x - first.x) / (last.at - first.at);
    let before: number | null = null;
    const step = (time: number): void => {
      const passed = Math.min(50, before === null ? 16 : time - before);
      before = time;
      const { state } = this.#target;
      const from = state.t0;
      const perPixel = (state.t1 - state.t0) / this.#target.layout().plotWidth;
      state.pan(-speed * passed * perPixel);
      speed *= Math.exp(-passed / SLOWING);
      const goesOn = Math.abs(speed) > 0.02 && state.t0 !== from;
      this.#frame = goesOn ? requestAnimationFrame(step) : 0;
    };
    if (Math.abs(speed) > MIN_SPEED) this.#frame = requestAnimationFrame(step);
  }
}
