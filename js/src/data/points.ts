/** Points that the kernel chooses from the samples of a window that rests. */
import type { PointSet } from "../math/polyline.ts";
import type { Requests } from "./requests.ts";

/** Time for which a window must rest (ms). */
const PAUSE = 80;
const PURPOSE = "points";

interface Part {
  channel: number;
  samples: number;
  count: number;
  at: number;
}

/** Holds the points of one window; null of a channel whose samples are too many. */
export class Points {
  #wanted = "";
  #fields: { t0: number; t1: number; n: number; aggregator: string } | null = null;
  #channels = new Set<number>();
  #held = new Map<number, PointSet | null>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #requests: Requests;
  readonly #alive: () => boolean;

  constructor(requests: Requests, alive: () => boolean) {
    this.#requests = requests;
    this.#alive = alive;
  }

  /** The points of a signal, if the kernel has sent them; unknown ones are requested. */
  of(channel: number, aggregator: string, t0: number, t1: number, n: number): PointSet | null {
    const wanted = JSON.stringify([aggregator, t0, t1, n]);
    if (wanted !== this.#wanted) {
      this.expire();
      this.#wanted = wanted;
      this.#fields = { t0, t1, n, aggregator };
    }
    const held = this.#held.get(channel);
    if (held === undefined && !this.#channels.has(channel)) {
      this.#channels.add(channel);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), PAUSE);
    }
    return held ?? null;
  }

  take(reply: { parts?: unknown }, buffer: DataView, wanted: string | null): void {
    if (wanted !== this.#wanted || !Array.isArray(reply.parts)) return;
    for (const { channel, samples, count, at } of reply.parts as Part[]) {
      if (count < 0) {
        this.#held.set(channel, null);
        continue;
      }
      const read = (from: number): Float64Array => {
        const start = buffer.byteOffset + from;
        return new Float64Array(buffer.buffer.slice(start, start + 8 * count) as ArrayBuffer);
      };
      this.#held.set(channel, { times: read(at), values: read(at + 8 * count), samples });
    }
  }

  /** The envelope stays on the screen. */
  fail(_: string, wanted: string | null): void {
    if (wanted === this.#wanted) for (const k of this.#channels) this.#held.set(k, null);
  }

  /** The samples have changed. */
  expire(): void {
    clearTimeout(this.#timer);
    this.#wanted = "";
    this.#channels.clear();
    this.#held.clear();
  }

  dispose(): void {
    this.expire();
    this.#fields = null;
  }

  #ask(): void {
    const channels = [...this.#channels].filter((channel) => !this.#held.has(channel));
    if (!this.#fields || channels.length === 0 || !this.#alive()) return;
    const about = { purpose: PURPOSE, key: this.#wanted };
    this.#requests.send("points", { channels, ...this.#fields }, about);
  }
}
