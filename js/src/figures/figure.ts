/**
 * The model of a figure as Plotly's front end sees it.
 *
 * Python changes figures by messages: traits that are set and reset at once. What arrives before
 * Plotly runs is held here and applied in its order.
 */
import type { AnyModel } from "@anywidget/types";
import type { Source } from "./plotly.ts";
import { Pointer, type PointerMessage } from "./pointer.ts";

const MESSAGES = [
  "addTraces",
  "deleteTraces",
  "moveTraces",
  "restyle",
  "relayout",
  "update",
  "animate",
  "removeLayoutProps",
  "removeTraceProps",
].map((name) => `_py2js_${name}`);
/** The whole figure, which Python sets when it displays it. */
const STATE = ["_widget_data", "_widget_layout"];
/** The number of the latest change, and where a message contains its own. */
const EDITS = [
  ["_last_trace_edit_id", "trace_edit_id"],
  ["_last_layout_edit_id", "layout_edit_id"],
] as const;
const POINTER = "_js2py_pointsCallback";

type Message = readonly [string, unknown];
const NONE: Message = ["", null];

export class Figure implements Source {
  readonly #model: AnyModel;
  readonly #ended: AbortSignal;
  readonly #pointer: Pointer;
  readonly #handlers = new Map<string, Set<() => void>>();
  readonly #edits = new Map<string, unknown>();
  #held: Message[] | null = [];
  #message = NONE;

  constructor(model: AnyModel, signal: AbortSignal) {
    this.#model = model;
    this.#ended = signal;
    this.#pointer = new Pointer((message) => this.#tell(message));
    const listeners: [string, () => void][] = [
      ...MESSAGES.map((name): [string, () => void] => [name, () => this.#receive(name)]),
      ...STATE.map((name): [string, () => void] => [name, () => this.#replace()]),
    ];
    const answer = (content: unknown): void => {
      if ((content as { kind?: unknown } | null)?.kind === "heard") this.#pointer.answered();
    };
    for (const [name, listener] of listeners) model.on(`change:${name}`, listener);
    model.on("msg:custom", answer);
    this.#replace();
    signal.addEventListener("abort", () => {
      for (const [name, listener] of listeners) model.off(`change:${name}`, listener);
      model.off("msg:custom", answer);
      this.#pointer.close();
      this.#handlers.clear();
    });
  }

  get(name: string): unknown {
    if (name === this.#message[0]) return this.#message[1];
    return this.#edits.has(name) ? this.#edits.get(name) : this.#model.get(name);
  }

  set(name: string, value: unknown): void {
    if (name === POINTER) this.#pointer.tell(value as PointerMessage);
    // Plotly 6 sends the whole layout after each change under a name that Python does not know.
    else if (this.#model.get(name) !== undefined) this.#model.set(name, value);
  }

  /** Plotly reports what it drew some time later, also when the figure was closed meanwhile. */
  save_changes(): void {
    if (this.#ended.aborted) return;
    try {
      this.#model.save_changes();
    } catch {
      // The comm is closed: Jupyter throws "no comm channel defined".
    }
  }

  on(event: string, handle: () => void): void {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handle));
  }

  off(event: string, handle: () => void): void {
    this.#handlers.get(event)?.delete(handle);
  }

  /** Applies the messages that were held, from now on each one at once. */
  open(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const message of held) this.#apply(message);
  }

  /** A call of a handler with the present message, to be made later. */
  later(handle: () => void): () => void {
    const message = this.#message;
    return () => this.#during(message, handle);
  }

  #receive(name: string): void {
    const value = this.#model.get(name);
    if (value === null || value === undefined) return;
    if (this.#held) this.#held.push([name, value]);
    else this.#apply([name, value]);
  }

  /** The state that arrived contains what the messages before it changed. */
  #replace(): void {
    if (this.#held) this.#held = [];
    for (const [name] of EDITS) this.#edits.set(name, this.#model.get(name));
  }

  #apply(message: Message): void {
    const [name, value] = message;
    // The number of a change arrives before the change: what is drawn between is without it.
    for (const [latest, own] of EDITS) {
      const edit = (value as Record<string, unknown>)[own];
      if (edit !== undefined) this.#edits.set(latest, edit);
    }
    this.#during(message, () => {
      for (const handle of this.#handlers.get(`change:${name}`) ?? []) handle();
    });
  }

  #during(message: Message, act: () => void): void {
    const before = this.#message;
    this.#message = message;
    try {
      act();
    } finally {
      this.#message = before;
    }
  }

  /** Jupyter would merge a value of a trait with the one that waits: clicks would be lost. */
  #tell(message: PointerMessage): void {
    if (this.#ended.aborted) return;
    try {
      this.#model.send({ kind: "pointer", message });
    } catch {
      // The comm is closed.
    }
  }
}
