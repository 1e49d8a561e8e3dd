/** Texts for screen readers: spoken without moving the focus, and not faster than they are read. */
import { addElement } from "./element.ts";

/** Shortest time between two texts (ms): of several in this time the last one is spoken. */
const PAUSE = 350;

export class Announcer {
  readonly #regions: Record<"polite" | "assertive", HTMLElement>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting: string | null = null;
  #odd = false;

  constructor(parent: HTMLElement, signal: AbortSignal) {
    const region = (live: string): HTMLElement => {
      const made = addElement(parent, "div", "vv-live");
      made.setAttribute("aria-live", live);
      made.setAttribute("aria-atomic", "true");
      return made;
    };
    this.#regions = { polite: region("polite"), assertive: region("assertive") };
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** Speaks when the screen reader has nothing else to say. */
  say(text: string): void {
    if (this.#timer !== undefined) {
      this.#waiting = text;
      return;
    }
    this.#put("polite", text);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const next = this.#waiting;
      this.#waiting = null;
      if (next !== null) this.say(next);
    }, PAUSE);
  }

  /** Interrupts the screen reader: for errors. */
  alert(text: string): void {
    this.#put("assertive", text);
  }

  #put(live: "polite" | "assertive", text: string): void {
    // The same text again is a change too.
    this.#odd = !this.#odd;
    this.#regions[live].textContent = this.#odd ? text : `${text}\u00a0`;
  }
}
