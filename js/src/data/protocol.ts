/**
 * Constants of the protocol that the kernel uses too; see docs/wire-protocol.md.
 * tests/fixtures/protocol.json holds their values, and the tests of both languages compare them.
 */

export const VERSION = 1;
/** Bins in a tile. */
export const TILE = 512;
/** Each bin size is this many times the next smaller one. */
export const BIN_FACTOR = 4;
/** Largest bin size in samples. */
export const MAX_BIN = BIN_FACTOR ** 24;
/** Largest number of annotations in a reply. */
export const MAX_ANNOTATIONS = 100_000;

const MARK_KINDS = ["annotations", "list", "find", "legend", "mark", "compare"] as const;
/** Requests that are answered with a reply of the same kind. */
const ANSWERED = [
  "window",
  "runs",
  ...MARK_KINDS,
  "lanes",
  "measure",
  "points",
  "spectrogram",
] as const;
export const REQUEST_KINDS = [...ANSWERED, "cancel"] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export const REPLY_KINDS = [...ANSWERED, "cancelled", "error"] as const;

/** What a request of kind `mark` does. */
export const MARK_ACTIONS = [
  "create",
  "change",
  "delete",
  "copy",
  "several",
  "undo",
  "redo",
] as const;
/** How the marks of layers are compared. */
export const COMPARED_BY = ["epochs", "events", "beats"] as const;
/** Fields of a mark that can be set. */
export const MARK_FIELDS = ["onset", "duration", "text", "channel", "comment"] as const;
/** By what a list of marks is sorted. */
export const SORT_KEYS = [
  "onset",
  "duration",
  "text",
  "channel",
  "layer",
  "comment",
  "changed",
] as const;
export type SortKey = (typeof SORT_KEYS)[number];
/** Largest number of rows in a reply of kind `list`. */
export const MAX_LISTED = 1000;

export const ERROR_CODES = ["source-changed", "protocol", "store", "failed"] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The typed array of each data type that a reply may contain. */
export const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** States of a background task. */
export const TASK_STATES = ["pending", "running", "done", "cancelled", "failed"] as const;
export type TaskState = (typeof TASK_STATES)[number];
