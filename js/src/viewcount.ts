/** Reports to the kernel how many views of a model this page shows; see widgets/lifetime.py. */
import { sendIfAlive } from "./sending.ts";

/** The part of a widget's model that is used here. */
export interface CountedModel {
  widget_manager?: unknown;
  send(content: unknown): void;
}

/** The manager of the models of one open notebook in JupyterLab. */
type Manager = { isDisposed?: boolean };

/** Time for a view to come back, for example of an output that is moved (ms). */
const PAUSE = 1000;
const random = (): string => Math.random().toString(36).slice(2, 12);
const page = random();

/** A name that a tab keeps when its page is loaded again. */
function tabName(): string {
  const key = "vital-widgets:tab";
  try {
    const name = sessionStorage.getItem(key) ?? random();
    sessionStorage.setItem(key, name);
    return name;
  } catch {
    return page;
  }
}

/** Names under which views were reported, by the model they belong to; the latest so many. */
const NAMES = 10_000;
const names = new Map<string, { name: string; manager: WeakRef<Manager> }>();

export class ViewCount {
  #count = 0;
  #reported = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #model: CountedModel;
  readonly #name: string;
  readonly #key: string;
  readonly #ended: (() => void) | undefined;

  /**
   * `key` identifies the model, also after its notebook was closed and opened again; `ended` is
   * called when it is known that no view is left.
   */
  constructor(model: CountedModel, key: string, ended?: () => void) {
    this.#model = model;
    this.#ended = ended;
    this.#key = key;
    const before = names.get(key);
    this.#name = before && before.manager.deref()?.isDisposed !== false ? before.name : random();
    names.set(key, { name: this.#name, manager: new WeakRef(this.#manager) });
    if (names.size > NAMES) names.delete(names.keys().next().value as string);
  }

  /** Whether this counts for a model of the same notebook, as it is open now. */
  suits(model: CountedModel): boolean {
    return this.#manager === model.widget_manager && this.#manager.isDisposed !== true;
  }

  get #manager(): Manager {
    return (this.#model.widget_manager as Manager | undefined) ?? {};
  }

  /** Counts a view; returns a function to be called when it is closed. */
  opened(): () => void {
    this.#change(1);
    return () => this.#change(-1);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    // The name of a notebook that was closed is used again when it is opened again.
    const kept = this.#manager.isDisposed === true;
    if (!kept && names.get(this.#key)?.name === this.#name) names.delete(this.#key);
  }

  #change(by: number): void {
    this.#count += by;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#report();
      if (this.#count === 0) this.#ended?.();
    }, PAUSE);
  }

  #report(): void {
    // When a whole notebook is closed, its kernel may go on, and the views will be opened again.
    if (this.#count === this.#reported || this.#manager.isDisposed === true) return;
    this.#reported = this.#count;
    const views = { tab: tabName(), page, model: this.#name, count: this.#count };
    sendIfAlive(this.#model, { kind: "views", ...views });
  }
}

/** A model that is shown and has a layout, as all models of ipywidgets with views have. */
export interface ShownModel extends CountedModel {
  // biome-ignore lint/suspicious/noExplicitAny: traits are checked where they are read
  get(name: string): any;
}

const counts = new Map<string, ViewCount>();
let unnamed = 0;

/** Counts a view of a model without a session; returns a function to be called when it is closed. */
export function countView(model: ShownModel): () => void {
  // The identifier of the layout: a model does not tell its own.
  const layout = model.get("layout");
  const key = String(layout?.model_id ?? layout ?? `model ${++unnamed}`);
  let count = counts.get(key);
  if (!count?.suits(model)) {
    const made = new ViewCount(model, key, () => {
      made.dispose();
      if (counts.get(key) === made) counts.delete(key);
    });
    counts.set(key, made);
    count = made;
  }
  return count.opened();
}
