/** The transport over the model of the wire. */

import { asDataView } from "./data/bytes.ts";
import type { Transport } from "./data/types.ts";

/** The part of a widget's model that is used here. */
export interface WireModel {
  // biome-ignore lint/suspicious/noExplicitAny: anywidget's own type
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: anywidget's own type
  off(event: string, callback: (...args: any[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBufferView[]): void;
  comm?: unknown;
  comm_live?: boolean;
}

/** A transport that queues messages until the wire's model has been found. */
export class WireTransport implements Transport {
  #model: WireModel | null = null;
  #waiting: unknown[] = [];
  #lost = false;
  /** Whether a kernel was connected at some time. */
  met = false;
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  readonly #listeners = new Set<(content: any, buffers: DataView[]) => void>();

  readonly #changed: () => void;

  constructor(found: Promise<WireModel>, changed: () => void) {
    this.#changed = changed;
    found.then(
      (model) => this.#attach(model),
      () => this.#lose(),
    );
  }

  #attach(model: WireModel): void {
    if (this.#lost) return;
    this.#model = model;
    this.met = model.comm_live === true;
    model.on("msg:custom", this.#receive);
    model.on("comm_live_update", this.#changed);
    const waiting = this.#waiting;
    this.#waiting = [];
    if (!this.alive()) this.#changed();
    else for (const content of waiting) this.send(content);
  }

  #lose(): void {
    this.#lost = true;
    this.#waiting = [];
    this.#changed();
  }

  readonly #receive = (content: unknown, buffers?: unknown[] | null): void => {
    // An invalid buffer becomes an empty view: decoding then reports that a part exceeds it.
    const views = [...(buffers ?? [])].map(
      (one) => asDataView(one) ?? new DataView(new ArrayBuffer(0)),
    );
    for (const listener of this.#listeners) listener(content, views);
  };

  send(content: unknown): void {
    if (this.#model) this.#model.send(content, undefined, []);
    else if (!this.#lost) this.#waiting.push(content);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in Transport
  onMessage(callback: (content: any, buffers: DataView[]) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  alive(): boolean {
    if (this.#lost) return false;
    return this.#model === null || this.#model.comm_live !== false;
  }

  dispose(): void {
    this.#model?.off("msg:custom", this.#receive);
    this.#model?.off("comm_live_update", this.#changed);
    this.#lost = true;
    this.#listeners.clear();
  }
}
