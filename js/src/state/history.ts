/** The former windows of a viewer. */
import type { Range } from "../math/scale.ts";

/** Number of windows that are kept in each direction. */
const MOST = 100;
/** Movements with shorter pauses (ms) count as one. */
const REST = 700;

export class WindowHistory {
  #past: Range[] = [];
  #future: Range[] = [];
  #moved = Number.NEGATIVE_INFINITY;
  /** The window was moved by the gesture in progress. */
  #dragged = false;

  /**
   * Must be called before the window is moved away from `window`, which is kept if it was at rest.
   *
   * @param busy Whether a gesture is in progress: it is one movement, however long it takes.
   */
  leave(window: Range, busy: boolean): void {
    const now = performance.now();
    const goesOn = now - this.#moved < REST || (busy && this.#dragged);
    this.#moved = now;
    this.#dragged = busy;
    if (goesOn) return;
    push(this.#past, window);
    this.#future = [];
  }

  /** The window is at rest: the next movement is a new one. */
  rest(): void {
    this.#moved = Number.NEGATIVE_INFINITY;
    this.#dragged = false;
  }

  /** A gesture has ended. */
  release(): void {
    this.#dragged = false;
  }

  /** The window before `now`, which can be returned to with `forward`; null if there is none. */
  back(now: Range): Range | null {
    return this.#step(this.#past, this.#future, now);
  }

  forward(now: Range): Range | null {
    return this.#step(this.#future, this.#past, now);
  }

  get canGoBack(): boolean {
    return this.#past.length > 0;
  }

  get canGoForward(): boolean {
    return this.#future.length > 0;
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
    this.rest();
  }

  #step(from: Range[], to: Range[], now: Range): Range | null {
    const window = from.pop();
    if (!window) return null;
    push(to, now);
    this.rest();
    return window;
  }
}

function push(windows: Range[], window: Range): void {
  const last = windows.at(-1);
  if (last?.[0] === window[0] && last[1] === window[1]) return;
  windows.push(window);
  if (windows.length > MOST) windows.shift();
}
