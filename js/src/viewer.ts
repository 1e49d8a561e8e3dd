/** The viewer widget: one store and one state per model, any number of views. */

import { asDataView } from "./data/bytes.ts";
import { parseDescription } from "./data/description.ts";
import { MarkEditor } from "./data/markeditor.ts";
import { Orders } from "./data/orders.ts";
import { DataStore } from "./data/store.ts";
import type { DataError } from "./data/types.ts";
import { FEATURES } from "./features.ts";
import { keepPicture } from "./kept.ts";
import { bindLinks } from "./links.ts";
import { followMarks } from "./markfeed.ts";
import type { LaneOrder, Session } from "./plot/session.ts";
import { View } from "./plot/view.ts";
import type { Work } from "./plot/workbar.ts";
import { watchReconnection } from "./reconnection.ts";
import { sendIfAlive } from "./sending.ts";
import { ViewState } from "./state/viewstate.ts";
import { bindTraits, type TraitModel } from "./traits.ts";
import { WireTransport } from "./transport.ts";
import { type CountedModel, ViewCount } from "./viewcount.ts";

const REFERENCE = "IPY_MODEL_";

export interface ViewerModel extends TraitModel, CountedModel {
  widget_manager: { get_model(id: string): Promise<unknown> };
}

/** The part of the model of a background task that is used here. */
type ProgressModel = Pick<TraitModel, "get" | "on" | "off"> & { send(content: unknown): void };

const LOST =
  "the kernel was stopped: only data that were already loaded are shown; run the cell again to continue";

const ENDED =
  "The kernel ended before the last change was done; run the cell again and repeat the change.";

const CANCELLED =
  "building the overview was cancelled: zoom in to see the rest of the recording; " +
  "create the viewer again to continue building";

/** Everything that the views of one model share. */
class ViewerSession implements Session {
  readonly state: ViewState;
  readonly source: DataStore;
  readonly views: ViewCount;
  readonly marks: MarkEditor;
  readonly #transport: WireTransport;
  readonly #orders: Orders;
  readonly #listeners = new Set<() => void>();
  readonly #offs: (() => void)[] = [];
  #failure: DataError | null = null;
  /** What the kernel says of a mistake of its own. */
  #internal = "";
  #progress: ProgressModel | null = null;
  #stopping = false;

  readonly #model: ViewerModel;

  constructor(model: ViewerModel) {
    this.#model = model;
    this.views = new ViewCount(model, String(model.get("_wire")));
    const description = this.#described();
    this.#transport = new WireTransport(this.#find("_wire"), () => this.#connectionChanged());
    this.#orders = new Orders(this.#transport, () => this.#notify());
    this.marks = new MarkEditor(
      this.#orders,
      () => this.live(),
      () => this.#notify(),
    );
    this.source = new DataStore(this.#transport, description);
    this.source.patch = (set) => this.marks.patched(set);
    const first = model.get("_first");
    const bytes = asDataView(model.get("_first_data"));
    for (const reply of [first?.overview, first?.window]) {
      if (reply && bytes) this.source.seed(reply, bytes);
    }
    if (first?.marks && bytes) this.source.seedMarks(first.marks, bytes);
    this.state = new ViewState(description);
    const offs = [
      bindTraits(model, this.state, (regained) =>
        watchReconnection(model.widget_manager, regained),
      ),
      keepPicture(model, (callback) => this.state.onChange(callback)),
      bindLinks(this.state),
      watchReconnection(model.widget_manager, () => {
        this.source.resume();
        this.#orders.resume();
      }),
      this.source.onChange(() => this.#notify()),
      this.source.onError((error: DataError | null) => {
        this.#failure = error;
        this.#notify();
      }),
    ];
    const redescribe = (): void => {
      const next = this.#described();
      this.source.setDescription(next);
      this.state.describe(next);
    };
    const receive = ({
      kind,
      error,
      t,
    }: {
      kind?: unknown;
      error?: unknown;
      t?: unknown;
    }): void => {
      if (kind === "failed") {
        this.#internal = String(error);
        this.#notify();
      } else if (kind === "mark") this.state.setMarked(typeof t === "number" ? t : null);
      else if (kind === "back") this.state.goBack();
      else if (kind === "forward") this.state.goForward();
    };
    model.on("change:_description", redescribe);
    model.on("msg:custom", receive);
    const follow = (): void => void this.#followProgress();
    model.on("change:_progress", follow);
    const marks = followMarks(this.#find("_marks"), () => this.source.marksChanged());
    this.#offs.push(...offs, marks, () => {
      model.off("change:_description", redescribe);
      model.off("msg:custom", receive);
      model.off("change:_progress", follow);
      this.#progress?.off("change", this.#progressed);
    });
    follow();
  }

  #described() {
    const bytes =
      asDataView(this.#model.get("_description_data")) ?? new DataView(new ArrayBuffer(0));
    return parseDescription(this.#model.get("_description"), bytes);
  }

  async #find<T>(trait: string): Promise<T> {
    const reference: unknown = this.#model.get(trait);
    if (typeof reference !== "string" || reference === "") throw new Error(`no ${trait}`);
    const id = reference.startsWith(REFERENCE) ? reference.slice(REFERENCE.length) : reference;
    return (await this.#model.widget_manager.get_model(id)) as T;
  }

  async #followProgress(): Promise<void> {
    this.#progress?.off("change", this.#progressed);
    this.#progress = null;
    try {
      if (this.#model.get("_progress")) this.#progress = await this.#find("_progress");
    } catch {
      // A notebook that was opened without a kernel has no tasks.
      return;
    }
    this.#progress?.on("change", this.#progressed);
    this.#progressed();
  }

  readonly #progressed = (): void => {
    this.source.refresh();
    this.#notify();
  };

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Without a kernel, shows the window of the saved picture. */
  #connectionChanged(): void {
    const saved = this.#model.get("_first")?.window;
    if (!this.#transport.alive() && !this.#transport.met && saved) {
      const { t0, t1 } = this.state;
      const [lane] = this.state.signals;
      // The data of the overview are too coarse for a short window.
      const fine = (bin: number): boolean => !lane || (bin / lane.fs) * 100 < t1 - t0;
      const pieces = lane ? this.source.lane(lane.index, t0, t1, 1000).pieces : [];
      const held = pieces.some(({ bin }) => fine(bin));
      if (!held) this.state.setWindow(saved.t0, saved.t1);
    }
    if (!this.#transport.alive()) this.#orders.abandon(ENDED);
    this.#notify();
  }

  onData(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  work(): Work | null {
    const progress = this.#progress;
    const state = String(progress?.get("state") ?? "done");
    if (!progress || state === "done") return null;
    const share = Math.max(0, Math.min(1, Number(progress.get("progress")) || 0));
    const active = (state === "pending" || state === "running") && this.live();
    const remaining: unknown = progress.get("remaining");
    return {
      doing: active ? this.#verb() : state === "failed" ? "failed at" : "stopped at",
      share,
      remaining: typeof remaining === "number" && progress.get("elapsed") > 1 ? remaining : null,
      active,
      stopping: this.#stopping,
    };
  }

  #verb(): string {
    return this.state.reading ? "reading file" : "building overview";
  }

  order(wanted: LaneOrder): Promise<string> {
    return this.#orders.send("lanes", wanted);
  }

  cancel(): void {
    this.#stopping = true;
    sendIfAlive(this.#progress, { kind: "cancel" });
    this.#notify();
  }

  broken(): boolean {
    return this.#failure?.code === "source-changed";
  }

  live(): boolean {
    return this.#transport.alive();
  }

  absent(): string {
    return this.live() ? "" : "not loaded";
  }

  note(): string {
    const notes = [...this.state.description.notes];
    if (!this.live())
      notes.unshift(
        this.#transport.met ? LOST : "no kernel is connected: the saved picture is shown",
      );
    else if (this.#orders.late() !== null) {
      const done = this.#orders.late() === "mark" ? "saved" : "done";
      notes.unshift(`The last change is not ${done} yet: waiting for the kernel …`);
    } else if (this.#failure?.code === "slow") notes.unshift(this.#failure.error);
    else if (this.#progress?.get("state") === "cancelled") notes.unshift(CANCELLED);
    return notes.join(" · ");
  }

  error(): string {
    const failed: unknown = this.#progress?.get("error");
    if (typeof failed === "string" && failed !== "") return failed;
    const failure = this.#failure;
    if (!failure || failure.code === "slow" || failure.code === "dead") return this.#internal;
    return failure.error;
  }

  dispose(): void {
    for (const off of this.#offs) off();
    this.views.dispose();
    this.source.dispose();
    this.#orders.dispose();
    this.#transport.dispose();
    this.#listeners.clear();
  }
}

/**
 * Whether the focus goes from an element to the viewer: from a button of a panel that was clicked.
 * With the keyboard, the focus stays at the button: Enter presses it again.
 */
function leads(from: Element | null): boolean {
  return from !== null && from.closest(".vital-panel") !== null && !from.matches(":focus-visible");
}

/** Sessions by the reference to their wire, because each view gets another wrapper of its model. */
const sessions = new Map<string, ViewerSession>();

export const viewer = {
  initialize({ model }: { model: ViewerModel }): () => void {
    const wire = String(model.get("_wire"));
    const session = new ViewerSession(model);
    sessions.set(wire, session);
    return () => {
      session.dispose();
      if (sessions.get(wire) === session) sessions.delete(wire);
    };
  },

  render({ model, el }: { model: ViewerModel; el: HTMLElement }): () => void {
    const session = sessions.get(String(model.get("_wire")));
    if (!session) throw new Error("the viewer's model was not initialized");
    const controller = new AbortController();
    const view = new View(session, el, controller.signal, FEATURES);
    el.classList.add("vital-host");
    const closed = session.views.opened();
    const receive = ({ kind }: { kind?: unknown }): void => {
      if (kind === "focus" && leads(document.activeElement)) view.focus();
    };
    model.on("msg:custom", receive);
    return () => {
      model.off("msg:custom", receive);
      controller.abort();
      closed();
    };
  },
};
