/** What a view needs of the data side; DataStore is one. */
import type { AnnotationSet, LaneData } from "../data/types.ts";

export interface Source {
  lane(channel: number, t0: number, t1: number, width: number): LaneData;
  want(channels: readonly number[], t0: number, t1: number, width: number, purpose: string): void;
  /** Wants for another purpose, as of the overview, are kept apart. */
  annotations(t0: number, t1: number, limit: number, purpose?: string): AnnotationSet | null;
  /** False while more annotations of a window are on their way or still being read. */
  annotationsSettled(t0: number, t1: number, limit: number, purpose?: string): boolean;
}
