import type { AnnotationCache } from "./annotations.ts";
import {
  type BinRange,
  type Demand,
  drawnBins,
  eachTile,
  missingBins,
  planRequests,
  willContain,
} from "./demand.ts";
import { neighbours, QUIET } from "./prefetch.ts";
import { MAX_ANNOTATIONS } from "./protocol.ts";
import { type Request, Requests } from "./requests.ts";
import type { TileCache } from "./tiles.ts";
import type { ChannelInfo, DataError, Description, MarkFilter, Transport } from "./types.ts";

/** Above this round-trip time (ms), one request per purpose is pending at a time, else two. */
const FAST = 100;
/** Number of purposes whose latest window is remembered. */
const PURPOSES = 8;

/** Largest number of columns of a density. */
const MAX_COLUMNS = 8192;

/** The marks of the whole recording are requested this time after some were changed (ms). */
const MARKS_REST = 700;
const WHOLE = "annotations:overview";

const DEAD: DataError = {
  code: "dead",
  error: "No kernel is connected; only data that were already loaded are shown.",
};

/** Decides what to request from the kernel, and when. */
export class Fetcher {
  readonly requests: Requests;
  /** Increases when data that were unavailable should be requested again. */
  epoch = 0;
  /** Which marks are requested. */
  markFilter: MarkFilter = {};
  /** Increases with each new window. */
  generation = 0;
  #demands = new Map<string, Demand>();
  #marks = new Map<string, { t0: number; t1: number; limit: number }>();
  /** Purposes other than windows that failed, and in which epoch. */
  #refused = new Map<string, number>();
  #batch = 0;
  /** Windows to prefetch; null if they must be determined again. */
  #ahead: Demand[] | null = null;
  #prefetchTimer: ReturnType<typeof setTimeout> | undefined;
  #dead = false;
  /** Runs for some time after marks were changed. */
  #marksTimer: ReturnType<typeof setTimeout> | undefined;

  readonly #transport: Transport;
  readonly #cache: TileCache;
  readonly #annotations: AnnotationCache;
  readonly #description: () => Description;
  readonly #onError: (error: DataError | null) => void;
  readonly #onLost: (lost: readonly Request[]) => void;

  constructor(
    transport: Transport,
    cache: TileCache,
    annotations: AnnotationCache,
    description: () => Description,
    onError: (error: DataError | null) => void,
    onLost: (lost: readonly Request[]) => void,
  ) {
    this.#transport = transport;
    this.#cache = cache;
    this.#annotations = annotations;
    this.#description = description;
    this.#onError = onError;
    this.#onLost = onLost;
    this.requests = new Requests(transport, onError, (lost) => {
      onLost(lost);
      this.pump();
    });
  }

  demand(demand: Demand): void {
    const before = this.#demands.get(demand.purpose);
    if (!before || JSON.stringify(before) !== JSON.stringify(demand)) {
      this.generation += 1;
      this.#demands.delete(demand.purpose);
      this.#demands.set(demand.purpose, demand);
      const [oldest] = this.#demands.keys();
      if (this.#demands.size > PURPOSES && oldest !== undefined) this.#demands.delete(oldest);
      this.#ahead = null;
      this.#stopPrefetch();
      const demanded = this.demandedRanges();
      this.requests.cancel(
        ({ kind, ranges }) =>
          kind === "window" &&
          !ranges.some((one) => demanded.some((range) => willContain(one, range))),
      );
    }
    this.pump();
  }

  demandAnnotations(t0: number, t1: number, limit: number, purpose: string): void {
    this.#marks.set(purpose, { t0, t1, limit });
    this.pump();
  }

  /** Marks were changed: the present ones of the windows are requested, those of the whole later. */
  marksChanged(): void {
    this.#marksTimer ??= setTimeout(() => {
      this.#marksTimer = undefined;
      this.pump();
    }, MARKS_REST);
    this.pump();
  }

  /** All bins that the views draw at present. */
  demandedRanges(): BinRange[] {
    return [...this.#demands.values()].flatMap((demand) => this.#ranges(demand));
  }

  /** Requests again what was unavailable before. */
  again(): void {
    this.epoch += 1;
    this.pump();
  }

  /** The connection was lost and is back: requests that were sent meanwhile are sent again. */
  resume(): void {
    this.#onLost(this.requests.clear());
    this.again();
  }

  /** Notes what was requested and not received, so that it is not requested in a loop. */
  refuse(request: Request, building: (channel: number) => boolean): void {
    if (request.kind !== "window") this.#refused.set(request.purpose, this.epoch);
    for (const range of request.ranges) {
      eachTile(this.#cache, range, -1, (index, availability) => {
        if (availability === "cached") return;
        const { channel, bin } = range;
        this.#cache.refuse(channel, bin, index, request.epoch, building(channel));
      });
    }
  }

  /** Whether a request other than a window failed in this epoch. */
  refused(purpose: string): boolean {
    return this.#refused.get(purpose) === this.epoch;
  }

  /** Requests what is wanted, not cached and not pending, as far as the kernel keeps up. */
  pump(): void {
    if (!this.#transport.alive()) {
      this.#onLost(this.requests.clear());
      this.#stopPrefetch();
      this.#dead = true;
      this.#onError(DEAD);
      return;
    }
    if (this.#dead) this.#onError(null);
    this.#dead = false;
    this.#askRuns();
    const limit = this.requests.roundTrip > FAST ? 1 : 2;
    for (const demand of [...this.#demands.values()].reverse()) {
      if (this.#batches(demand.purpose) < limit) this.#ask(demand);
    }
    this.#askAnnotations();
    if (this.requests.pending > 0 || this.#ahead?.length === 0) return;
    this.#prefetchTimer ??= setTimeout(() => {
      this.#prefetchTimer = undefined;
      this.#prefetch();
    }, QUIET);
  }

  dispose(): void {
    clearTimeout(this.#marksTimer);
    if (this.#transport.alive()) this.requests.cancel(() => true);
    this.requests.clear();
    this.#stopPrefetch();
    this.#demands.clear();
    this.#marks.clear();
  }

  #stopPrefetch(): void {
    clearTimeout(this.#prefetchTimer);
    this.#prefetchTimer = undefined;
  }

  #ranges(demand: Demand): BinRange[] {
    const { channels } = this.#description();
    return demand.channels
      .map((index) => channels[index])
      .filter((info) => info !== undefined)
      .filter((info) => info.timebase.starts.length > 0)
      .map((info) => drawnBins(info, demand.t0, demand.t1, demand.width))
      .filter((range) => range.b1 > range.b0);
  }

  #isAsked(part: BinRange): boolean {
    for (const { cancelled, ranges } of this.requests.flying()) {
      if (!cancelled && ranges.some((one) => willContain(one, part))) return true;
    }
    return false;
  }

  /** Number of pending batches of a purpose. */
  #batches(purpose: string): number {
    const batches = new Set<number>();
    for (const request of this.requests.flying()) {
      if (request.purpose === purpose) batches.add(request.batch);
    }
    return batches.size;
  }

  #mayAsk(purpose: string): boolean {
    return this.#batches(purpose) === 0 && !this.refused(purpose);
  }

  /** Requests the missing bins of a window; returns false if none are missing. */
  #ask(demand: Demand): boolean {
    const missing = this.#ranges(demand)
      .map((range) => missingBins(this.#cache, range, this.epoch, (part) => this.#isAsked(part)))
      .filter((range) => range !== null);
    if (missing.length === 0) return false;
    const info = (channel: number) => this.#description().channels[channel] as ChannelInfo;
    this.#batch += 1;
    for (const { channels, t0, t1, width, ranges } of planRequests(missing, info)) {
      const about = { purpose: demand.purpose, batch: this.#batch, epoch: this.epoch, ranges };
      this.requests.send("window", { channels, t0, t1, width }, about);
    }
    return true;
  }

  #askRuns(): void {
    this.#description().timebases.forEach(({ starts, nSamples }, timebase) => {
      const purpose = `runs:${timebase}`;
      if (starts.length > 0 || nSamples === 0 || !this.#mayAsk(purpose)) return;
      this.requests.send("runs", { timebase }, { purpose });
    });
  }

  #askAnnotations(): void {
    for (const [purpose, { t0, t1, limit }] of this.#marks) {
      const { enough, set } = this.#annotations.best(t0, t1, limit);
      if (enough || !this.#mayAsk(purpose)) continue;
      // The reply is large, and what shows the change that somebody waits for comes first.
      if (purpose === WHOLE && set && this.#marksTimer !== undefined) continue;
      // Half a window more on each side, so that small moves need no request.
      const half = (t1 - t0) / 2;
      const of = { t0: Math.max(t0 - half, 0), t1: t1 + half };
      const filter = JSON.stringify(this.markFilter);
      const most = Math.min(2 * limit, MAX_ANNOTATIONS);
      const columns = Math.min(2 * limit, MAX_COLUMNS);
      this.requests.send(
        "annotations",
        { ...of, limit: most, columns, ...this.markFilter },
        { purpose, of: { ...of, limit, filter, changes: this.#annotations.changes } },
      );
    }
  }

  /** When nothing is pending, requests one of the windows that may be wanted next. */
  #prefetch(): void {
    if (this.requests.pending > 0 || !this.#transport.alive()) return;
    if (!this.#ahead) {
      const views = [...this.#demands.values()].filter(
        (demand) => !demand.purpose.startsWith("overview"),
      );
      const { duration } = this.#description();
      this.#ahead = views.reverse().flatMap((demand) => neighbours(demand, duration));
    }
    for (let next = this.#ahead.shift(); next; next = this.#ahead.shift()) {
      if (this.#ask(next)) return;
    }
  }
}
