import type { PointSet } from "../math/polyline.ts";
import { drawnRange } from "../math/timebase.ts";
import { AnnotationCache, type AnnotationReply, parseAnnotations } from "./annotations.ts";
import { compose } from "./compose.ts";
import { decodePart } from "./decode.ts";
import { drawnBins, eachTile, willContain } from "./demand.ts";
import { parseRuns } from "./description.ts";
import { Fetcher } from "./fetcher.ts";
import { MarkQueries } from "./markqueries.ts";
import { Measurements } from "./measurements.ts";
import { Points } from "./points.ts";
import { ERROR_CODES, TILE } from "./protocol.ts";
import type { Request } from "./requests.ts";
import { Spectrograms } from "./spectrograms.ts";
import { TileCache } from "./tiles.ts";
import type {
  AnnotationSet,
  Counters,
  DataError,
  Description,
  FindState,
  LaneData,
  Legend,
  ListState,
  MarkFilter,
  MarkQuery,
  MarkSearch,
  Measurement,
  SpectrogramState,
  Transport,
  WindowReply,
} from "./types.ts";

/** Time between two repeated requests for incomplete data (ms). */
const REFRESH_PAUSE = 300;
/** Times after which annotations that are still being read are requested again (ms). */
const PENDING_PAUSE = [100, 200, 400, 1000];
/** Time after an error until the same request is repeated (ms). */
const RETRY_AFTER = 30_000;

/** Requests of one topic: takes their replies. */
interface Taker {
  // biome-ignore lint/suspicious/noExplicitAny: checked there
  take(reply: any, buffer: DataView, key: string | null): void;
  fail(error: string, key: string | null): void;
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Caches data from the kernel, composes them for drawing, and requests missing data. */
export class DataStore {
  #description: Description;
  #maxBytes: number;
  #cache = new TileCache();
  #annotations = new AnnotationCache();
  #fetcher: Fetcher;
  #measurements: Measurements;
  #spectrograms: Spectrograms;
  #points: Points;
  #marks: MarkQueries;
  /** What takes the replies that are not windows, by their kind. */
  #takers: Record<string, Taker>;
  /** Adds changes of marks that the kernel has not sent yet. */
  patch = (set: AnnotationSet): AnnotationSet => set;
  #failed: DataError | null = null;
  #stop: () => void;
  #changed = new Set<() => void>();
  #errors = new Set<(error: DataError | null) => void>();
  #timers: Partial<Record<"refresh" | "retry" | "marks", Timer>> = {};
  #refreshedAt = 0;
  /** Number of requests for annotations that were still being read. */
  #looks = 0;

  constructor(transport: Transport, description: Description, options: { maxBytes?: number } = {}) {
    this.#description = description;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    this.#fetcher = new Fetcher(
      transport,
      this.#cache,
      this.#annotations,
      () => this.#description,
      (error) => this.#notify(error),
      (lost) => this.#marks.lose(lost),
    );
    const { requests } = this.#fetcher;
    this.#measurements = new Measurements(requests, () => transport.alive());
    this.#spectrograms = new Spectrograms(requests, () => transport.alive());
    this.#points = new Points(requests, () => transport.alive());
    this.#marks = new MarkQueries(
      requests,
      () => transport.alive(),
      () => this.#emit(),
    );
    this.#takers = {
      measure: this.#measurements,
      points: this.#points,
      spectrogram: this.#spectrograms,
      legend: this.#marks,
      list: this.#marks,
      find: this.#marks,
    };
    this.#stop = transport.onMessage((content, buffers) => this.#receive(content, buffers));
  }

  setDescription(next: Description): void {
    const old = this.#description;
    if (next === old) return;
    this.#description = next;
    if (next.name !== old.name) this.#cache.clear();
    old.channels.forEach((before, k) => {
      const now = next.channels[k];
      if (
        now?.name !== before.name ||
        now.key !== before.key ||
        now.gain !== before.gain ||
        now.offset !== before.offset
      ) {
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
    this.#marks.expire();
    this.#measurements.expire();
    this.#points.expire();
    this.#emit();
    this.#fetcher.again();
  }

  /** Adds a window that was saved with the widget. */
  seed(reply: WindowReply, buffer: DataView): void {
    this.#take(reply, buffer);
    this.#emit();
  }

  /** Adds marks that were saved with the widget: they are shown until the present ones come. */
  seedMarks(reply: AnnotationReply & { t0: number; t1: number }, buffer: DataView): void {
    this.#annotations.seed(parseAnnotations(reply, buffer, reply.t0, reply.t1));
    this.#emit();
  }

  lane(channel: number, t0: number, t1: number, width: number): LaneData {
    const info = this.#description.channels[channel];
    if (!info) return { pieces: [], settled: true, building: false, refused: false };
    if (info.timebase.starts.length === 0) {
      const settled = info.timebase.nSamples === 0;
      return { pieces: [], settled, building: false, refused: false };
    }
    const [s0, s1] = drawnRange(info.timebase, t0, t1);
    const range = drawnBins(info, t0, t1, width);
    const pieces = compose(this.#cache, info, range.bin, s0, s1, this.#fetcher.generation);
    let settled = true;
    let building = false;
    let refused = false;
    const level = this.#cache.level(channel, range.bin);
    eachTile(this.#cache, range, this.#fetcher.epoch, (index, availability) => {
      if (availability === "cached") return;
      settled = false;
      const waits = level?.tiles.get(index)?.building === true;
      building ||= waits;
      refused ||= availability === "refused" && !waits;
    });
    return { pieces, settled, building, refused };
  }

  /**
   * Requests the missing data of a window. The latest window of a purpose counts.
   * The store prefetches neighbouring windows and the lanes of `nearby` channels itself, so requests
   * to prefetch are ignored.
   */
  demand(
    channels: readonly number[],
    t0: number,
    t1: number,
    width: number,
    purpose: string,
    nearby: readonly number[] = [],
  ): void {
    if (purpose.startsWith("prefetch") || !(t0 < t1) || !(width > 0)) return;
    this.#fetcher.demand({ channels: [...channels], nearby, t0, t1, width, purpose });
  }

  /** Chooses which marks are shown. */
  filterMarks(filter: MarkFilter): void {
    const text = JSON.stringify(filter);
    if (text === this.#annotations.filter) return;
    this.#annotations.filter = text;
    this.#fetcher.markFilter = filter;
    this.#fetcher.pump();
  }

  /** The best cached annotations of a window; missing ones are requested. */
  annotations(t0: number, t1: number, limit: number, purpose = "window"): AnnotationSet | null {
    const { set, enough } = this.#annotations.best(t0, t1, limit);
    if (!enough && t0 < t1) {
      const most = Math.max(Math.ceil(limit), 1);
      this.#fetcher.demandAnnotations(t0, t1, most, `annotations:${purpose}`);
    }
    return set && this.patch(set);
  }

  /** Whether no more annotations of a window will arrive. */
  annotationsSettled(t0: number, t1: number, limit: number, purpose = "window"): boolean {
    if (!(t0 < t1) || this.#fetcher.refused(`annotations:${purpose}`)) return true;
    return this.#annotations.best(t0, t1, limit).settled;
  }

  legend(): Legend | null {
    return this.#marks.legend();
  }

  listMarks(query: MarkQuery, first: number, stop: number): ListState {
    return this.#marks.list(query, first, stop);
  }

  findMark(t: number, forwards: boolean, wanted: MarkSearch): Promise<FindState> {
    return this.#marks.find(t, forwards, wanted);
  }

  spectrogram(channel: number, key: string, t0: number, t1: number): SpectrogramState {
    return this.#spectrograms.of(channel, key, t0, t1);
  }

  /** Statistics of all samples in a time range; unknown ones are requested. */
  measure(channels: readonly number[], t0: number, t1: number): Measurement {
    return this.#measurements.of(channels, t0, t1);
  }

  points(channel: number, by: string, t0: number, t1: number, n: number): PointSet | null {
    return this.#points.of(channel, by, t0, t1, n);
  }

  /** Marks were changed: requests them again. */
  marksChanged(): void {
    this.#annotations.expire();
    this.#marks.expire();
    this.#fetcher.marksChanged();
    this.#emit();
  }

  /** More of the pyramid was built: requests incomplete data again. */
  refresh(): void {
    if (this.#timers.refresh !== undefined) return;
    const wait = Math.max(this.#refreshedAt + REFRESH_PAUSE - Date.now(), 0);
    this.#timers.refresh = setTimeout(() => {
      this.#timers.refresh = undefined;
      this.#refreshedAt = Date.now();
      this.#annotations.retry();
      this.#fetcher.again();
    }, wait);
  }

  /** The connection is back after it was lost. */
  resume(): void {
    this.#annotations.retry();
    this.#fetcher.resume();
    this.#emit();
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
    const { sent, pending } = this.#fetcher.requests;
    return { bytes, tiles, requests: sent, pending };
  }

  dispose(): void {
    this.#stop();
    this.#fetcher.dispose();
    this.#measurements.dispose();
    this.#spectrograms.dispose();
    this.#points.dispose();
    this.#marks.dispose();
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#changed.clear();
    this.#errors.clear();
    this.#cache.clear();
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  #receive(content: any, buffers: DataView[]): void {
    if (!content || typeof content !== "object") return;
    const { kind } = content;
    const { requests } = this.#fetcher;
    if (kind === "cancelled") {
      const ids: unknown[] = Array.isArray(content.requests) ? content.requests : [];
      for (const id of ids) if (requests.isOurs(id)) requests.answered(id as string);
      this.#fetcher.pump();
      return;
    }
    if (!requests.isOurs(content.request)) return;
    const request = requests.answered(content.request);
    const buffer = buffers[0] ?? new DataView(new ArrayBuffer(0));
    try {
      if (kind === "error") this.#fail(request, content);
      else {
        if (kind === "window") this.#take(content, buffer, request);
        else if (kind === "runs") this.#takeRuns(content, buffer);
        else if (request) this.#takers[kind]?.take(content, buffer, request.key);
        if (kind === "annotations" && request?.of) {
          const { t0, t1, limit, filter, changes } = request.of;
          const set = parseAnnotations(content, buffer, t0, t1);
          this.#annotations.put(set, limit, content.pending === true, filter, changes);
          if (content.pending === true) this.#lookAgain();
        }
        // Only a window proves that the kernel can read the signals again.
        if (kind === "window" && this.#failed) this.#notify(null);
      }
    } catch (error) {
      this.#fail(request, { code: "protocol", error: String(error) });
    }
    this.#emit();
    this.#fetcher.pump();
  }

  #take(reply: WindowReply, buffer: DataView, request?: Request): void {
    const incomplete = new Set<number>();
    for (const part of reply.parts) {
      if (!part.complete) incomplete.add(part.channel);
      const info = this.#description.channels[part.channel];
      if (!info) continue;
      const [lo, hi] = decodePart(part, buffer);
      // The last bin of an incomplete part may not contain all its samples yet.
      const count = part.complete || part.bin === 1 ? part.count : part.count - 1;
      if (count <= 0) continue;
      const low = lo.subarray(0, count);
      const high = lo === hi ? low : hi.subarray(0, count);
      this.#cache.put(part.channel, part.bin, part.first, low, high);
    }
    if (request) this.#fetcher.refuse(request, (channel) => incomplete.has(channel));
    if (this.#cache.bytes <= this.#maxBytes) return;
    const kept = this.#fetcher.demandedRanges();
    const recent = this.#fetcher.generation - 2;
    this.#cache.evict(this.#maxBytes, (channel, bin, tile) => {
      if (tile.generation >= recent) return true;
      const held = { channel, bin, b0: tile.index * TILE, b1: (tile.index + 1) * TILE };
      return kept.some((range) => willContain(range, held));
    });
  }

  /** Requests annotations again that the kernel is still reading. */
  #lookAgain(): void {
    clearTimeout(this.#timers.marks);
    const pause = PENDING_PAUSE[Math.min(this.#looks++, PENDING_PAUSE.length - 1)];
    this.#timers.marks = setTimeout(() => {
      this.#annotations.retry();
      this.#fetcher.pump();
    }, pause);
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  #takeRuns(content: any, buffer: DataView): void {
    const timebase = this.#description.timebases[content.timebase];
    if (!timebase) return;
    const [starts, onsets] = parseRuns(buffer, content.at ?? 0, content.runs);
    timebase.starts = starts;
    timebase.onsets = onsets;
  }

  #fail(request: Request | undefined, error: { code: unknown; error: unknown }): void {
    const taker = request && this.#takers[request.kind];
    if (taker) {
      taker.fail(String(error.error), request.key);
      if (error.code !== "source-changed") return;
    } else if (request) this.#fetcher.refuse(request, () => false);
    const code = ERROR_CODES.find((known) => known === error.code) ?? "failed";
    this.#notify({ code, error: String(error.error) });
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(() => {
      this.#fetcher.again();
    }, RETRY_AFTER);
  }

  #emit(): void {
    for (const callback of this.#changed) callback();
  }

  #notify(error: DataError | null): void {
    if (error?.code === this.#failed?.code && error?.error === this.#failed?.error) return;
    this.#failed = error;
    for (const callback of this.#errors) callback(error);
  }
}
