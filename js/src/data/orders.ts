/** Requests that change something in the kernel; each ends with the text of its error, or "". */
import { type RequestKind, VERSION } from "./protocol.ts";
import type { Transport } from "./types.ts";

export class Orders {
  readonly #client = Math.random().toString(36).slice(2, 10);
  readonly #waiting = new Map<string, (error: string) => void>();
  readonly #transport: Transport;
  readonly #stop: () => void;
  #number = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#stop = transport.onMessage((content) => this.#receive(content));
  }

  send(kind: RequestKind, fields: object): Promise<string> {
    this.#number += 1;
    const request = `${this.#client}:${this.#number}`;
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.#transport.send({ v: VERSION, kind, request, seq: this.#number, ...fields });
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  #receive(content: any): void {
    const resolve = this.#waiting.get(content?.request);
    if (!resolve) return;
    this.#waiting.delete(content.request);
    resolve(content.kind === "error" ? String(content.error) : "");
  }

  dispose(): void {
    this.#stop();
    for (const resolve of this.#waiting.values()) resolve("the viewer was closed");
    this.#waiting.clear();
  }
}
