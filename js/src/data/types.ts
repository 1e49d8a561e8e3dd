/** What the data side gives to the plot side. Times are seconds from the recording's start. */
import type { Piece } from "../math/pieces.ts";
import type { TimeBase } from "../math/timebase.ts";
import type { ErrorCode } from "./protocol.ts";

export interface ChannelInfo {
  index: number;
  name: string;
  units: string;
  fs: number;
  nSamples: number;
  timebase: TimeBase;
  gain: number;
  offset: number;
  /** A first robust range in physical units. */
  range: [number, number] | null;
}

export interface Description {
  name: string;
  start: string | null;
  duration: number;
  revision: number;
  channels: ChannelInfo[];
  notes: string[];
  timebases: TimeBase[];
}

export interface LaneData {
  /** In order of time, not overlapping; coarser pieces fill what finer tiles do not cover. */
  pieces: Piece[];
  /** Everything in the window is held at the window's own bin size and complete. */
  settled: boolean;
  /** A part of the window is held, but the kernel said that it is not complete yet. */
  building: boolean;
}

export interface AnnotationSet {
  t0: number;
  t1: number;
  /** Number of annotations here. */
  count: number;
  /** Number of annotations in `[t0, t1)` in the kernel; more than `count` when thinned out. */
  total: number;
  texts: string[];
  /** Number of annotations of each text in `[t0, t1)` in the kernel. */
  counts: number[];
  onsets: Float64Array;
  durations: Float64Array;
  /** Index into `texts` of each annotation. */
  text: Int32Array;
  /** Channel of each annotation, -1 for all. */
  channel: Int32Array;
}

/** The wire, as the store needs it. */
export interface Transport {
  send(content: unknown): void;
  /** Calls back for every message; returns what removes the callback. */
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  onMessage(callback: (content: any, buffers: DataView[]) => void): () => void;
  /** False when the kernel is known to be gone. */
  alive(): boolean;
}

export interface Part {
  channel: number;
  bin: number;
  first: number;
  count: number;
  dtype: string;
  at: number;
  gain: number;
  offset: number;
  missing: number | null;
  complete: boolean;
}

export interface WindowReply {
  kind: "window";
  t0: number;
  t1: number;
  width: number;
  complete: boolean;
  built: number;
  parts: Part[];
}

/** `slow`: no answer for 10 s; `dead`: there is no kernel. */
export interface DataError {
  code: ErrorCode | "slow" | "dead";
  error: string;
}

export interface Counters {
  bytes: number;
  tiles: number;
  requests: number;
  pending: number;
}
