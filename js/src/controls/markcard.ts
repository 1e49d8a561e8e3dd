/** What is said of the selected marks, above the time axis; and why something was refused. */
import { channelText } from "../math/channeltext.ts";
import { spanText, timeText } from "../math/clock.ts";
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";
import type { Marker, ShownMark } from "./marker.ts";
import { addButton, addField } from "./toolbar.ts";

export class MarkCard {
  readonly #host: ViewHost;
  readonly #marker: Marker;
  readonly #card: HTMLElement;
  readonly #message: HTMLElement;
  readonly #field: HTMLInputElement;
  readonly #about: HTMLElement;
  readonly #copy: HTMLButtonElement;
  readonly #delete: HTMLButtonElement;

  constructor(host: ViewHost, marker: Marker) {
    this.#host = host;
    this.#marker = marker;
    const { signal } = host;
    const place = addElement(host.body, "div", "vv-markplace");
    this.#message = addElement(place, "div", "vv-markmessage");
    this.#message.setAttribute("role", "alert");
    this.#message.hidden = true;
    this.#message.addEventListener("click", () => this.say(""), { signal });
    const card = addElement(place, "div", "vv-markcard");
    card.setAttribute("role", "group");
    card.setAttribute("aria-label", "Selected mark");
    card.hidden = true;
    this.#card = card;
    this.#field = addField(card, "What the mark says; Enter changes it");
    this.#field.tabIndex = 0;
    this.#field.addEventListener("keydown", (event) => this.#keydown(event), { signal });
    this.#about = addElement(card, "span", "vv-readout");
    this.#copy = addButton(card, {
      label: "Copy the layer, so that its marks can be changed",
      text: "Copy layer",
      run: () => this.#copyLayer(),
      signal,
    });
    this.#delete = addButton(card, {
      label: "Delete (Del)",
      text: "Delete",
      run: () => marker.delete(marker.selected()),
      signal,
    });
    for (const button of [this.#copy, this.#delete]) button.tabIndex = 0;
    const close = addButton(card, {
      label: "Select nothing (Esc)",
      text: "×",
      run: () => host.state.marking.select([]),
      signal,
    });
    close.tabIndex = 0;
    marker.say = (text) => this.say(text);
  }

  say(text: string): void {
    this.#message.textContent = text;
    this.#message.hidden = text === "";
  }

  get message(): string {
    return this.#message.textContent ?? "";
  }

  /** Enter: the field of the text. */
  focus(): boolean {
    if (this.#card.hidden || this.#field.hidden) return false;
    this.#field.focus();
    this.#field.select();
    return true;
  }

  show(): void {
    const { selected } = this.#host.state.marking;
    const marks = this.#marker.selected();
    this.#card.hidden = selected.size === 0;
    if (selected.size === 0) return;
    const locks = marks.map((mark) => this.#marker.lock(mark));
    const free = locks.some((lock) => lock === "");
    const [one] = marks;
    const texts = new Set(marks.map(({ text }) => text));
    const text = texts.size === 1 && one ? one.text : "";
    this.#field.hidden = !free;
    if (!this.#field.matches(":focus")) this.#field.value = text;
    this.#field.placeholder = texts.size > 1 ? "several" : "";
    this.#delete.hidden = !free;
    const layers = new Set(marks.map(({ layer }) => layer.name));
    this.#copy.hidden = free || layers.size !== 1;
    const about =
      one && marks.length === 1 ? this.#describe(one, free) : this.#count(marks, selected);
    if (this.#about.textContent !== about) this.#about.textContent = about;
  }

  #count(marks: readonly ShownMark[], { size }: ReadonlySet<number>): string {
    const outside = size > marks.length ? `, ${size - marks.length} outside the window` : "";
    return `${size} ${size === 1 ? "mark" : "marks"} selected${outside}`;
  }

  #describe({ text, onset, duration, channel, layer }: ShownMark, free: boolean): string {
    const { state } = this.#host;
    const of = state.description.channels[channel];
    const parts = [timeText(state.clock, onset, 3)];
    if (duration > 0) parts.push(spanText(duration));
    if (of) parts.push(channelText(of));
    parts.push(
      layer.reader && layer.reader !== layer.name ? `${layer.name} (${layer.reader})` : layer.name,
    );
    if (!free) parts.push(layer.readOnly ? "read-only" : `only ${layer.reader} can change it`);
    return `${free ? "" : `${text} · `}${parts.join(" · ")}`;
  }

  #keydown(event: KeyboardEvent): void {
    const text = this.#field.value.trim();
    if (event.key === "Enter" && text !== "") {
      void this.#marker.change(this.#marker.selected(), () => ({ text }));
    } else if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#host.focus();
    this.show();
  }

  /** A copy of the layer belongs to the reader. */
  #copyLayer(): void {
    const [mark] = this.#marker.selected();
    const reader = this.#marker.reader();
    if (!mark) return;
    const source = mark.layer.name;
    const layer = `${source} (${reader})`;
    const known = this.#host.session.source.legend()?.layers.some(({ name }) => name === layer);
    const copied = known ? Promise.resolve(true) : this.#marker.edit({ do: "copy", source, layer });
    void copied.then((done) => {
      if (!done) return;
      this.#host.state.marking.set({ layer });
      this.#host.state.marking.select([]);
      this.say(`The layer “${layer}” contains a copy of “${source}”, which can be changed.`);
    });
  }
}
