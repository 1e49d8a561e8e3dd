/** The layers and texts of marks with check boxes and colours. */
import type { LegendLayer } from "../data/types.ts";
import { css, type Rgb } from "../math/color.ts";
import { grouped } from "../math/grouped.ts";
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";
import { markInk } from "../plot/markink.ts";
import type { Theme } from "../plot/theme.ts";
import { MARKS_COLORED_BY, type MarksColoredBy } from "../state/markstate.ts";
import { Select } from "./toolbar.ts";

const COLOR_TEXTS: Record<MarksColoredBy, string> = {
  auto: "automatic",
  layer: "each layer",
  reader: "each reader",
  text: "each text",
};
/** Texts that are listed; others can be found by search. */
const MOST_TEXTS = 60;

export class MarkLegend {
  readonly element: HTMLElement;
  theme: Theme | null = null;
  readonly #host: ViewHost;
  readonly #layers: HTMLElement;
  readonly #texts: HTMLElement;
  readonly #colorBy: Select;
  #drawn: readonly unknown[] = [];

  constructor(parent: HTMLElement, host: ViewHost) {
    this.#host = host;
    const { signal, state } = host;
    this.element = addElement(parent, "div", "vv-marklegend");
    this.#layers = group(this.element, "Layers");
    this.#texts = group(this.element, "Texts");
    const line = addElement(this.element, "div", "vv-channel-line");
    addElement(line, "span", "").textContent = "Colours";
    this.#colorBy = new Select(addElement(line, "div", "vv-group"), {
      label: "What determines the colours of marks",
      chosen: (value) => state.marks.set({ colorBy: value as MarksColoredBy }),
      signal,
    });
    this.#colorBy.element.tabIndex = 0;
  }

  update(): void {
    const { marks } = this.#host.state;
    const now = [marks.legend, marks.options, this.theme];
    if (now.every((one, k) => one === this.#drawn[k])) return;
    this.#drawn = now;
    const choices = MARKS_COLORED_BY.map((value) => ({ value, text: COLOR_TEXTS[value] }));
    this.#colorBy.offer(choices, marks.options.colorBy);
    const layers = marks.legend?.layers ?? [];
    // The element that has the focus is found again by its name.
    const focused = activeElement(this.#layers)?.getAttribute("data-key");
    this.#layers.replaceChildren(...layers.map((layer) => this.#layer(layer)));
    this.#texts.replaceChildren(...this.#textRows(layers));
    if (focused) this.#find(focused)?.focus();
  }

  #find(key: string): HTMLElement | null {
    const all = [this.#layers, this.#texts].flatMap((one) => [
      ...one.querySelectorAll<HTMLElement>("[data-key]"),
    ]);
    return all.find((one) => one.getAttribute("data-key") === key) ?? null;
  }

  #layer(layer: LegendLayer): HTMLElement {
    const { marks } = this.#host.state;
    const { name, reader, count } = layer;
    const row = document.createElement("div");
    row.className = "vv-legend-row";
    const whose = reader !== "" && reader !== name ? ` (${reader})` : "";
    this.#check(row, `layer ${name}`, name + whose, count, marks.isLayerShown(name), (shown) => {
      marks.showLayer(name, shown);
    });
    const color = addElement(row, "input", "vv-color-other");
    color.type = "color";
    color.title = `Colour of the layer ${name}`;
    color.setAttribute("aria-label", color.title);
    color.setAttribute("data-key", `color ${name}`);
    const by = marks.colorBy;
    color.hidden = by !== "layer";
    if (this.theme) color.value = hex(markInk(this.theme, marks.colorOf(layer, "")).rgb);
    color.addEventListener("change", () => marks.setColor(name, color.value), {
      signal: this.#host.signal,
    });
    return row;
  }

  #textRows(layers: readonly LegendLayer[]): HTMLElement[] {
    const { marks } = this.#host.state;
    const shown = layers.filter(({ name }) => marks.isLayerShown(name));
    const counts = new Map<string, { count: number; layer: LegendLayer }>();
    for (const layer of shown) {
      for (const [text, count] of layer.texts) {
        const known = counts.get(text)?.count ?? 0;
        counts.set(text, { count: known + count, layer });
      }
    }
    const sorted = [...counts].sort((a, b) => b[1].count - a[1].count).slice(0, MOST_TEXTS);
    return sorted.map(([text, { count, layer }]) => {
      const row = document.createElement("div");
      row.className = "vv-legend-row";
      const label = text || "without text";
      this.#check(row, `text ${text}`, label, count, marks.isTextShown(text), (on) => {
        marks.showText(text, on);
      });
      if (this.theme && marks.colorBy === "text") {
        const swatch = document.createElement("span");
        swatch.className = "vv-swatch";
        swatch.style.background = css(markInk(this.theme, marks.colorOf(layer, text)).rgb);
        row.prepend(swatch);
      }
      return row;
    });
  }

  #check(
    row: HTMLElement,
    key: string,
    name: string,
    count: number,
    checked: boolean,
    changed: (checked: boolean) => void,
  ): void {
    const label = addElement(row, "label", "vv-legend-label");
    const box = addElement(label, "input", "");
    box.type = "checkbox";
    box.checked = checked;
    box.setAttribute("data-key", key);
    box.addEventListener("change", () => changed(box.checked), { signal: this.#host.signal });
    const text = addElement(label, "span", "vv-channel-name");
    text.textContent = name;
    text.title = name;
    addElement(label, "span", "vv-legend-count").textContent = grouped(count);
  }
}

function group(parent: HTMLElement, name: string): HTMLElement {
  const element = addElement(parent, "div", "vv-legend");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", name);
  return element;
}

/** The element that has the focus, also in a shadow root. */
function activeElement(inside: HTMLElement): Element | null {
  const root = inside.getRootNode();
  return root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
}

const hex = (rgb: Rgb): string =>
  `#${rgb.map((one) => Math.round(one).toString(16).padStart(2, "0")).join("")}`;
