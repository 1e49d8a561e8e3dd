/** The panel of readers: who marks, in which layer, blind; and where readers disagree. */
import type { Comparison } from "../data/types.ts";
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";
import { SLEEP_EPOCH } from "../state/marktasks.ts";
import type { Marker } from "./marker.ts";
import { DISAGREEMENTS, type MarkWalk } from "./markwalk.ts";
import { addButton, addField, Select } from "./toolbar.ts";

const CONSENSUS = "consensus";

export class ReaderPanel {
  readonly element: HTMLElement;
  readonly #host: ViewHost;
  readonly #marker: Marker;
  readonly #reader: HTMLInputElement;
  readonly #layer: HTMLInputElement;
  readonly #known: HTMLDataListElement;
  readonly #blind: HTMLInputElement;
  readonly #layers: HTMLElement;
  readonly #by: Select;
  readonly #majority: HTMLInputElement;
  readonly #result: HTMLElement;
  readonly #chosen = new Set<string>();
  #method: Comparison["by"] = "epochs";

  constructor(host: ViewHost, marker: Marker, walk: MarkWalk, close: () => void) {
    this.#host = host;
    this.#marker = marker;
    const { signal, state } = host;
    const { marking } = state;
    const panel = addElement(host.body, "div", "vv-panel vv-readers");
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", "Readers");
    panel.hidden = true;
    const keydown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    panel.addEventListener("keydown", keydown, { signal });
    this.element = panel;
    addElement(panel, "div", "vv-panel-title").textContent = "Reader";
    this.#reader = this.#text(panel, "Name", "Name of the reader", (reader) => {
      marking.set({ reader });
    });
    this.#layer = this.#text(panel, "New marks in layer", "Layer of new marks", (layer) => {
      marking.set({ layer: layer === marker.reader() ? "" : layer });
    });
    this.#known = addElement(panel, "datalist", "");
    this.#known.id = `vv-layers-${Math.random().toString(36).slice(2)}`;
    this.#layer.setAttribute("list", this.#known.id);
    this.#blind = this.#check(panel, "Blind: show my own layers only", (blind) => {
      marking.set({ blind });
    });
    addElement(panel, "div", "vv-panel-title").textContent = "Compare layers";
    this.#layers = addElement(panel, "div", "vv-layers");
    this.#majority = this.#check(panel, `Put the majority into the layer “${CONSENSUS}”`, () => {});
    const row = addElement(panel, "div", "vv-panel-row");
    this.#by = new Select(row, {
      label: "What is compared",
      chosen: (by) => {
        this.#method = by as Comparison["by"];
        this.show();
      },
      signal,
    });
    const add = (label: string, text: string, run: () => unknown): void => {
      addButton(row, { label, text, run, signal }).tabIndex = 0;
    };
    add("Compare the chosen layers", "Compare", () => void this.#compare());
    add("Previous disagreement (Shift + I)", "‹", () => void walk.step(DISAGREEMENTS, false));
    add("Next disagreement (I)", "›", () => void walk.step(DISAGREEMENTS, true));
    this.#result = addElement(panel, "div", "vv-panel-note");
    this.#result.setAttribute("role", "status");
    add(`New marks go into the layer “${CONSENSUS}”`, "Mark the consensus", () => {
      marking.set({ layer: CONSENSUS });
    });
    for (const one of [this.#by.element, this.#blind, this.#majority]) one.tabIndex = 0;
  }

  /** Shows what is known of the layers. */
  show(): void {
    if (this.element.hidden) return;
    const { session, state } = this.#host;
    const { options } = state.marking;
    const legend = session.source.legend();
    const reader = this.#marker.reader();
    const set = (field: HTMLInputElement, value: string): void => {
      if (!field.matches(":focus") && field.value !== value) field.value = value;
    };
    set(this.#reader, reader);
    set(this.#layer, options.layer || reader);
    this.#blind.checked = options.blind || legend?.blind === true;
    const layers = (legend?.layers ?? []).filter(({ name }) => name !== DISAGREEMENTS);
    const own = layers.filter((one) => one.reader === reader && !one.readOnly);
    const names = [...new Set([...own.map(({ name }) => name), CONSENSUS])];
    if (this.#known.childElementCount !== names.length) {
      this.#known.replaceChildren();
      for (const name of names) addElement(this.#known, "option", "").value = name;
    }
    const methods = ["epochs", "events", "beats"] as const;
    this.#by.offer(
      methods.map((by) => ({ value: by, text: by })),
      this.#method,
    );
    (this.#majority.parentElement as HTMLElement).hidden = this.#method !== "epochs";
    const key = layers.map(({ name, count }) => `${name}\0${count}`).join();
    if (this.#layers.getAttribute("data-key") === key) return;
    this.#layers.setAttribute("data-key", key);
    this.#layers.replaceChildren();
    if (layers.length === 0) this.#layers.textContent = "There are no marks yet.";
    for (const { name, count } of layers) {
      const box = this.#check(this.#layers, `${name} (${count})`, (on) => {
        if (on) this.#chosen.add(name);
        else this.#chosen.delete(name);
      });
      box.checked = this.#chosen.has(name);
    }
  }

  focus(): void {
    this.#reader.focus();
  }

  #text(
    panel: HTMLElement,
    title: string,
    label: string,
    done: (text: string) => void,
  ): HTMLInputElement {
    const row = addElement(panel, "label", "vv-panel-row");
    addElement(row, "span", "vv-panel-name").textContent = title;
    const field = addField(row, label);
    field.tabIndex = 0;
    field.addEventListener("change", () => done(field.value.trim()), { signal: this.#host.signal });
    return field;
  }

  #check(panel: HTMLElement, title: string, done: (on: boolean) => void): HTMLInputElement {
    const row = addElement(panel, "label", "vv-panel-check");
    const box = addElement(row, "input", "");
    box.type = "checkbox";
    row.append(title);
    box.addEventListener("change", () => done(box.checked), { signal: this.#host.signal });
    return box;
  }

  async #compare(): Promise<void> {
    const { session, state, signal } = this.#host;
    const known = session.source.legend()?.layers.map(({ name }) => name) ?? [];
    const layers = [...this.#chosen].filter((name) => known.includes(name));
    const refused = this.#marker.refusal();
    if (refused !== "" || layers.length < 2 || !session.marks) {
      this.#result.textContent = refused || "Choose two or more layers to compare.";
      return;
    }
    const { epochs } = state;
    const comparison: Comparison = {
      by: this.#method,
      layers,
      epoch_s: epochs?.length ?? SLEEP_EPOCH,
      start_s: epochs?.start ?? 0,
    };
    if (this.#method === "epochs" && this.#majority.checked) comparison.consensus = CONSENSUS;
    this.#result.textContent = "Comparing …";
    const { error, count, text, consensus } = await session.marks.compare(comparison);
    if (signal.aborted) return;
    const added = consensus > 0 ? ` ${consensus} labels of the majority were added.` : "";
    this.#result.textContent =
      error || `${text}. ${count} disagreements: I goes to the next.${added}`;
  }
}
