/** The data that a view needs; DataStore implements it. */
import type {
  AnnotationSet,
  FindState,
  LaneData,
  Legend,
  ListState,
  MarkFilter,
  MarkQuery,
  MarkSearch,
  Measurement,
  SpectrogramState,
} from "../data/types.ts";
import type { PointSet } from "../math/polyline.ts";

export interface Source {
  lane(channel: number, t0: number, t1: number, width: number): LaneData;
  /** `nearby`: channels that may be scrolled into view next. */
  demand(
    channels: readonly number[],
    t0: number,
    t1: number,
    width: number,
    purpose: string,
    nearby?: readonly number[],
  ): void;
  /** Each purpose, for example the overview, has its own request. */
  annotations(t0: number, t1: number, limit: number, purpose?: string): AnnotationSet | null;
  /** False while annotations of a window are requested or still being read. */
  annotationsSettled(t0: number, t1: number, limit: number, purpose?: string): boolean;
  /** Chooses the marks that `annotations` gives. */
  filterMarks(filter: MarkFilter): void;
  /** The layers of marks and what they say; null if they are not known yet. */
  legend(): Legend | null;
  /** A list of marks, of which rows `first` to `stop` are needed. */
  listMarks(query: MarkQuery, first: number, stop: number): ListState;
  /** The first mark that begins after `t`, or the last before. */
  findMark(t: number, forwards: boolean, wanted: MarkSearch): Promise<FindState>;
  /** The spectrogram that a signal shows, as far as the kernel has sent it; requests a window. */
  spectrogram(channel: number, key: string, t0: number, t1: number): SpectrogramState;
  /** About `n` points chosen by an aggregator, if the kernel has sent them; requests them. */
  points?(channel: number, by: string, t0: number, t1: number, n: number): PointSet | null;
  /** Statistics of all samples in a time range, as far as the kernel has sent them. */
  measure(channels: readonly number[], t0: number, t1: number): Measurement;
}
