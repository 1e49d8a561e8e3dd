/** Types of the data for drawing. Times are in seconds from the start of the recording. */
import type { Piece } from "../math/pieces.ts";
import type { TimeBase } from "../math/timebase.ts";
import type { ErrorCode, SortKey } from "./protocol.ts";

export type { SortKey } from "./protocol.ts";

export interface ChannelInfo {
  index: number;
  name: string;
  units: string;
  /** What the signal is, such as `ECG`; `other` if its name and units do not tell. */
  kind: string;
  fs: number;
  nSamples: number;
  timebase: TimeBase;
  gain: number;
  offset: number;
  /** An initial robust range in physical units. */
  range: [number, number] | null;
  /** False for a signal whose lane shows another one at present, for example a filtered one. */
  shown?: boolean;
  /** Whether a page has no data of it. */
  absent?: boolean;
  /** Its colour as `#rrggbb`, or the number of a colour of the theme; by default its index. */
  ink?: string | number;
  /** Of a signal that is computed from others: what distinguishes its computation. */
  key?: string;
  /** Its filter as text, such as `0.5-40 Hz`; "" or absent for none. */
  filter?: string;
  /** The smallest and the largest value that the file can hold, if they are known. */
  limits?: readonly [number, number] | null;
  /** How it is drawn: as a trace by default, as steps, or as a band at the edge of the lane. */
  style?: "line" | "stages" | "ribbon" | "spectrogram";
  /** Name of the lane in which it is drawn; "" or absent for its own. */
  host?: string;
  /** Names of values, such as sleep stages. */
  levels?: Readonly<Record<string, number>>;
}

export interface Description {
  name: string;
  start: string | null;
  duration: number;
  /** Number of layers of marks, 1 if there may be marks that were not read yet. */
  markLayers: number;
  revision: number;
  channels: ChannelInfo[];
  notes: string[];
  timebases: TimeBase[];
}

export interface LaneData {
  /** In order of time, without overlap; coarser pieces fill what finer tiles do not cover. */
  pieces: Piece[];
  /** All data of the window are cached, at the bin size of the window. */
  settled: boolean;
  /** A part of the window is missing because the pyramid is still being built. */
  building: boolean;
  /** A part of the window was requested and is not available. */
  refused: boolean;
}

/** Whose marks they are: those of the file, of a reader, or the result of an analysis. */
export interface MarkLayer {
  name: string;
  /** "" for the file and for results. */
  reader: string;
  readOnly: boolean;
}

/** How many marks of a layer with the same text and channel begin in each part of a window. */
export interface MarkDensity {
  /** Index into the layers of the set. */
  layer: number;
  text: string;
  /** Index of the channel, -1 for all. */
  channel: number;
  total: number;
  /** One number for each of the equal parts of the window. */
  counts: Uint32Array;
}

/** The marks of a window, in order of onset. */
export interface AnnotationSet {
  t0: number;
  t1: number;
  /** Number of annotations in this set. */
  count: number;
  /** Number of annotations in `[t0, t1)`; more than `count` if the kernel has sent a selection. */
  total: number;
  texts: string[];
  /** Number of annotations of each text in `[t0, t1)`. */
  counts: number[];
  onsets: Float64Array;
  durations: Float64Array;
  /** Index into `texts` of each annotation. */
  text: Int32Array;
  /** Channel of each annotation, -1 for all. */
  channel: Int32Array;
  layers: readonly MarkLayer[];
  /** Index into `layers` of each mark. */
  layer: Int32Array;
  /** Identity of each mark: positive if it is a reader's. */
  ids: Float64Array;
  /** Counts of the marks of which only a selection is in this set. */
  densities: readonly MarkDensity[];
  /** All changes up to this number are contained. */
  revision: number;
}

/** Which marks are meant; null or absent for all. */
export interface MarkFilter {
  /** Names of layers. */
  layers?: readonly string[] | null;
  texts?: readonly string[] | null;
  /** Indices, -1 for marks of all channels. */
  channels?: readonly number[] | null;
  /** Texts that are not meant. */
  without?: readonly string[];
}

export interface Mark {
  id: number;
  onset: number;
  duration: number;
  text: string;
  channel: number;
  comment: string;
  layer: MarkLayer;
  /** When it was last changed, in seconds since 1970; 0 if that is unknown. */
  changed: number;
}

type MarkFields = Pick<Mark, "onset" | "duration" | "text" | "channel">;

export interface NewMark extends MarkFields {
  /**
   * Where a pixel covers several samples: the kernel places the mark at the largest (1) or smallest
   * (-1) sample of a signal so many seconds around its onset, with 0 at the nearest one.
   */
  near?: { signal: number; within: number; extremum: -1 | 0 | 1 };
}

/** Fields to change: each has one value for all marks, or a list with a value for each. */
export type MarkValues = { [Name in keyof MarkFields]?: MarkFields[Name] | MarkFields[Name][] };

export type SimpleEdit =
  | { do: "create"; marks: readonly NewMark[]; layer: string | null }
  | { do: "change"; ids: readonly number[]; to: MarkValues }
  | { do: "delete"; ids: readonly number[] };

export type MarkEdit =
  | SimpleEdit
  /** One action, with one step of undo; the edits have no mark in common. */
  | { do: "several"; edits: readonly SimpleEdit[] }
  | { do: "copy"; source: string; layer: string | null }
  | { do: "undo" }
  | { do: "redo" };

export interface EditOutcome {
  /** Why the change was refused, or "". */
  error: string;
  /** The marks that were created, changed or deleted. */
  ids: readonly number[];
}

export interface Editing {
  /** Identities of the marks; those of created ones change with the reply. */
  ids: readonly number[];
  done: Promise<EditOutcome>;
}

/** Which layers are compared, and how. */
export interface Comparison {
  by: "epochs" | "events" | "beats";
  layers: readonly string[];
  epoch_s?: number;
  start_s?: number;
  /** Layer to which the labels of the majority are added. */
  consensus?: string;
}

export interface Compared {
  error: string;
  /** The layer of the marks on which the layers disagree, and their number. */
  name: string;
  count: number;
  /** How far they agree. */
  text: string;
  /** Number of marks that were added to the consensus. */
  consensus: number;
}

/** Marks of a filter that contain a text. */
export interface MarkSearch extends MarkFilter {
  search?: string;
}

/** A list of marks: filtered, searched and sorted. */
export interface MarkQuery extends MarkSearch {
  sort: SortKey;
  descending: boolean;
  search: string;
}

export interface ListState {
  /** Number of rows; null if it is unknown. */
  total: number | null;
  error: string;
  /** Null if the row is not known yet. */
  row(index: number): Mark | null;
}

export interface FindState {
  mark: Mark | null;
  error: string;
}

/** A layer and what its marks say. */
export interface LegendLayer extends MarkLayer {
  count: number;
  /** Number of its marks that belong to all channels. */
  everywhere: number;
  /** Texts with the number of their marks, most frequent first. */
  texts: readonly (readonly [string, number])[];
}

export interface Legend {
  layers: readonly LegendLayer[];
  /** What a reader must know about the journal. */
  notes: readonly string[];
  /** The reader of this viewer. */
  reader: string;
  blind: boolean;
  revision: number;
  /** Number of steps that can be undone and redone. */
  undo: number;
  redo: number;
}

/** Statistics of the samples of a channel in a time range; null where there are too few. */
export interface Statistics {
  channel: number;
  n: number;
  missing: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  rms: number | null;
  sd: number | null;
  /** In units per second. */
  slope: number | null;
}

/** The power density of a channel over time and frequency, as far as it is known. */
export interface SpectrogramPicture {
  rows: number;
  columns: number;
  /** Columns of a tile; the last one may have fewer. */
  tileColumns: number;
  /** Start of the first column, and length of a column, in seconds. */
  t0: number;
  columnSeconds: number;
  /** Lowest and highest frequency in Hz. */
  band: readonly [number, number];
  /** What the smallest and the largest code stand for, in dB. */
  decibels: readonly [number, number];
  /** Codes 1 to 255, 0 where unknown: row by row, the lowest frequency first; by tile. */
  tiles: Map<number, Uint8Array>;
}

export interface SpectrogramState {
  picture: SpectrogramPicture | null;
  error: string;
  /** It is not contained in this page, and no kernel can compute it. */
  absent?: boolean;
}

export interface Measurement {
  /** Null while the kernel measures. */
  rows: Statistics[] | null;
  /** The share that is measured. */
  progress: number;
  error: string;
}

/** The connection to the kernel that the store needs. */
export interface Transport {
  send(content: unknown): void;
  /** Calls back for every message; returns a function that removes the callback. */
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  onMessage(callback: (content: any, buffers: DataView[]) => void): () => void;
  /** False if it is known that there is no kernel. */
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
