import type { BinRange } from "./demand.ts";
import { type RequestKind, VERSION } from "./protocol.ts";
import type { DataError, Transport } from "./types.ts";

/** Without a reply for this time, the kernel is considered busy (ms). */
export const SLOW_AFTER = 10_000;
/** Without a reply for this time, a request is considered lost and may be sent again (ms). */
export const LOST_AFTER = 30_000;

export interface Request {
  id: string;
  kind: RequestKind;
  purpose: string;
  /** Common number of the requests that were sent together. */
  batch: number;
  sentAt: number;
  cancelled: boolean;
  ranges: BinRange[];
  /** The epoch in which the request was sent. */
  epoch: number;
  /** Of a request for annotations: what was requested. */
  of: { t0: number; t1: number; limit: number; filter: string; changes: number } | null;
  /** What was requested, in the words of the one who requested it. */
  key: string | null;
}

/** Properties of a request that are needed when its reply arrives. */
export type About = { purpose: string } & Partial<
  Pick<Request, "batch" | "ranges" | "epoch" | "of" | "key">
>;

/** Sends requests, keeps track of pending ones, and detects missing replies. */
export class Requests {
  readonly client = Math.random().toString(36).slice(2, 10);
  sent = 0;
  /** Smoothed round-trip time in ms; a fast kernel is assumed at first. */
  roundTrip = 20;
  #flying = new Map<string, Request>();
  #number = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #slow = false;

  readonly #transport: Transport;
  readonly #onState: (error: DataError | null) => void;
  readonly #onLost: (lost: readonly Request[]) => void;

  constructor(
    transport: Transport,
    onState: (error: DataError | null) => void,
    onLost: (lost: readonly Request[]) => void,
  ) {
    this.#transport = transport;
    this.#onState = onState;
    this.#onLost = onLost;
  }

  get pending(): number {
    return this.#flying.size;
  }

  flying(): IterableIterator<Request> {
    return this.#flying.values();
  }

  send(kind: RequestKind, fields: object, about: About): void {
    const request: Request = {
      id: this.#post(kind, fields),
      kind,
      purpose: about.purpose,
      batch: about.batch ?? 0,
      sentAt: Date.now(),
      cancelled: false,
      ranges: about.ranges ?? [],
      epoch: about.epoch ?? 0,
      of: about.of ?? null,
      key: about.key ?? null,
    };
    this.sent += 1;
    this.#flying.set(request.id, request);
    this.#watch();
  }

  /** Tells the kernel that replies to these requests are no longer needed. */
  cancel(unwanted: (request: Request) => boolean): void {
    const ids: string[] = [];
    for (const request of this.#flying.values()) {
      if (request.cancelled || !unwanted(request)) continue;
      request.cancelled = true;
      ids.push(request.id);
    }
    if (ids.length > 0) this.#post("cancel", { requests: ids });
  }

  isOurs(id: unknown): boolean {
    return typeof id === "string" && id.startsWith(`${this.client}:`);
  }

  /** Removes an answered request from the pending ones; undefined if it was not among them. */
  answered(id: string): Request | undefined {
    this.#setSlow(false);
    const request = this.#flying.get(id);
    if (!request) return undefined;
    this.#flying.delete(id);
    if (!request.cancelled) {
      this.roundTrip += 0.3 * (Date.now() - request.sentAt - this.roundTrip);
    }
    this.#watch();
    return request;
  }

  /** Forgets all pending requests, and returns them. */
  clear(): readonly Request[] {
    clearTimeout(this.#timer);
    const lost = [...this.#flying.values()];
    this.#flying.clear();
    this.#setSlow(false);
    return lost;
  }

  #post(kind: RequestKind, fields: object): string {
    this.#number += 1;
    const request = `${this.client}:${this.#number}`;
    this.#transport.send({ v: VERSION, kind, request, seq: this.#number, ...fields });
    return request;
  }

  /** Sets the timer for the oldest request. */
  #watch(): void {
    clearTimeout(this.#timer);
    const oldest = this.#flying.values().next().value;
    if (!oldest) return;
    const age = Date.now() - oldest.sentAt;
    const next = age < SLOW_AFTER ? SLOW_AFTER : LOST_AFTER;
    this.#timer = setTimeout(() => this.#check(), Math.max(next - age, 1));
  }

  #check(): void {
    this.#setSlow(true);
    const before = Date.now() - LOST_AFTER;
    const lost = [...this.#flying.values()].filter((request) => request.sentAt <= before);
    if (lost.length > 0) {
      this.cancel((request) => lost.includes(request));
      for (const request of lost) this.#flying.delete(request.id);
      this.#onLost(lost);
    }
    this.#watch();
  }

  #setSlow(slow: boolean): void {
    if (slow === this.#slow) return;
    this.#slow = slow;
    this.#onState(slow ? { code: "slow", error: "Waiting for the kernel …" } : null);
  }
}
