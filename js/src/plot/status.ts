/** Attributes of the root element that describe the state, for tests and assistive technology. */

import { extentOf } from "../math/timebase.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Session } from "./session.ts";

export type Outcome = "loading" | "building" | "settled" | "error";

/** The window is considered at rest after so many milliseconds without a change. */
const REST = 400;

export class Status {
  #frame = 0;
  #label = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
    root.setAttribute("data-status", "loading");
    root.setAttribute("aria-busy", "true");
  }

  /** The view is about to change; set at once, so that nobody relies on the old picture. */
  unsettle(): void {
    this.stop();
    if (this.#root.getAttribute("data-status") === "settled") this.#say("loading");
  }

  /** A frame was painted; its outcome is set in the next frame, when it is on screen. */
  painted(t0: number, t1: number, outcome: Outcome, ms: number): void {
    this.stop();
    const root = this.#root;
    root.setAttribute("data-t0", String(t0));
    root.setAttribute("data-t1", String(t1));
    const detail = { ms, t0, t1, outcome };
    root.dispatchEvent(new CustomEvent("vital-frame", { bubbles: true, detail }));
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#say(outcome);
      if (outcome !== "settled") return;
      root.dispatchEvent(new CustomEvent("vital-settled", { bubbles: true, detail: { t0, t1 } }));
    });
  }

  /** Sets the accessible name when the window is at rest: screen readers read each change. */
  describe(label: string): void {
    if (label === this.#label) return;
    const update = (): void => this.#root.setAttribute("aria-label", label);
    if (this.#label === "") update();
    this.#label = label;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(update, REST);
  }

  #say(outcome: Outcome): void {
    this.#root.setAttribute("data-status", outcome);
    const busy = outcome === "loading" || outcome === "building";
    this.#root.setAttribute("aria-busy", String(busy));
  }

  /** The outcome of the last frame is no longer awaited. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  dispose(): void {
    this.stop();
    clearTimeout(this.#timer);
  }
}

/** The state of a view after a frame; `shown` is false if it has nothing to draw. */
export function outcomeOf(
  session: Session,
  shown: boolean,
  { settled, building }: { settled: boolean; building: boolean },
  annotationsKnown: boolean,
): Outcome {
  const working = session.work()?.active === true;
  if (session.broken()) return "error";
  if (!shown) return working ? "building" : "settled";
  if (awaited(session.state)) return working ? "building" : "error";
  // Without a kernel no more annotations will arrive.
  if (settled) return annotationsKnown || !session.live() ? "settled" : "loading";
  if (session.error() !== "" || !session.live()) return "error";
  // No task is building the missing part.
  if (building && !working) return "error";
  return building ? "building" : "loading";
}

/** Whether the window extends beyond the part of the file that has been read. */
function awaited({ reading, signals, t1 }: ViewState): boolean {
  return reading && signals.some(({ timebase, fs }) => t1 - extentOf(timebase)[1] > 1 / fs);
}
