/** The tasks of the kernel: those that run, those that wait, and the latest that ended. */
import { bytesText, durationText, millisecondsText } from "../math/amounts.ts";
import { addElement } from "../page/element.ts";
import { type Act, addButton, type Show, setText } from "./instrument.ts";

/** What the kernel says of a task; `runtime.tasklog.TaskEntry`. */
export interface TaskSeen {
  number: number;
  title: string;
  message: string;
  state: "pending" | "running" | "done" | "cancelled" | "failed";
  urgent: boolean;
  cancelling: boolean;
  progress: number;
  elapsed: number;
  remaining: number | null;
  bytes_done: number | null;
  bytes_total: number | null;
  rate: number | null;
}

const STATES = {
  pending: "waiting",
  running: "running",
  done: "done",
  cancelled: "cancelled",
  failed: "failed",
};

const percent = (task: TaskSeen): number => Math.min(Math.floor(task.progress * 100), 99);

/** Times, bytes and rate of a task in words. */
export function factsOf(task: TaskSeen): string {
  const facts: string[] = [];
  if (task.state === "running") {
    facts.push(`${durationText(task.elapsed)} so far`);
    if (task.remaining !== null) facts.push(`about ${durationText(task.remaining)} left`);
  } else if (task.state !== "pending" && task.elapsed > 0) {
    const short = task.elapsed < 0.1;
    facts.push(
      `took ${short ? `${millisecondsText(task.elapsed)} ms` : durationText(task.elapsed)}`,
    );
  }
  if (task.bytes_done !== null && task.bytes_done > 0) {
    const of = task.bytes_total !== null && task.bytes_total > task.bytes_done;
    const total = of ? ` of ${bytesText(task.bytes_total as number)}` : "";
    facts.push(`${bytesText(task.bytes_done)}${total}`);
    if (task.rate !== null && task.rate > 0) facts.push(`${bytesText(task.rate)}/s`);
  }
  if (task.message && task.state !== "done") facts.push(task.message);
  return facts.join(" · ");
}

class Item {
  readonly root = document.createElement("li");
  readonly #title: HTMLElement;
  readonly #state: HTMLElement;
  readonly #cancel: HTMLButtonElement;
  readonly #track: HTMLElement;
  readonly #bar: HTMLElement;
  readonly #facts: HTMLElement;
  #cancelling = false;

  constructor(number: number, act: Act) {
    this.root.className = "vital-task";
    const head = addElement(this.root, "div", "vital-task-head");
    this.#title = addElement(head, "span", "vital-task-title");
    this.#state = addElement(head, "span", "vital-task-state");
    this.#cancel = addButton(head, "Cancel", () => {
      if (!this.#cancelling) act("cancel", number);
    });
    this.#track = addElement(this.root, "div", "vital-task-track");
    this.#track.setAttribute("role", "progressbar");
    this.#bar = addElement(this.#track, "div", "vital-task-bar");
    this.#facts = addElement(this.root, "div", "vital-task-facts");
  }

  show(task: TaskSeen): void {
    const live = task.state === "running" || task.state === "pending";
    this.root.setAttribute("data-state", task.state);
    const title = task.title || "Task";
    setText(this.#title, title);
    setText(this.#state, task.state === "running" ? `${percent(task)} %` : STATES[task.state]);
    this.#cancel.hidden = !live;
    this.#cancelling = task.cancelling;
    this.#cancel.setAttribute("aria-disabled", String(task.cancelling)); // it keeps the focus
    setText(this.#cancel, task.cancelling ? "Cancelling …" : "Cancel");
    this.#cancel.setAttribute("aria-label", `Cancel ${title}`);
    this.#track.hidden = task.state !== "running";
    this.#track.setAttribute("aria-label", title);
    this.#track.setAttribute("aria-valuenow", String(percent(task)));
    this.#bar.style.width = `${task.progress * 100}%`;
    setText(this.#facts, factsOf(task));
  }
}

export function taskList(root: HTMLElement, act: Act): Show {
  const head = addElement(root, "div", "vital-instrument-row");
  const count = addElement(head, "span", "vital-instrument-count");
  const clear = addButton(head, "Clear finished", () => act("clear"));
  const list = addElement(root, "ul", "vital-tasks");
  const none = addElement(root, "div", "vital-instrument-none");
  none.textContent = "No task has run yet. Long work appears here, with a button to cancel it.";
  const items = new Map<number, Item>();

  return ({ tasks }: { tasks: TaskSeen[] }) => {
    const inState = (...states: string[]): number =>
      tasks.filter((task) => states.includes(task.state)).length;
    const ended = inState("done", "cancelled", "failed");
    setText(count, `${inState("running")} running, ${inState("pending")} waiting, ${ended} ended`);
    clear.disabled = ended === 0;
    none.hidden = tasks.length > 0;
    const listed = new Set(tasks.map((task) => task.number));
    for (const [number, item] of items) {
      if (listed.has(number)) continue;
      item.root.remove();
      items.delete(number);
    }
    let next: HTMLElement | null = null;
    // From the last one: those that run stay where they are, and with them the focus.
    for (const task of [...tasks].reverse()) {
      let item = items.get(task.number);
      if (item === undefined) {
        item = new Item(task.number, act);
        items.set(task.number, item);
      }
      item.show(task);
      const placed: HTMLElement = item.root;
      if (placed.parentElement !== list || placed.nextElementSibling !== next) {
        list.insertBefore(placed, next);
      }
      next = placed;
    }
  };
}
