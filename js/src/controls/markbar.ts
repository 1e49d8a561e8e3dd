/** The row of controls while marks are made: task, kinds, channels, reader, undo. */
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";
import { tasksOf } from "../state/marktasks.ts";
import type { Marker } from "./marker.ts";
import { addButton, addField, enable, groupOf, relabel, Select } from "./toolbar.ts";

const PENCIL =
  "M11.6 1.2 14.8 4.4 5.4 13.8 1 15l1.2-4.4zM10.2 4.2 3.6 10.8l-.6 2.2 2.2-.6 6.6-6.6z";
const UNDO = "M6 2 1.5 6.2 6 10.4V7.6c3.5 0 6 1.2 7.6 4C13 7.700 10.600 4.800 6 4.800z";
const REDO =
  "M10 2l4.500 4.200L10 10.400V7.600c-3.500 0-6 1.200-7.600 4C3 7.700 5.400 4.800 10 4.800z";

export interface BarActions {
  toggle(): void;
  leave(): void;
  /** A key or a button of a kind. */
  press(text: string): void;
  undo(redo: boolean): void;
  readers(): void;
}

export class MarkBar {
  readonly #host: ViewHost;
  readonly #marker: Marker;
  readonly #actions: BarActions;
  readonly #button: HTMLButtonElement;
  readonly #row: HTMLElement;
  readonly #kinds: HTMLElement;
  readonly #tasks: Select;
  readonly #field: HTMLInputElement;
  readonly #everywhere: HTMLButtonElement;
  readonly #undo: HTMLButtonElement;
  readonly #redo: HTMLButtonElement;
  readonly #readers: HTMLButtonElement;
  #shown = "";

  constructor(host: ViewHost, marker: Marker, actions: BarActions) {
    this.#host = host;
    this.#marker = marker;
    this.#actions = actions;
    const { signal, state } = host;
    const { marking } = state;
    this.#button = addButton(groupOf(host.toolbar, "marks"), {
      label: "Mark: make and change marks (D)",
      icon: PENCIL,
      run: actions.toggle,
      signal,
    });
    const row = groupOf(host.toolbar, "marking");
    row.classList.add("vv-marking");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Marking");
    this.#row = row;
    this.#tasks = new Select(row, {
      label: "Task of marking",
      chosen: (task) => marking.set({ task }),
      signal,
    });
    this.#kinds = addElement(row, "span", "vv-kinds");
    this.#field = addField(row, "What the next marks say");
    this.#field.classList.add("vv-kind-field");
    this.#field.placeholder = "other text";
    const typed = (event: KeyboardEvent): void => {
      const text = this.#field.value.trim();
      if (event.key === "Enter" && text !== "") {
        if (marking.selected.size > 0) actions.press(text);
        else marking.choose(text);
      }
      if (event.key === "Enter" || event.key === "Escape") {
        event.stopPropagation();
        host.focus();
      }
    };
    this.#field.addEventListener("keydown", typed, { signal });
    this.#everywhere = addButton(row, {
      label: "New marks belong to all channels; with Alt the other way",
      text: "all channels",
      run: () => marking.setEverywhere(!marking.everywhere),
      signal,
    });
    this.#undo = addButton(row, {
      label: "Undo (Ctrl + Z)",
      icon: UNDO,
      run: () => actions.undo(false),
      signal,
    });
    this.#redo = addButton(row, {
      label: "Redo (Ctrl + Shift + Z)",
      icon: REDO,
      run: () => actions.undo(true),
      signal,
    });
    this.#readers = addButton(row, { label: "Reader", text: "", run: actions.readers, signal });
    this.#readers.setAttribute("aria-haspopup", "dialog");
    addButton(row, { label: "End marking (Esc)", text: "×", run: actions.leave, signal });
    this.show();
  }

  get readers(): HTMLButtonElement {
    return this.#readers;
  }

  /** Shows what has changed. */
  show(): void {
    const { state, session } = this.#host;
    const { marking } = state;
    const { task } = marking;
    this.#button.setAttribute("aria-pressed", String(task !== null));
    this.#row.hidden = task === null;
    if (!task) return;
    const legend = session.source.legend();
    enable(this.#undo, (legend?.undo ?? 1) > 0);
    enable(this.#redo, (legend?.redo ?? 1) > 0);
    const layer = this.#marker.layer();
    const own = layer.name === layer.reader ? "" : ` ▸ ${layer.name}`;
    const blind = marking.options.blind ? ", blind" : "";
    const who = `${layer.reader || "…"}${own}${blind}`;
    const everywhere = marking.everywhere ? "all channels" : "one channel";
    const { hotkeys } = marking.options;
    const key = JSON.stringify([task, marking.kind, everywhere, who, hotkeys]);
    if (key === this.#shown) return;
    this.#shown = key;
    const tasks = tasksOf(hotkeys).map(({ name, title }) => ({ value: name, text: title }));
    this.#tasks.offer(tasks, task.name);
    this.#showKinds();
    const known = task.kinds.some(({ text }) => text === marking.kind);
    if (!this.#field.matches(":focus")) this.#field.value = known ? "" : marking.kind;
    this.#everywhere.hidden = task.epochs;
    relabel(this.#everywhere, {
      label: `New marks belong to ${marking.everywhere ? "all channels" : "the channel under the pointer"}; with Alt the other way`,
      text: everywhere,
    });
    this.#everywhere.setAttribute("aria-pressed", String(marking.everywhere));
    relabel(this.#readers, {
      label: `Reader ${who}: readers, layers, disagreements`,
      text: `reader: ${who}`,
    });
  }

  #showKinds(): void {
    const { state, signal } = this.#host;
    const { task, kind } = state.marking;
    const texts = task?.kinds ?? [];
    this.#kinds.replaceChildren();
    for (const { key, text } of texts) {
      const button = addButton(this.#kinds, {
        label: `${text} (${key})`,
        text: key === text ? text : "",
        run: () => this.#actions.press(text),
        signal,
      });
      if (key !== text) {
        addElement(button, "kbd", "vv-key").textContent = key;
        button.append(text);
      }
      button.setAttribute("aria-pressed", String(text === kind));
    }
  }
}
