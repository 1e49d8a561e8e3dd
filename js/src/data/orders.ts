/** Requests that change something in the kernel; each has one reply. */
import { type RequestKind, VERSION } from "./protocol.ts";
import type { Transport } from "./types.ts";

export interface Answer {
  /** The text of the error, or "". */
  error: string;
  // biome-ignore lint/suspicious/noExplicitAny: checked where it is read
  content: any;
  buffer: DataView;
}

const NOTHING = new DataView(new ArrayBuffer(0));

export class Orders {
  readonly #client = Math.random().toString(36).slice(2, 10);
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #transport: Transport;
  readonly #stop: () => void;
  #number = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#stop = transport.onMessage((content, buffers) => this.#receive(content, buffers));
  }

  /** Ends with the text of the error, or "". */
  async send(kind: RequestKind, fields: object): Promise<string> {
    return (await this.ask(kind, fields)).error;
  }

  ask(kind: RequestKind, fields: object): Promise<Answer> {
    this.#number += 1;
    const request = `${this.#client}:${this.#number}`;
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      this.#transport.send({ v: VERSION, kind, request, seq: this.#number, ...fields });
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  #receive(content: any, buffers: DataView[]): void {
    const resolve = this.#waiting.get(content?.request);
    if (!resolve) return;
    this.#waiting.delete(content.request);
    const error = content.kind === "error" ? String(content.error) : "";
    resolve({ error, content, buffer: buffers[0] ?? NOTHING });
  }

  dispose(): void {
    this.#stop();
    const closed = { error: "the viewer was closed", content: {}, buffer: NOTHING };
    for (const resolve of this.#waiting.values()) resolve(closed);
    this.#waiting.clear();
  }
}
