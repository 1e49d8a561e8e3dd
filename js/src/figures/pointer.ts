/**
 * What the pointer does on a figure, told to the kernel. Each click and selection is told at once.
 * A hover is told when the kernel has answered the one before, and at most every 100 ms: of those
 * in between only the last is told, with the end of the hover that the kernel knows.
 */

/** A message of Plotly's view: the kind of event, points, state of keys and buttons. */
export interface PointerMessage {
  event_type: string;
}

/** The shortest time between hovers (ms). */
const PACE = 100;
/** How long an answer of the kernel is waited for (ms); a lost connection may have swallowed it. */
const PATIENCE = 10_000;

export class Pointer {
  readonly #send: (message: PointerMessage) => void;
  #begun: PointerMessage | null = null;
  #ended: PointerMessage | null = null;
  #pace: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(send: (message: PointerMessage) => void) {
    this.#send = send;
  }

  tell(message: PointerMessage): void {
    if (this.#closed) return;
    if (message.event_type === "plotly_hover") {
      this.#begun = message;
    } else if (message.event_type === "plotly_unhover") {
      // The kernel does not know the hover that is held: neither its begin nor its end is told.
      if (this.#begun) this.#begun = null;
      else this.#ended = message;
    } else {
      this.#tellHeld();
      this.#send(message);
      return;
    }
    this.#step();
  }

  /** The kernel has answered. */
  answered(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#step();
  }

  close(): void {
    this.#closed = true;
    this.#begun = this.#ended = null;
    clearTimeout(this.#pace);
    clearTimeout(this.#patience);
  }

  #step(): void {
    if (this.#pace === undefined && this.#patience === undefined) this.#tellHeld();
  }

  #tellHeld(): void {
    const held = [this.#ended, this.#begun].filter((one) => one !== null);
    this.#begun = this.#ended = null;
    if (held.length === 0 || this.#closed) return;
    clearTimeout(this.#pace);
    clearTimeout(this.#patience);
    this.#pace = setTimeout(() => {
      this.#pace = undefined;
      this.#step();
    }, PACE);
    this.#patience = setTimeout(() => this.answered(), PATIENCE);
    for (const message of held) this.#send(message);
  }
}
