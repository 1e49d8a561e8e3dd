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

interface Waiting {
  kind: RequestKind;
  message: object;
  sentAt: number;
  resolve(answer: Answer): void;
}

const NOTHING = new DataView(new ArrayBuffer(0));
/** After so many milliseconds without a reply the user is told. */
const LATE = 2000;

export class Orders {
  readonly #client = Math.random().toString(36).slice(2, 10);
  readonly #waiting = new Map<string, Waiting>();
  readonly #transport: Transport;
  readonly #changed: () => void;
  readonly #stop: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #number = 0;

  /** @param changed Called when `late` has changed. */
  constructor(transport: Transport, changed: () => void = () => {}) {
    this.#transport = transport;
    this.#changed = changed;
    this.#stop = transport.onMessage((content, buffers) => this.#receive(content, buffers));
  }

  /** Ends with the text of the error, or "". */
  async send(kind: RequestKind, fields: object): Promise<string> {
    return (await this.ask(kind, fields)).error;
  }

  ask(kind: RequestKind, fields: object): Promise<Answer> {
    this.#number += 1;
    const request = `${this.#client}:${this.#number}`;
    const message = { v: VERSION, kind, request, seq: this.#number, ...fields };
    return new Promise((resolve) => {
      this.#waiting.set(request, { kind, message, sentAt: Date.now(), resolve });
      this.#transport.send(message);
      this.#watch();
    });
  }

  /** What has waited for its reply for so long that the user is told; null if nothing has. */
  late(): RequestKind | null {
    const [oldest] = this.#waiting.values();
    return oldest && Date.now() - oldest.sentAt >= LATE ? oldest.kind : null;
  }

  /** The connection is back: what may be lost is sent again. The kernel does nothing twice. */
  resume(): void {
    for (const { message } of this.#waiting.values()) this.#transport.send(message);
  }

  /** No more replies will come. */
  abandon(error: string): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#watch();
    for (const { resolve } of all) resolve({ error, content: {}, buffer: NOTHING });
    if (all.length > 0) this.#changed();
  }

  dispose(): void {
    this.#stop();
    this.abandon("the viewer was closed");
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  #receive(content: any, buffers: DataView[]): void {
    const waiting = this.#waiting.get(content?.request);
    if (!waiting) return;
    const late = this.late();
    this.#waiting.delete(content.request);
    this.#watch();
    const error = content.kind === "error" ? String(content.error) : "";
    waiting.resolve({ error, content, buffer: buffers[0] ?? NOTHING });
    if (late !== null) this.#changed();
  }

  /** Sets the timer for the oldest order. */
  #watch(): void {
    clearTimeout(this.#timer);
    const [oldest] = this.#waiting.values();
    if (!oldest || this.late() !== null) return;
    this.#timer = setTimeout(this.#changed, LATE - (Date.now() - oldest.sentAt) + 1);
  }
}
