/** A kernel that answers by the protocol's text, with the plainest code; nothing shared with src. */
import type { Description } from "../../src/data/types.ts";
import type { TimeBase } from "../../src/math/timebase.ts";

export interface FakeChannel {
  fs: number;
  /** Native values. */
  values: Int16Array | Float64Array;
  gain: number;
  offset: number;
  missing: number | null;
  runs: [number, number][];
}

export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function channel(n: number, fs: number, more: Partial<FakeChannel> = {}): FakeChannel {
  const next = random(n + Math.round(fs));
  const values = Int16Array.from({ length: n }, () => Math.floor(next() * 2000) - 1000);
  return { fs, values, gain: 0.01, offset: 1, missing: null, runs: [[0, 0]], ...more };
}

export function describe(channels: FakeChannel[], revision = 1): Description {
  const timebases = channels.map(
    (one): TimeBase => ({
      fs: one.fs,
      nSamples: one.values.length,
      starts: Float64Array.from(one.runs, ([start]) => start),
      onsets: Float64Array.from(one.runs, ([, onset]) => onset),
    }),
  );
  const ends = channels.map((one) => sampleTime(one, one.values.length - 1) + 1 / one.fs);
  return {
    name: "fake",
    start: null,
    duration: Math.max(...ends),
    markLayers: 0,
    revision,
    channels: channels.map((one, index) => ({
      index,
      name: `c${index}`,
      units: "mV",
      kind: "other",
      fs: one.fs,
      nSamples: one.values.length,
      timebase: timebases[index] as TimeBase,
      gain: one.gain,
      offset: one.offset,
      range: null,
    })),
    notes: [],
    timebases,
  };
}

export function sampleTime({ runs, fs }: FakeChannel, i: number): number {
  let run = runs[0] as [number, number];
  for (const one of runs) if (one[0] <= i) run = one;
  return run[1] + (i - run[0]) / fs;
}

/** Samples in `[t0, t1)`, by looking at each one. */
export function samplesIn(one: FakeChannel, t0: number, t1: number): [number, number] {
  let first = one.values.length;
  let end = 0;
  for (let i = 0; i < one.values.length; i++) {
    const t = sampleTime(one, i);
    if (t < t0 - 1e-9 || t >= t1 - 1e-9) continue;
    first = Math.min(first, i);
    end = i + 1;
  }
  return first < end ? [first, end] : [0, 0];
}

export function binOf(fs: number, t0: number, t1: number, width: number): number {
  return 4 ** Math.max(Math.floor(Math.log(((t1 - t0) * fs) / width) / Math.log(4) + 1e-12), 0);
}

/** Physical minimum and maximum of one bin. */
export function binValues(one: FakeChannel, bin: number, j: number): [number, number] {
  let lo = Number.NaN;
  let hi = Number.NaN;
  for (let i = j * bin; i < Math.min((j + 1) * bin, one.values.length); i++) {
    const native = one.values[i] as number;
    if (native === one.missing || Number.isNaN(native)) continue;
    const value = native * one.gain + one.offset;
    if (!(value >= lo)) lo = value;
    if (!(value <= hi)) hi = value;
  }
  return [lo, hi];
}

// biome-ignore lint/suspicious/noExplicitAny: messages as they are
type Message = any;

export class FakeKernel {
  isAlive = true;
  sent: Message[] = [];
  /** Answers not delivered yet. */
  queue: { content: Message; buffers: DataView[] }[] = [];
  /** Share of each channel that the pyramid covers. */
  built = 1;
  failing: string | null = null;
  reading = false;
  #listeners = new Set<(content: Message, buffers: DataView[]) => void>();

  constructor(public channels: FakeChannel[]) {}

  transport() {
    return {
      send: (content: Message) => {
        this.sent.push(JSON.parse(JSON.stringify(content)));
        this.queue.push(this.answer(content));
      },
      onMessage: (callback: (content: Message, buffers: DataView[]) => void) => {
        this.#listeners.add(callback);
        return () => this.#listeners.delete(callback);
      },
      alive: () => this.isAlive,
    };
  }

  get windows(): Message[] {
    return this.sent.filter((message) => message.kind === "window");
  }

  deliver(index = 0): void {
    const [reply] = this.queue.splice(index, 1);
    if (reply) this.post(reply.content, reply.buffers);
  }

  deliverAll(): void {
    for (let n = 0; this.queue.length > 0; n++) {
      if (n > 1000) throw new Error("requests without end");
      this.deliver();
    }
  }

  post(content: Message, buffers: DataView[] = []): void {
    for (const listener of this.#listeners) listener(content, buffers);
  }

  answer(asked: Message): { content: Message; buffers: DataView[] } {
    const head = { v: 1, request: asked.request, seq: asked.seq };
    if (asked.kind === "cancel") {
      return { content: { ...head, kind: "cancelled", requests: asked.requests }, buffers: [] };
    }
    if (this.failing) {
      const error = { kind: "error", code: this.failing, error: "something broke" };
      return { content: { ...head, ...error }, buffers: [] };
    }
    if (asked.kind === "runs") {
      const { runs } = this.channels[asked.timebase] as FakeChannel;
      const data = new DataView(new ArrayBuffer(runs.length * 16));
      runs.forEach(([start, onset], k) => {
        data.setBigInt64(8 * k, BigInt(start), true);
        data.setFloat64(8 * (runs.length + k), onset, true);
      });
      const body = { kind: "runs", timebase: asked.timebase, runs: runs.length, at: 0 };
      return { content: { ...head, ...body }, buffers: [data] };
    }
    if (asked.kind === "annotations") {
      const data = new DataView(new ArrayBuffer(24));
      data.setFloat64(0, asked.t0 + 0.25, true);
      data.setInt32(20, -1, true);
      const body = { kind: "annotations", count: 1, total: 1, texts: ["N"], at: 0 };
      return { content: { ...head, ...body, pending: this.reading }, buffers: [data] };
    }
    return this.window(head, asked);
  }

  window(head: object, { channels, t0, t1, width }: Message) {
    if (!(width >= 1 && width <= 16384 && Number.isInteger(width))) throw new Error("width");
    const bytes = new DataView(new ArrayBuffer(1 << 20));
    let at = 0;
    const parts = channels.map((index: number) => {
      const one = this.channels[index] as FakeChannel;
      const bin = binOf(one.fs, t0, t1, width);
      const [s0, s1] = samplesIn(one, t0, t1);
      const tile = 512 * bin;
      const start = Math.floor(s0 / tile) * tile;
      const all = Math.min(Math.ceil(s1 / tile) * tile, one.values.length);
      const end = bin < 64 ? all : Math.min(all, Math.floor(one.values.length * this.built));
      const first = start / bin;
      const count = Math.max(Math.ceil(end / bin) - first, 0);
      const float = one.values instanceof Float64Array;
      const size = float ? 8 : 2;
      at = Math.ceil(at / 8) * 8;
      const put = (k: number, value: number) =>
        float
          ? bytes.setFloat64(at + k * size, value, true)
          : bytes.setInt16(at + k * size, value, true);
      for (let j = 0; j < count; j++) {
        const natives = Array.from(one.values.subarray((first + j) * bin, (first + j + 1) * bin));
        if (bin === 1) put(j, natives[0] as number);
        else {
          const held = natives.filter((v) => v !== one.missing && !Number.isNaN(v));
          put(j, held.length > 0 ? Math.min(...held) : float ? Number.NaN : 1);
          put(count + j, held.length > 0 ? Math.max(...held) : float ? Number.NaN : 0);
        }
      }
      const part = { channel: index, bin, first, count, dtype: float ? "float64" : "int16", at };
      at += size * count * (bin === 1 ? 1 : 2);
      const { gain, offset, missing } = one;
      return { ...part, gain, offset, missing, complete: end === all };
    });
    const complete = parts.every((part: Message) => part.complete);
    const body = { kind: "window", t0, t1, width, complete, built: this.built, parts };
    return { content: { ...head, ...body }, buffers: [new DataView(bytes.buffer.slice(0, at))] };
  }
}
