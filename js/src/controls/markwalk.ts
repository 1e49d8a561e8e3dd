/** Steps from mark to mark: through those of the reader, and through disagreements. */
import { epochAt } from "../math/epochs.ts";
import type { ViewHost } from "../plot/feature.ts";
import { windowOf } from "../state/markchoice.ts";
import type { Marker } from "./marker.ts";

/** The layer in which the kernel shows where readers disagree. */
export const DISAGREEMENTS = "disagreements";

export class MarkWalk {
  /** Onset of the mark that was reached last. */
  #at: number | null = null;
  readonly #host: ViewHost;
  readonly #marker: Marker;

  constructor(host: ViewHost, marker: Marker) {
    this.#host = host;
    this.#marker = marker;
  }

  /** The next or the previous mark of a layer, which is selected and shown. */
  async step(layer: string, forwards: boolean): Promise<void> {
    const { session, state, signal } = this.#host;
    const { t0, t1 } = state;
    const [one] = this.#marker.selected();
    let from = one?.onset ?? this.#at;
    if (from === null || from < t0 || from >= t1) from = forwards ? t0 - 1e-6 : t1;
    const { mark, error } = await session.source.findMark(from, forwards, { layers: [layer] });
    if (signal.aborted) return;
    if (!mark) {
      const where = forwards ? "after" : "before";
      this.#marker.say(error || `There is no mark of the layer “${layer}” ${where} this place.`);
      return;
    }
    this.#marker.say("");
    this.#at = mark.onset;
    const { epochs, marking } = state;
    if (marking.task?.epochs && epochs) {
      this.#marker.goToEpoch(epochAt(epochs, mark.onset + mark.duration / 2));
      if (layer === DISAGREEMENTS) this.#marker.say(`Disagreement: ${mark.text}`);
      else this.#host.say(mark.text);
      return;
    }
    const [start, stop] = windowOf(mark, [state.t0, state.t1]);
    if (start !== state.t0) state.jump(start, stop);
    marking.select([mark.id]);
  }
}
