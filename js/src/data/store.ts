import { AnnotationCache, parseAnnotations } from "./annotations.ts";
import { drawnRange } from "./bins.ts";
import { decodePart } from "./decode.ts";
import { parseRuns } from "./description.ts";
import { compose } from "./lane.ts";
import { drawnBins, eachTile, missingBins, planRequests, type Want } from "./needs.ts";
import { neighbours, QUIET } from "./prefetch.ts";
import { type Request, Requests } from "./requests.ts";
import { TileCache } from "./tiles.ts";
import type {
  AnnotationSet,
  ChannelInfo,
  Counters,
  DataError,
  Description,
  LaneData,
  Transport,
  WindowReply,
} from "./types.ts";

/** Above this round trip (ms) only one request of a purpose is on its way at a time, else two. */
const FAST = 100;
/** Time between two rounds of asking again for what was not complete (ms). */
const REFRESH_PAUSE = 300;
/** After an error the same is asked again after this time (ms). */
const RETRY_AFTER = 30_000;
/** Views whose needs are remembered. */
const PURPOSES = 8;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Holds what came from the kernel, composes it for drawing, and asks for what is missing. */
export class DataStore {
  #description: Description;
  #maxBytes: number;
  #transport: Transport;
  #requests: Requests;
  #cache = new TileCache();
  #annotations = new AnnotationCache();
  #wants = new Map<string, Want>();
  #wantedMarks: { t0: number; t1: number; limit: number } | null = null;
  /** Windows to fetch when nothing else is to do; null when they are to be found anew. */
  #ahead: Want[] | null = null;
  /** Rises when it is worth to ask again for what could not be given. */
  #epoch = 0;
  #batch = 0;
  #generation = 0;
  #failed: DataError | null = null;
  #stop: () => void;
  #changed = new Set<() => void>();
  #errors = new Set<(error: DataError | null) => void>();
  #timers: { prefetch: Timer; refresh: Timer; retry: Timer } = {
    prefetch: undefined,
    refresh: undefined,
    retry: undefined,
  };
  #refreshedAt = 0;

  constructor(transport: Transport, description: Description, options: { maxBytes?: number } = {}) {
    this.#transport = transport;
    this.#description = description;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    this.#requests = new Requests(
      transport,
      (error) => this.#tell(error),
      () => this.#pump(),
    );
    this.#stop = transport.onMessage((content, buffers) => this.#receive(content, buffers));
  }

  setDescription(next: Description): void {
    const old = this.#description;
    if (next === old) return;
    this.#description = next;
    if (next.name !== old.name) this.#cache.clear();
    old.channels.forEach((before, k) => {
      const now = next.channels[k];
      if (now?.name !== before.name || now.gain !== before.gain || now.offset !== before.offset) {
        this.#cache.drop(k);
      } else if (now.nSamples !== before.nSamples) {
        this.#cache.trim(k, Math.min(before.nSamples, now.nSamples));
      }
      const [runs, held] = [now?.timebase, before.timebase];
      if (runs?.starts.length === 0 && runs.nSamples === held.nSamples) {
        runs.starts = held.starts;
        runs.onsets = held.onsets;
      }
    });
    this.#annotations.expire();
    this.#epoch += 1;
    this.#emit();
    this.#pump();
  }

  /** Takes a picture in that did not come over the wire. */
  seed(reply: WindowReply, buffer: DataView): void {
    this.#take(reply, buffer);
    this.#emit();
  }

  lane(channel: number, t0: number, t1: number, width: number): LaneData {
    const info = this.#description.channels[channel];
    if (!info) return { pieces: [], settled: true, building: false };
    if (info.timebase.starts.length === 0) {
      return { pieces: [], settled: info.timebase.nSamples === 0, building: false };
    }
    const [s0, s1] = drawnRange(info.timebase, t0, t1);
    const range = drawnBins(info, t0, t1, width);
    const pieces = compose(this.#cache, info, range.bin, s0, s1, this.#generation);
    let settled = true;
    let building = false;
    const level = this.#cache.level(channel, range.bin);
    eachTile(this.#cache, range, this.#epoch, (index, lack) => {
      if (lack === "held") return;
      settled = false;
      building ||= level?.tiles.get(index)?.building === true;
    });
    return { pieces, settled, building };
  }

  /**
   * Makes what a view lacks come. The newest want of a purpose replaces the one before it.
   * Neighbouring windows are fetched without being asked for, so a want to prefetch is ignored.
   */
  want(channels: readonly number[], t0: number, t1: number, width: number, purpose: string): void {
    if (purpose.startsWith("prefetch") || !(t0 < t1) || !(width > 0)) return;
    const want = { channels: [...channels], t0, t1, width, purpose };
    const before = this.#wants.get(purpose);
    if (before && JSON.stringify(before) === JSON.stringify(want)) {
      this.#pump();
      return;
    }
    this.#generation += 1;
    this.#wants.delete(purpose);
    this.#wants.set(purpose, want);
    const [oldest] = this.#wants.keys();
    if (this.#wants.size > PURPOSES && oldest !== undefined) this.#wants.delete(oldest);
    this.#ahead = null;
    clearTimeout(this.#timers.prefetch);
    this.#timers.prefetch = undefined;
    this.#cancelUnwanted();
    this.#pump();
  }

  /** The best held annotations of a window; what is missing of them is asked for. */
  annotations(t0: number, t1: number, limit: number): AnnotationSet | null {
    const { set, enough } = this.#annotations.best(t0, t1, limit);
    this.#wantedMarks = enough || !(t0 < t1) ? null : { t0, t1, limit: Math.max(limit, 1) };
    if (!enough) this.#pump();
    return set;
  }

  /** More of the recording was built: asks again for what was not complete. */
  refresh(): void {
    if (this.#timers.refresh !== undefined) return;
    const wait = Math.max(this.#refreshedAt + REFRESH_PAUSE - Date.now(), 0);
    this.#timers.refresh = setTimeout(() => {
      this.#timers.refresh = undefined;
      this.#refreshedAt = Date.now();
      this.#epoch += 1;
      this.#annotations.retry();
      this.#pump();
    }, wait);
  }

  onChange(callback: () => void): () => void {
    this.#changed.add(callback);
    return () => this.#changed.delete(callback);
  }

  onError(callback: (error: DataError | null) => void): () => void {
    this.#errors.add(callback);
    return () => this.#errors.delete(callback);
  }

  counters(): Counters {
    const { bytes, count: tiles } = this.#cache;
    return { bytes, tiles, requests: this.#requests.sent, pending: this.#requests.pending };
  }

  dispose(): void {
    this.#stop();
    if (this.#transport.alive()) this.#requests.cancel(() => true);
    this.#requests.clear();
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#wants.clear();
    this.#wantedMarks = null;
    this.#changed.clear();
    this.#errors.clear();
    this.#cache.clear();
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  #receive(content: any, buffers: DataView[]): void {
    if (!content || typeof content !== "object") return;
    const { kind } = content;
    if (kind === "cancelled") {
      const ids: unknown[] = Array.isArray(content.requests) ? content.requests : [];
      for (const id of ids) if (this.#requests.isOurs(id)) this.#requests.answered(id as string);
      this.#pump();
      return;
    }
    if (!this.#requests.isOurs(content.request)) return;
    const request = this.#requests.answered(content.request);
    const buffer = buffers[0] ?? new DataView(new ArrayBuffer(0));
    try {
      if (kind === "error") this.#fail(request, content);
      else {
        if (kind === "window") this.#take(content, buffer, request);
        else if (kind === "runs") this.#takeRuns(content, buffer);
        else if (kind === "annotations" && request?.of) {
          const { t0, t1, limit } = request.of;
          const set = parseAnnotations(content, buffer, t0, t1);
          this.#annotations.put(set, limit, content.pending === true);
        }
        if (this.#failed) this.#tell(null);
      }
    } catch (error) {
      this.#fail(request, { code: "protocol", error: String(error) });
    }
    this.#emit();
    this.#pump();
  }

  #take(reply: WindowReply, buffer: DataView, request?: Request): void {
    const incomplete = new Set<number>();
    for (const part of reply.parts) {
      if (!part.complete) incomplete.add(part.channel);
      const info = this.#description.channels[part.channel];
      if (!info) continue;
      const [lo, hi] = decodePart(part, buffer);
      // The last bin of an unfinished part may not have all its samples yet.
      const count = part.complete || part.bin === 1 ? part.count : part.count - 1;
      if (count <= 0) continue;
      const low = lo.subarray(0, count);
      const high = lo === hi ? low : hi.subarray(0, count);
      this.#cache.put(part.channel, part.bin, part.first, low, high);
    }
    if (request) this.#refuse(request, (channel) => incomplete.has(channel));
    if (this.#cache.bytes <= this.#maxBytes) return;
    const kept = [...this.#wants.values()].flatMap((want) => this.#ranges(want));
    const recent = this.#generation - 2;
    this.#cache.evict(this.#maxBytes, (channel, bin, tile) => {
      if (tile.generation >= recent) return true;
      const [from, to] = [tile.index * 512, tile.index * 512 + 512];
      return kept.some(
        (one) => one.channel === channel && one.bin === bin && one.b0 < to && from < one.b1,
      );
    });
  }

  /** Notes what was asked for and did not come, so that it is not asked for again and again. */
  #refuse(request: Request, building: (channel: number) => boolean): void {
    for (const range of request.ranges) {
      eachTile(this.#cache, range, -1, (index, lack) => {
        if (lack === "held") return;
        const { channel, bin } = range;
        this.#cache.refuse(channel, bin, index, request.epoch, building(channel));
      });
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  #takeRuns(content: any, buffer: DataView): void {
    const timebase = this.#description.timebases[content.timebase];
    if (!timebase) return;
    const [starts, onsets] = parseRuns(buffer, content.at ?? 0, content.runs);
    timebase.starts = starts;
    timebase.onsets = onsets;
  }

  #fail(request: Request | undefined, error: DataError): void {
    if (request) this.#refuse(request, () => false);
    if (request?.kind === "annotations") this.#wantedMarks = null;
    this.#tell({ code: String(error.code), error: String(error.error) });
    if (error.code === "source-changed") return;
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(() => {
      this.#epoch += 1;
      this.#pump();
    }, RETRY_AFTER);
  }

  #info(channel: number): ChannelInfo {
    return this.#description.channels[channel] as ChannelInfo;
  }

  #ranges(want: Want) {
    return want.channels
      .map((channel) => this.#description.channels[channel])
      .filter((info) => info !== undefined && info.timebase.starts.length > 0)
      .map((info) => drawnBins(info as ChannelInfo, want.t0, want.t1, want.width))
      .filter((range) => range.b1 > range.b0);
  }

  #isAsked(channel: number, bin: number, first: number, end: number): boolean {
    for (const request of this.#requests.flying()) {
      if (request.cancelled) continue;
      for (const one of request.ranges) {
        if (one.channel !== channel || one.bin !== bin) continue;
        if (one.b0 <= first && one.b1 >= end) return true;
      }
    }
    return false;
  }

  #cancelUnwanted(): void {
    const wanted = [...this.#wants.values()].flatMap((want) => this.#ranges(want));
    this.#requests.cancel(
      (request) =>
        request.kind === "window" &&
        !request.ranges.some((one) =>
          wanted.some(
            (range) =>
              range.channel === one.channel &&
              range.bin === one.bin &&
              range.b0 < one.b1 &&
              one.b0 < range.b1,
          ),
        ),
    );
  }

  /** Sends what is wanted, not held and not on its way, as far as the kernel keeps up. */
  #pump(): void {
    if (!this.#transport.alive()) {
      this.#requests.clear();
      this.#tell({ code: "dead", error: "The kernel is gone; what is shown is what was held." });
      return;
    }
    if (this.#failed?.code === "dead") this.#tell(null);
    this.#askRuns();
    const limit = this.#requests.roundTrip > FAST ? 1 : 2;
    for (const want of [...this.#wants.values()].reverse()) {
      if (this.#batches(want.purpose) < limit) this.#ask(want);
    }
    this.#askAnnotations();
    if (this.#requests.pending > 0 || this.#ahead?.length === 0) return;
    this.#timers.prefetch ??= setTimeout(() => {
      this.#timers.prefetch = undefined;
      this.#prefetch();
    }, QUIET);
  }

  #batches(purpose: string): number {
    const batches = new Set<number>();
    for (const request of this.#requests.flying()) {
      if (request.purpose === purpose) batches.add(request.batch);
    }
    return batches.size;
  }

  /** Sends the requests for what a want lacks; false if it lacks nothing. */
  #ask(want: Want): boolean {
    const asked = this.#isAsked.bind(this);
    const missing = this.#ranges(want)
      .map((range) => missingBins(this.#cache, range, this.#epoch, asked))
      .filter((range) => range !== null);
    if (missing.length === 0) return false;
    this.#batch += 1;
    for (const { channels, t0, t1, width, ranges } of planRequests(missing, (k) => this.#info(k))) {
      const about = { purpose: want.purpose, batch: this.#batch, epoch: this.#epoch, ranges };
      this.#requests.send("window", { channels, t0, t1, width }, about);
    }
    return true;
  }

  #askRuns(): void {
    this.#description.timebases.forEach((timebase, k) => {
      const purpose = `runs:${k}`;
      if (timebase.starts.length > 0 || timebase.nSamples === 0) return;
      if (this.#batches(purpose) === 0) this.#requests.send("runs", { timebase: k }, { purpose });
    });
  }

  #askAnnotations(): void {
    const purpose = "annotations";
    if (!this.#wantedMarks || this.#batches(purpose) > 0) return;
    const { t0, t1, limit } = this.#wantedMarks;
    if (this.#annotations.best(t0, t1, limit).enough) return;
    // Half a window more on both sides, so that moving a little needs no request.
    const half = (t1 - t0) / 2;
    const of = { t0: Math.max(t0 - half, 0), t1: t1 + half, limit: 2 * limit };
    this.#requests.send("annotations", of, { purpose, of: { ...of, limit } });
  }

  /** With nothing else to do, fetches one of the windows that may be wanted next. */
  #prefetch(): void {
    if (this.#requests.pending > 0 || !this.#transport.alive() || this.#failed) return;
    if (!this.#ahead) {
      const views = [...this.#wants.values()].filter(
        (want) => !want.purpose.startsWith("overview"),
      );
      const { duration } = this.#description;
      this.#ahead = views.reverse().flatMap((want) => neighbours(want, duration));
    }
    for (let next = this.#ahead.shift(); next; next = this.#ahead.shift()) {
      if (this.#ask(next)) return;
    }
  }

  #emit(): void {
    for (const callback of this.#changed) callback();
  }

  #tell(error: DataError | null): void {
    if (error?.code === this.#failed?.code && error?.error === this.#failed?.error) return;
    this.#failed = error;
    for (const callback of this.#errors) callback(error);
  }
}
