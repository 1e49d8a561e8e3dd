/** Changes marks: each change is drawn at once, and taken back if the kernel refuses it. */
import { type Patch, partsOf, patchedSet } from "./markpatch.ts";
import type { Answer, Orders } from "./orders.ts";
import type {
  AnnotationSet,
  Compared,
  Comparison,
  Editing,
  EditOutcome,
  MarkEdit,
  MarkLayer,
} from "./types.ts";

const NO_KERNEL = "Marks cannot be changed without a kernel; run the cell again.";
/** Answered changes that are held until all sets of marks contain them. */
const HELD = 64;
/** Created marks whose first identity is remembered. */
const RENAMED = 1000;

interface Sent extends Patch {
  /** The revision that contains the change; null before the reply. */
  revision: number | null;
}

export class MarkEditor {
  #sent: Sent[] = [];
  /** Ends with the reply to the latest change: the next one is sent then. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #renamed = new Map<number, number>();
  readonly #drawn = new WeakMap<AnnotationSet, { version: number; set: AnnotationSet }>();
  #version = 0;
  #created = 0;
  readonly #orders: Orders;
  readonly #alive: () => boolean;
  readonly #changed: () => void;

  constructor(orders: Orders, alive: () => boolean, changed: () => void) {
    this.#orders = orders;
    this.#alive = alive;
    this.#changed = changed;
  }

  /** Why marks cannot be changed; "" if they can. */
  refusal(): string {
    return this.#alive() ? "" : NO_KERNEL;
  }

  /**
   * Changes marks. Created marks have identities at once, which `now` converts after the reply.
   *
   * @param layer The layer of created marks, as it is drawn before the reply.
   */
  edit(edit: MarkEdit, layer: MarkLayer): Editing {
    const refused = this.refusal();
    if (refused !== "") return { ids: [], done: Promise.resolve({ error: refused, ids: [] }) };
    const parts = partsOf(edit);
    const ids = parts.flatMap((one) =>
      one.do === "create" ? one.marks.map(() => -++this.#created + 0.5) : one.ids,
    );
    const sent: Sent = { edit, ids, layer, revision: null };
    const drawn = parts.length > 0;
    if (drawn) {
      this.#sent.push(sent);
      this.#redraw();
    }
    const done = this.#last.then(() => this.#send(sent, drawn));
    this.#last = done;
    return { ids, done };
  }

  /** The present identity of a mark. */
  now(id: number): number {
    return this.#renamed.get(id) ?? id;
  }

  /** Compares layers; the marks on which they disagree become a layer. */
  async compare(comparison: Comparison): Promise<Compared> {
    const error = this.refusal();
    if (error !== "") return { error, name: "", count: 0, text: "", consensus: 0 };
    const answer = await this.#orders.ask("compare", comparison);
    const { name = "", count = 0, text = "", consensus = 0 } = answer.content;
    return { error: answer.error, name, count, text, consensus };
  }

  /** A set of marks with the changes that it does not contain yet. */
  patched(set: AnnotationSet): AnnotationSet {
    const missing = this.#sent.filter(
      ({ revision }) => revision === null || revision > set.revision,
    );
    if (missing.length === 0) return set;
    const known = this.#drawn.get(set);
    if (known?.version === this.#version) return known.set;
    const drawn = patchedSet(
      set,
      missing.map((one) => ({ ...one, ids: one.ids.map((id) => this.now(id)) })),
    );
    this.#drawn.set(set, { version: this.#version, set: drawn });
    return drawn;
  }

  async #send(sent: Sent, drawn: boolean): Promise<EditOutcome> {
    const { edit } = sent;
    const known = (one: MarkEdit): MarkEdit =>
      "ids" in one ? { ...one, ids: one.ids.map((id) => this.now(id)) } : one;
    const fields = edit.do === "several" ? { ...edit, edits: edit.edits.map(known) } : known(edit);
    const answer = this.refusal() === "" ? await this.#orders.ask("mark", fields) : LOST;
    const ids = answer.error === "" ? idsOf(answer) : [];
    for (const [k, id] of sent.ids.entries()) if (!Number.isInteger(id)) this.#rename(id, ids[k]);
    if (drawn) {
      const revision = Number(answer.content.revision);
      if (answer.error === "" && Number.isFinite(revision)) sent.revision = revision;
      else this.#sent = this.#sent.filter((one) => one !== sent);
      const answered = this.#sent.filter((one) => one.revision !== null);
      const old = new Set(answered.slice(0, -HELD));
      this.#sent = this.#sent.filter((one) => !old.has(one));
      this.#redraw();
    }
    return { error: answer.error, ids };
  }

  #rename(from: number, to: number | undefined): void {
    if (to === undefined) return;
    this.#renamed.set(from, to);
    const [oldest] = this.#renamed.keys();
    if (this.#renamed.size > RENAMED && oldest !== undefined) this.#renamed.delete(oldest);
  }

  #redraw(): void {
    this.#version += 1;
    this.#changed();
  }
}

const LOST: Answer = { error: NO_KERNEL, content: {}, buffer: new DataView(new ArrayBuffer(0)) };

function idsOf({ content, buffer }: Answer): number[] {
  const { count = 0, at = 0 } = content;
  if (!(at + 8 * count <= buffer.byteLength)) return [];
  return Array.from({ length: count }, (_, k) => buffer.getFloat64(at + 8 * k, true));
}
