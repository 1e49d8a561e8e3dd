/** What keys and drags do with marks: create, score, move, relabel, delete, undo. */
import type { AnnotationSet, MarkEdit, MarkLayer, NewMark, SimpleEdit } from "../data/types.ts";
import { timeText } from "../math/clock.ts";
import { epochCount, epochStart } from "../math/epochs.ts";
import type { ViewHost } from "../plot/feature.ts";
import { currentEpoch } from "../plot/markselection.ts";
import { mostMarks } from "../plot/viewmarks.ts";
import { SLEEP_EPOCH } from "../state/marktasks.ts";

const NO_KERNEL = "Marks cannot be changed without a kernel.";

/** A mark of the set on screen. */
export interface ShownMark extends NewMark {
  id: number;
  layer: MarkLayer;
}

export class Marker {
  /** Shows why something was refused; "" removes it. */
  say: (text: string) => void = () => {};
  /** Epochs in the order in which they were scored, and those whose score was undone. */
  readonly #scored: number[] = [];
  readonly #unscored: number[] = [];
  readonly #host: ViewHost;

  constructor(host: ViewHost) {
    this.#host = host;
  }

  /** Why marks cannot be changed; "" if they can. */
  refusal(): string {
    return this.#host.session.marks?.refusal() ?? NO_KERNEL;
  }

  /** As `refusal`; a busy kernel may not know yet who the reader is. */
  #refusedNow(): string {
    const { session, state } = this.#host;
    const { reader } = state.marking.options;
    const known = session.source.legend()?.reader ?? reader;
    if (reader === "" || known === reader) return this.refusal();
    return `The kernel does not know yet that “${reader}” reads: it is busy. Mark when it is ready.`;
  }

  /** The marks of the window, with changes that the kernel has not sent yet. */
  set(): AnnotationSet | null {
    const { session, state } = this.#host;
    // As many as the view asks for, so that nothing else is requested.
    return session.source.annotations(state.t0, state.t1, mostMarks(this.#host.layout().plotWidth));
  }

  shown(): ShownMark[] {
    const set = this.set();
    if (!set) return [];
    return Array.from({ length: set.count }, (_, k) => markOf(set, k));
  }

  /** The selected marks that are in the window. */
  selected(): ShownMark[] {
    const { selected } = this.#host.state.marking;
    return selected.size === 0 ? [] : this.shown().filter(({ id }) => selected.has(id));
  }

  reader(): string {
    const { session, state } = this.#host;
    return state.marking.options.reader || (session.source.legend()?.reader ?? "");
  }

  /** The layer of new marks. */
  layer(): MarkLayer {
    const reader = this.reader();
    return { name: this.#host.state.marking.options.layer || reader, reader, readOnly: false };
  }

  /** Why a mark cannot be changed; "" if it can. */
  lock({ layer }: Pick<ShownMark, "layer">): string {
    const copy = "copy the layer to change its marks";
    if (layer.readOnly) return `The layer “${layer.name}” is read-only; ${copy}.`;
    const reader = this.reader();
    if (reader === "" || layer.reader === reader) return "";
    return `The layer “${layer.name}” belongs to the reader “${layer.reader}”; ${copy}.`;
  }

  async edit(edit: MarkEdit): Promise<boolean> {
    const { session, state } = this.#host;
    const refused = this.#refusedNow();
    this.say(refused);
    if (refused !== "" || !session.marks) return false;
    const { ids, done } = session.marks.edit(edit, this.layer());
    const { error } = await done;
    if (this.#host.signal.aborted) return false;
    if (error !== "") this.say(error);
    const { selected } = state.marking;
    if (ids.some((id) => selected.has(id))) {
      state.marking.select([...selected].map((id) => session.marks?.now(id) ?? id));
    }
    return error === "";
  }

  create(marks: readonly NewMark[]): Promise<boolean> {
    return marks.length === 0 ? Promise.resolve(true) : this.edit(this.#creation(marks));
  }

  #creation(marks: readonly NewMark[]): SimpleEdit {
    const { clock, marking } = this.#host.state;
    const [first] = marks;
    if (marks.length === 1 && first)
      this.#host.say(`${first.text} marked, ${timeText(clock, first.onset, 2)}`);
    else this.#host.say(`${marks.length} marks made`);
    return { do: "create", marks, layer: marking.options.layer || null };
  }

  /** Changes selected marks, those that may be changed; says which may not. */
  change(marks: readonly ShownMark[], to: (mark: ShownMark) => Partial<NewMark>): Promise<boolean> {
    const free = this.#unlocked(marks);
    return free.length === 0 ? Promise.resolve(false) : this.edit(changing(free, to));
  }

  delete(marks: readonly ShownMark[]): void {
    const free = this.#unlocked(marks);
    if (free.length === 0) return;
    const { marking } = this.#host.state;
    const gone = new Set(free.map(({ id }) => id));
    marking.select([...marking.selected].filter((id) => !gone.has(id)));
    this.#host.say(`${gone.size} ${gone.size === 1 ? "mark" : "marks"} deleted`);
    void this.edit({ do: "delete", ids: [...gone] });
  }

  #unlocked(marks: readonly ShownMark[]): ShownMark[] {
    const free = marks.filter((mark) => this.lock(mark) === "");
    const [locked] = marks.filter((mark) => !free.includes(mark));
    if (free.length === 0 && locked) this.say(this.lock(locked));
    return free;
  }

  async undo(redo: boolean): Promise<void> {
    const { session, state } = this.#host;
    const refused = this.#refusedNow();
    this.say(refused);
    if (refused !== "" || !session.marks) return;
    state.marking.select([]);
    const edit = { do: redo ? ("redo" as const) : ("undo" as const) };
    const { error, ids } = await session.marks.edit(edit, this.layer()).done;
    if (this.#host.signal.aborted) return;
    this.say(error || (ids.length > 0 ? "" : `There is nothing to ${edit.do}.`));
    if (ids.length > 0) this.#host.say(redo ? "made again" : "undone");
    if (ids.length === 0 || !state.marking.task?.epochs) return;
    const [from, to] = redo ? [this.#unscored, this.#scored] : [this.#scored, this.#unscored];
    const epoch = from.pop();
    if (epoch === undefined) return;
    to.push(epoch);
    this.goToEpoch(redo ? epoch + 1 : epoch);
  }

  /** Scores epochs from `first` to `last`; those that have a score are changed. */
  async score(text: string, first: number, last = first): Promise<boolean> {
    const { state } = this.#host;
    const { epochs } = state;
    if (!epochs || this.#unscorable()) return false;
    const { name } = this.layer();
    const own = this.shown().filter(({ layer }) => layer.name === name);
    const changed: ShownMark[] = [];
    const made: NewMark[] = [];
    for (let epoch = first; epoch <= last; epoch++) {
      const onset = epochStart(epochs, epoch);
      const duration = Math.min(epochs.length, state.duration - onset);
      const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-3 * epochs.length;
      const known = own.find(
        (one) => near(one.onset, onset) && near(one.duration, duration) && one.channel < 0,
      );
      if (!known) made.push({ onset, duration, text, channel: -1 });
      else if (known.text !== text) changed.push(known);
    }
    if (made.length === 0 && changed.length === 0) return true;
    if (this.#unlocked(changed).length < changed.length) return false;
    const edits: SimpleEdit[] = [];
    if (changed.length > 0) edits.push(changing(changed, () => ({ text })));
    if (made.length > 0) edits.push(this.#creation(made));
    this.#scored.push(first);
    this.#unscored.length = 0;
    const [only] = edits;
    const done = await this.edit(edits.length === 1 && only ? only : { do: "several", edits });
    const at = this.#scored.lastIndexOf(first);
    if (!done && at >= 0) this.#scored.splice(at, 1);
    return done;
  }

  /** Says why epochs cannot be scored, if they cannot. */
  #unscorable(): boolean {
    const unread = "The annotations are still being read; try again in a moment.";
    const refused = this.#refusedNow() || (this.reader() === "" ? unread : "");
    if (refused !== "") this.say(refused);
    return refused !== "";
  }

  /** Scores the current epoch and goes to the next one; back to it if the score is refused. */
  async scoreNext(text: string): Promise<void> {
    const { state } = this.#host;
    const epoch = currentEpoch(state);
    if (epoch === null || this.#unscorable()) return;
    const scored = this.score(text, epoch);
    this.goToEpoch(epoch + 1);
    const refused = !(await scored) && !this.#host.signal.aborted;
    if (refused && currentEpoch(state) === epoch + 1) this.goToEpoch(epoch);
  }

  /** Makes an epoch the current one; the window pages to it. */
  goToEpoch(epoch: number): void {
    const { state } = this.#host;
    const { epochs } = state;
    if (!epochs) return;
    const number = Math.max(1, Math.min(epoch, epochCount(epochs, state.duration)));
    const [from, to] = [epochStart(epochs, number), epochStart(epochs, number + 1)];
    state.marking.goToEpoch(number);
    const span = state.t1 - state.t0;
    const slack = 1e-3 * epochs.length;
    if (from >= state.t0 - slack && Math.min(to, state.duration) <= state.t1 + slack) return;
    // Back: the epoch is the last one of the page.
    const pages = Math.max(1, Math.floor(span / epochs.length + 1e-6));
    const start = from < state.t0 ? from - (pages - 1) * epochs.length : from;
    state.setWindow(start, start + span);
    state.marking.goToEpoch(number);
  }

  /** Sleep is scored in epochs: they are switched on with the task. */
  prepare(): void {
    const { state } = this.#host;
    if (!state.marking.task?.epochs || state.epochs) return;
    state.setTime({ epochLength: SLEEP_EPOCH });
    const whole = Math.max(1, Math.round((state.t1 - state.t0) / SLEEP_EPOCH));
    state.setSpan(Math.min(whole, 10) * SLEEP_EPOCH);
  }
}

function changing(
  marks: readonly ShownMark[],
  to: (mark: ShownMark) => Partial<NewMark>,
): SimpleEdit {
  const values = marks.map(to);
  const names = Object.keys(values[0] as object) as (keyof NewMark)[];
  const columns = names.map((name) => [name, values.map((value) => value[name])]);
  return { do: "change", ids: marks.map(({ id }) => id), to: Object.fromEntries(columns) };
}

export function markOf(set: AnnotationSet, k: number): ShownMark {
  return {
    id: set.ids[k] as number,
    onset: set.onsets[k] as number,
    duration: set.durations[k] as number,
    text: set.texts[set.text[k] as number] ?? "",
    channel: set.channel[k] as number,
    layer: set.layers[set.layer[k] as number] as MarkLayer,
  };
}
