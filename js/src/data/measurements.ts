/** Statistics of time ranges from the kernel. */
import type { Requests } from "./requests.ts";
import type { Measurement, Statistics } from "./types.ts";

/** Time until a measurement in progress is requested again (ms). */
const PAUSE = 150;
const PURPOSE = "measure";
const NO_KERNEL = "A range cannot be measured without a kernel.";

/** Holds the measurement of one range; one request is pending at a time. */
export class Measurements {
  #wanted = "";
  #held: Measurement = { rows: null, progress: 0, error: "" };
  #fields: { channels: readonly number[]; t0: number; t1: number } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #requests: Requests;
  readonly #alive: () => boolean;

  constructor(requests: Requests, alive: () => boolean) {
    this.#requests = requests;
    this.#alive = alive;
  }

  /** The statistics of a range as far as they are known; unknown ones are requested. */
  of(channels: readonly number[], t0: number, t1: number): Measurement {
    const wanted = JSON.stringify([channels, t0, t1]);
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#fields = { channels, t0, t1 };
      this.#held = { rows: null, progress: 0, error: "" };
    }
    const { rows, error } = this.#held;
    if (rows === null && error === "" && this.#timer === undefined) this.#ask();
    return this.#held;
  }

  /** A reply to a request for `wanted`, which may be an older one. */
  take(
    reply: { pending?: unknown; progress?: unknown; rows?: unknown },
    _: DataView,
    wanted: string | null,
  ): void {
    if (wanted !== this.#wanted) {
      this.#ask();
      return;
    }
    if (reply.pending !== true) {
      const rows = Array.isArray(reply.rows) ? (reply.rows as Statistics[]) : [];
      this.#held = { rows, progress: 1, error: "" };
      return;
    }
    this.#held = { rows: null, progress: Number(reply.progress) || 0, error: "" };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#ask();
    }, PAUSE);
  }

  fail(error: string, wanted: string | null): void {
    if (wanted === this.#wanted) this.#held = { rows: null, progress: 0, error };
  }

  /** The samples have changed: they must be measured again. */
  expire(): void {
    this.#wanted = "";
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#fields = null;
  }

  #ask(): void {
    if (!this.#fields) return;
    if (!this.#alive()) {
      this.#held = { rows: null, progress: 0, error: NO_KERNEL };
      return;
    }
    for (const { purpose } of this.#requests.flying()) if (purpose === PURPOSE) return;
    this.#requests.send("measure", this.#fields, { purpose: PURPOSE, key: this.#wanted });
  }
}
