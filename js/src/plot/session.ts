/** What the views of a model share. */
import type { Compared, Comparison, Editing, MarkEdit, MarkLayer } from "../data/types.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Source } from "./source.ts";
import type { Work } from "./workbar.ts";

/** Null removes the montage or a filter. */
export interface LaneOrder {
  montage?: string | null;
  filters?: Readonly<Record<string, string | null>>;
}

/** Changes marks; MarkEditor implements it. */
export interface MarkEditing {
  /** Why marks cannot be changed; "" if they can. */
  refusal(): string;
  /** `layer`: that of created marks, as it is drawn before the kernel has answered. */
  edit(edit: MarkEdit, layer: MarkLayer): Editing;
  /** The present identity of a mark that was created. */
  now(id: number): number;
  compare(comparison: Comparison): Promise<Compared>;
}

export interface Session {
  state: ViewState;
  source: Source;
  /** The background work that prepares the recording for display; null if it is done. */
  work(): Work | null;
  /** Cancels that work. */
  cancel(): void;
  /** False if there is no kernel, so that no more data will arrive. */
  live(): boolean;
  /** Why data are missing that will not arrive, for example "not loaded"; "" if they may arrive. */
  absent(): string;
  /** True if the file has changed, so that cached data may be outdated. */
  broken(): boolean;
  /** Texts of the notices, "" for none. */
  note(): string;
  error(): string;
  /** Sets a montage or filters; the text of the error, or "". Absent where there is no kernel. */
  order?(wanted: LaneOrder): Promise<string>;
  /** Absent where there is no kernel. */
  marks?: MarkEditing;
  onData(changed: () => void): () => void;
}
