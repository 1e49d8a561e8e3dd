/** What is being marked: the task, the reader, the selected marks. */
import { type MarkTask, tasksOf } from "./marktasks.ts";

/** A time range of one channel or of all (-1), in seconds; being dragged. */
export interface MarkRange {
  t0: number;
  t1: number;
  channel: number;
}

/** What the user chooses; the traits of the viewer have the same values. */
export interface MarkingOptions {
  /** Name of the task; null while nothing is marked. */
  task: string | null;
  hotkeys: Readonly<Record<string, string>>;
  /** Layer of new marks; "" for the one that is named as the reader. */
  layer: string;
  /** "" for the reader of the recording. */
  reader: string;
  blind: boolean;
}

/** What a drag will do when it ends. */
export interface MarkDrag {
  /** A new mark, or a rubber band around marks. */
  range: (MarkRange & { rubber: boolean }) | null;
  /** Selected marks are moved by so many seconds, or one edge of them. */
  moved: { ids: ReadonlySet<number>; by: number; edge: "start" | "end" | null } | null;
}

const NO_DRAG: MarkDrag = { range: null, moved: null };

export class MarkingState {
  options: Readonly<MarkingOptions> = {
    task: null,
    hotkeys: {},
    layer: "",
    reader: "",
    blind: false,
  };
  /** What new marks say. */
  kind = "";
  /** Whether new marks belong to all channels. */
  everywhere = true;
  selected: ReadonlySet<number> = new Set();
  /** The number of the current epoch; null for the first one in the window. */
  epoch: number | null = null;
  drag: MarkDrag = NO_DRAG;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get task(): MarkTask | null {
    const { task, hotkeys } = this.options;
    return tasksOf(hotkeys).find(({ name }) => name === task) ?? null;
  }

  set(options: Partial<MarkingOptions>): void {
    const next = { ...this.options, ...options };
    if (JSON.stringify(next) === JSON.stringify(this.options)) return;
    const { task: before } = this.options;
    this.options = next;
    if (next.task !== before) this.selected = new Set();
    const { task } = this;
    if (task && task.name !== before) {
      this.kind = "";
      this.everywhere = task.everywhere;
      this.epoch = null;
    }
    if (task && this.kind === "") this.kind = task.kinds[0]?.text ?? "";
    this.drag = NO_DRAG;
    this.#changed();
  }

  choose(kind: string): void {
    this.kind = kind;
    this.#changed();
  }

  setEverywhere(everywhere: boolean): void {
    this.everywhere = everywhere;
    this.#changed();
  }

  select(ids: Iterable<number>): void {
    const next = new Set(ids);
    if (next.size === this.selected.size && [...next].every((id) => this.selected.has(id))) return;
    this.selected = next;
    this.#changed();
  }

  toggle(id: number): void {
    this.select(
      this.selected.has(id)
        ? [...this.selected].filter((one) => one !== id)
        : [...this.selected, id],
    );
  }

  goToEpoch(epoch: number | null): void {
    this.epoch = epoch;
    this.#changed();
  }

  setDrag(drag: Partial<MarkDrag> | null): void {
    this.drag = drag ? { ...NO_DRAG, ...drag } : NO_DRAG;
    this.#changed();
  }
}
