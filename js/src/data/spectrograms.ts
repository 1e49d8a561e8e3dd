/** Spectrograms from the kernel, each requested once. */
import type { Requests } from "./requests.ts";
import type { SpectrogramState } from "./types.ts";

/** Time until a spectrogram in progress is requested again (ms). */
const PAUSE = 400;
const KEPT = 4;
const UNKNOWN: SpectrogramState = { picture: null, progress: 0, error: "" };

export class Spectrograms {
  readonly #held = new Map<string, SpectrogramState>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #requests: Requests;
  readonly #alive: () => boolean;

  constructor(requests: Requests, alive: () => boolean) {
    this.#requests = requests;
    this.#alive = alive;
  }

  of(channel: number, key: string): SpectrogramState {
    const name = `${channel}:${key}`;
    const held = this.#held.get(name) ?? UNKNOWN;
    if (held.picture === null && held.error === "" && !this.#timers.has(name)) this.#ask(name);
    return held;
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  take(reply: any, buffer: DataView, name: string | null): void {
    if (name === null) return;
    if (reply.pending === true) {
      this.#keep(name, { picture: null, progress: Number(reply.progress) || 0, error: "" });
      this.#timers.set(
        name,
        setTimeout(() => {
          this.#timers.delete(name);
          this.#ask(name);
        }, PAUSE),
      );
      return;
    }
    const { rows, columns, t0, column_s, f0, f1, low, high, at } = reply;
    const size = rows * columns;
    if (!(size >= 0) || at + size > buffer.byteLength) {
      throw new RangeError(`a spectrogram of ${rows} × ${columns} exceeds its buffer`);
    }
    const codes = new Uint8Array(buffer.buffer, buffer.byteOffset + at, size).slice();
    const picture = {
      rows,
      columns,
      t0,
      columnSeconds: column_s,
      band: [f0, f1] as const,
      decibels: [low, high] as const,
      codes,
    };
    this.#keep(name, { picture, progress: 1, error: "" });
  }

  fail(error: string, name: string | null): void {
    if (name !== null) this.#keep(name, { picture: null, progress: 0, error });
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#held.clear();
  }

  #keep(name: string, state: SpectrogramState): void {
    this.#held.delete(name);
    this.#held.set(name, state);
    const [oldest] = this.#held.keys();
    if (this.#held.size > KEPT && oldest !== undefined) this.#held.delete(oldest);
  }

  #ask(name: string): void {
    if (!this.#alive()) return;
    const purpose = `spectrogram:${name}`;
    for (const flying of this.#requests.flying()) if (flying.purpose === purpose) return;
    const channel = Number(name.split(":")[0]);
    this.#requests.send("spectrogram", { channel }, { purpose, key: name });
  }
}
