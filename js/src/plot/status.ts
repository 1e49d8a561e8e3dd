/** Attributes of the root element that describe the state, for tests and assistive technology. */

export type Outcome = "loading" | "building" | "settled" | "error";

export class Status {
  #frame = 0;

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
    root.dispatchEvent(new CustomEvent("vital-frame", { bubbles: true, detail: { ms, t0, t1 } }));
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#say(outcome);
      if (outcome !== "settled") return;
      root.dispatchEvent(new CustomEvent("vital-settled", { bubbles: true, detail: { t0, t1 } }));
    });
  }

  #say(outcome: Outcome): void {
    this.#root.setAttribute("data-status", outcome);
    const busy = outcome === "loading" || outcome === "building";
    this.#root.setAttribute("aria-busy", String(busy));
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }
}
