/** A fake kernel: answers the requests with simulated signals. */

export interface Options {
  channels: number;
  seconds: number;
  gaps: number;
  delay: number;
  start: string | null;
  notes: string[];
  building: number;
}

interface Base {
  fs: number;
  samples: number;
  starts: number[];
  onsets: number[];
}

const KINDS = [
  { name: "ECG", kind: "ECG", units: "mV", fs: 256, gain: 0.001, range: [-0.4, 1.3] },
  { name: "PPG", kind: "PPG", units: "a.u.", fs: 64, gain: 0.01, range: [-4, 7] },
  { name: "Resp", kind: "respiration", units: "", fs: 32, gain: 0.001, range: [-1.1, 1.1] },
  { name: "SpO2", kind: "SpO2", units: "%", fs: 1, gain: 0.01, range: [90, 99] },
  { name: "Acc x", kind: "other", units: "g", fs: 50, gain: 0.0005, range: [-0.3, 1.2] },
  { name: "EEG Fpz-Cz", kind: "EEG", units: "µV", fs: 256, gain: 0.1, range: [-60, 60] },
  { name: "EOG left", kind: "EOG", units: "µV", fs: 128, gain: 0.1, range: [-100, 100] },
  { name: "Temperature", kind: "other", units: "°C", fs: 4, gain: 0.01, range: [35.8, 37.4] },
];

const noise = (n: number): number => {
  let x = (n | 0) * 374761393;
  x = (x ^ (x >>> 13)) * 1274126177;
  return (((x ^ (x >>> 16)) >>> 0) / 4294967296) * 2 - 1;
};
const bump = (x: number, at: number, width: number): number => Math.exp(-(((x - at) / width) ** 2));

function valueAt(kind: number, channel: number, sample: number, t: number): number {
  const n = noise(sample + channel * 7919);
  const beat = (t * 1.1 + 0.3 * Math.sin(t / 9)) % 1;
  if (kind === 0) {
    return (
      bump(beat, 0.3, 0.012) * 1.2 -
      bump(beat, 0.325, 0.01) * 0.3 -
      bump(beat, 0.28, 0.01) * 0.12 +
      bump(beat, 0.15, 0.03) * 0.12 +
      bump(beat, 0.55, 0.05) * 0.28 +
      0.08 * Math.sin(t / 2) +
      0.015 * n +
      (Math.sin(t / 1800) > 0.97 ? 0.5 * n : 0)
    );
  }
  if (kind === 1) return 9 * (bump(beat, 0.35, 0.12) + 0.4 * bump(beat, 0.65, 0.1)) - 3 + 0.15 * n;
  if (kind === 2) return Math.sin(t * 1.6 + Math.sin(t / 40)) * (0.7 + 0.3 * Math.sin(t / 700));
  if (kind === 3)
    return Math.round(96.5 + Math.sin(t / 500) - 4 * Math.max(0, Math.sin(t / 90)) ** 9);
  if (kind === 4) return (Math.sin(t / 3000) > 0 ? 0.9 : 0.1) + 0.02 * n;
  if (kind === 7) return 36.6 + 0.5 * Math.sin(t / 9000) + 0.004 * n;
  const slow = Math.sin(t * 7 + channel) + 0.7 * Math.sin(t * 31) + Math.sin(t * 0.9);
  return (12 + 8 * Math.sin(t / 300)) * slow + 8 * n;
}

export class FakeKernel {
  readonly bases: Base[] = [];
  built: number;
  // biome-ignore lint/suspicious/noExplicitAny: a stand-in for a widget's model
  readonly #listeners = new Map<string, ((...args: any[]) => void)[]>();
  requests = 0;
  comm_live = true;

  constructor(readonly options: Options) {
    this.built = options.building;
    for (const kind of KINDS) this.bases.push(this.#base(kind.fs));
  }

  #base(fs: number): Base {
    const { seconds, gaps } = this.options;
    const base: Base = { fs, samples: 0, starts: [], onsets: [] };
    for (let r = 0; r <= gaps; r++) {
      const onset = (seconds * r) / (gaps + 1);
      const end = (seconds * (r + 1)) / (gaps + 1);
      const hole = r === gaps ? 0 : r % 2 ? 0.4 : Math.min(600, (seconds / (gaps + 1)) * 0.2);
      base.starts.push(base.samples);
      base.onsets.push(onset);
      base.samples += Math.max(1, Math.round((end - onset - hole) * fs));
    }
    return base;
  }

  description(): { json: unknown; data: DataView } {
    const { options, bases } = this;
    const data = new DataView(new ArrayBuffer(16 * bases.length * (options.gaps + 1)));
    let at = 0;
    const timebases = bases.map((base) => {
      const entry = { fs: base.fs, n_samples: base.samples, runs: base.starts.length, at };
      base.starts.forEach(
        (start, r) => void data.setBigInt64(entry.at + 8 * r, BigInt(start), true),
      );
      at += 8 * base.starts.length;
      base.onsets.forEach((onset, r) => void data.setFloat64(at + 8 * r, onset, true));
      at += 8 * base.onsets.length;
      return entry;
    });
    const channels = Array.from({ length: options.channels }, (_, c) => {
      const kind = KINDS[c % KINDS.length] as (typeof KINDS)[0];
      const again = Math.floor(c / KINDS.length);
      return {
        name: again > 0 ? `${kind.name} ${again + 1}` : kind.name,
        units: kind.units,
        kind: kind.kind,
        fs: kind.fs,
        n_samples: (this.bases[c % KINDS.length] as Base).samples,
        timebase: c % KINDS.length,
        gain: kind.gain,
        offset: 0,
        dtype: "int16",
      };
    });
    const json = {
      v: 1,
      name: "synthetic",
      start: options.start,
      duration: options.seconds,
      revision: 1,
      channels,
      timebases,
      notes: options.notes,
      ranges: channels.map((_, c) => (c % 8 === 4 ? null : KINDS[c % KINDS.length]?.range)),
    };
    return { json, data };
  }

  #sample(c: number, i: number): number {
    const k = c % KINDS.length;
    const base = this.bases[k] as Base;
    let r = base.starts.length - 1;
    while (r > 0 && (base.starts[r] as number) > i) r--;
    const t = (base.onsets[r] as number) + (i - (base.starts[r] as number)) / base.fs;
    return Math.round(valueAt(k, c, i, t) / (KINDS[k]?.gain ?? 1));
  }

  // biome-ignore lint/suspicious/noExplicitAny: a request of the wire
  window(q: any): { content: any; buffer: DataView } {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const parts: any[] = [];
    const arrays: Int16Array[] = [];
    let at = 0;
    let complete = true;
    for (const c of q.channels) {
      const base = this.bases[c % KINDS.length] as Base;
      const spp = (base.fs * (q.t1 - q.t0)) / q.width;
      let bin = 1;
      while (bin * 4 <= Math.max(spp, 1)) bin *= 4;
      const index = (t: number): number => {
        let r = base.onsets.length - 1;
        while (r > 0 && (base.onsets[r] as number) > t) r--;
        const end = base.starts[r + 1] ?? base.samples;
        const s =
          (base.starts[r] as number) + Math.ceil((t - (base.onsets[r] as number)) * base.fs);
        return Math.max(0, Math.min(s, end));
      };
      const available = bin >= 64 ? Math.floor(base.samples * this.built) : base.samples;
      const tile = 512 * bin;
      const from = Math.floor(index(q.t0) / tile) * 512;
      const to = Math.min(Math.ceil(index(q.t1) / tile) * 512, Math.ceil(available / bin));
      if (available < index(q.t1)) complete = false;
      const count = Math.max(0, to - from);
      const values = new Int16Array(bin === 1 ? count : 2 * count);
      for (let j = 0; j < count; j++) {
        let lo = 32767;
        let hi = -32768;
        const looks = Math.min(bin, 24);
        for (let k = 0; k < looks; k++) {
          const i = Math.min(base.samples - 1, (from + j) * bin + Math.floor((k * bin) / looks));
          const v = this.#sample(c, i);
          if (v < lo) lo = v;
          if (v > hi) hi = v;
        }
        values[j] = lo;
        if (bin > 1) values[count + j] = hi;
      }
      parts.push({
        channel: c,
        bin,
        first: from,
        count,
        dtype: "int16",
        at,
        gain: KINDS[c % KINDS.length]?.gain,
        offset: 0,
        missing: null,
        complete: available >= index(q.t1),
      });
      arrays.push(values);
      at += Math.ceil(values.byteLength / 8) * 8;
    }
    const bytes = new Uint8Array(at);
    for (let k = 0; k < parts.length; k++) {
      bytes.set(new Uint8Array((arrays[k] as Int16Array).buffer), parts[k].at);
    }
    const { request, seq, t0, t1, width } = q;
    const built = this.built;
    const content = {
      v: 1,
      kind: "window",
      request,
      seq,
      t0,
      t1,
      width,
      complete,
      built,
      parts,
    };
    return { content, buffer: new DataView(bytes.buffer) };
  }

  // biome-ignore lint/suspicious/noExplicitAny: a request of the wire
  #annotations(q: any): { content: any; buffer: DataView } {
    const every = 0.9;
    const first = Math.ceil(q.t0 / every);
    const total = Math.max(0, Math.ceil(q.t1 / every) - first);
    const n = Math.min(total, q.limit);
    const data = new DataView(new ArrayBuffer(n * 24));
    for (let k = 0; k < n; k++) {
      const beat = first + Math.floor((k * total) / n);
      data.setFloat64(k * 8, beat * every, true);
      data.setFloat64((n + k) * 8, beat % 40 === 3 ? 5 : 0, true);
      data.setInt32(16 * n + 4 * k, beat % 40 === 3 ? 2 : beat % 9 === 4 ? 1 : 0, true);
      data.setInt32(20 * n + 4 * k, -1, true);
    }
    const { request, seq } = q;
    const texts = ["N", "V", "Arousal (spontaneous)"];
    const content = { v: 1, kind: "annotations", request, seq, count: n, total, texts, at: 0 };
    return { content, buffer: data };
  }

  // biome-ignore lint/suspicious/noExplicitAny: the wire's model
  send(q: any): void {
    this.requests++;
    if (q.kind === "cancel") return;
    setTimeout(() => {
      const reply =
        q.kind === "window"
          ? this.window(q)
          : q.kind === "measure"
            ? measured(q)
            : this.#annotations(q);
      for (const listener of this.#listeners.get("msg:custom") ?? []) {
        listener(reply.content, [reply.buffer]);
      }
    }, this.options.delay);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the wire's model
  on(event: string, callback: (...args: any[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), callback]);
  }

  off(): void {}
}

/** Invented statistics. */
// biome-ignore lint/suspicious/noExplicitAny: the wire's model
function measured({ request, seq, channels, t0, t1 }: any) {
  const rows = channels.map((channel: number) => {
    const range = KINDS[channel % KINDS.length]?.range ?? [0, 1];
    const [min = 0, max = 1] = range;
    const fs = KINDS[channel % KINDS.length]?.fs ?? 1;
    const [mean, rms, sd] = [(min + max) / 2, Math.hypot(min, max) / 2, (max - min) / 4];
    const n = Math.round((t1 - t0) * fs);
    return { channel, n, missing: channel % 3, min, max, mean, rms, sd, slope: sd / 100 };
  });
  return {
    content: { v: 1, kind: "measure", request, seq, pending: false, progress: 1, rows },
    buffer: new DataView(new ArrayBuffer(0)),
  };
}
