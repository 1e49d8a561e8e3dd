/** A view of what a page contains: no kernel and no network. */
import { parseDescription } from "../data/description.ts";
import { DataStore } from "../data/store.ts";
import type { DataError } from "../data/types.ts";
import type { Session } from "../plot/session.ts";
import { ViewState } from "../state/viewstate.ts";
import type { EmbeddedDocument, Unpacker } from "./document.ts";
import { EmbeddedTransport } from "./transport.ts";

export class EmbeddedSession implements Session {
  readonly state: ViewState;
  readonly source: DataStore;
  readonly #transport: EmbeddedTransport;
  readonly #absent: string;
  readonly #listeners = new Set<() => void>();
  #failure: DataError | null = null;

  constructor(document: EmbeddedDocument, runs: DataView, unpacker: Unpacker) {
    const description = parseDescription(document.description, runs);
    this.#absent = document.absent ?? "not in this file";
    this.state = new ViewState(description);
    this.#transport = new EmbeddedTransport(document, description, unpacker);
    this.source = new DataStore(this.#transport, description);
    this.source.onChange(() => this.#notify());
    this.source.onError((error) => {
      this.#failure = error;
      this.#notify();
    });
  }

  static async open(document: EmbeddedDocument, unpacker: Unpacker): Promise<EmbeddedSession> {
    return new EmbeddedSession(document, await unpacker.bytes(document.runs), unpacker);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  onData(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  work(): null {
    return null;
  }

  cancel(): void {}

  live(): boolean {
    return true;
  }

  broken(): boolean {
    return false;
  }

  absent(): string {
    return this.#absent;
  }

  note(): string {
    return this.state.description.notes.join(" · ");
  }

  error(): string {
    return this.#failure?.error ?? "";
  }

  dispose(): void {
    this.source.dispose();
    this.#transport.dispose();
    this.#listeners.clear();
  }
}
