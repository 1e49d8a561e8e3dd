/** The wire's model as the data side's transport. */
import type { Transport } from "./data/types.ts";
import { viewOf } from "./data/views.ts";

/** What is used of a widget's model; those that the manager gives also know about their comm. */
export interface WireModel {
  // biome-ignore lint/suspicious/noExplicitAny: anywidget's own type
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: anywidget's own type
  off(event: string, callback: (...args: any[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBufferView[]): void;
  comm?: unknown;
  comm_live?: boolean;
}

/** A transport that can be used before the wire's model has been found; what is sent waits. */
export class WireTransport implements Transport {
  private model: WireModel | null = null;
  private waiting: unknown[] = [];
  private lost = false;
  /** A kernel was there once. */
  met = false;
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  private readonly listeners = new Set<(content: any, buffers: DataView[]) => void>();

  constructor(
    found: Promise<WireModel>,
    private readonly changed: () => void,
  ) {
    found.then(
      (model) => this.attach(model),
      () => this.lose(),
    );
  }

  private attach(model: WireModel): void {
    if (this.lost) return;
    this.model = model;
    this.met = model.comm_live === true;
    model.on("msg:custom", this.receive);
    model.on("comm_live_update", this.changed);
    const { waiting } = this;
    this.waiting = [];
    if (!this.alive()) this.changed();
    else for (const content of waiting) this.send(content);
  }

  private lose(): void {
    this.lost = true;
    this.waiting = [];
    this.changed();
  }

  private readonly receive = (content: unknown, buffers?: unknown[] | null): void => {
    // What holds no bytes stays an empty view: the reader says that a part is outside of it.
    const views = [...(buffers ?? [])].map(
      (one) => viewOf(one) ?? new DataView(new ArrayBuffer(0)),
    );
    for (const listener of this.listeners) listener(content, views);
  };

  send(content: unknown): void {
    if (this.model) this.model.send(content, undefined, []);
    else if (!this.lost) this.waiting.push(content);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in Transport
  onMessage(callback: (content: any, buffers: DataView[]) => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }

  alive(): boolean {
    if (this.lost) return false;
    return this.model === null || this.model.comm_live !== false;
  }

  dispose(): void {
    this.model?.off("msg:custom", this.receive);
    this.model?.off("comm_live_update", this.changed);
    this.lost = true;
    this.listeners.clear();
  }
}
