/** Which marks a viewer shows, and in which colours. */
import type { Legend, MarkFilter, MarkLayer } from "../data/types.ts";

/** What determines the colour of a mark; "auto": its text if one layer is shown, else its layer. */
export const MARKS_COLORED_BY = ["auto", "layer", "reader", "text"] as const;
export type MarksColoredBy = (typeof MARKS_COLORED_BY)[number];

export interface MarkOptions {
  /** Names of the layers that are shown; null for all. */
  layers: readonly string[] | null;
  /** Texts whose marks are not shown. */
  hiddenTexts: readonly string[];
  /** Chosen colours as `#rrggbb`, by the name of the layer. */
  colors: Readonly<Record<string, string>>;
  colorBy: MarksColoredBy;
}

export class MarkState {
  options: Readonly<MarkOptions> = { layers: null, hiddenTexts: [], colors: {}, colorBy: "auto" };
  /** The latest known legend. */
  legend: Legend | null = null;
  /** Layers, readers and texts in the order in which they became known: each keeps its colour. */
  readonly #order = { layer: [] as string[], reader: [] as string[], text: [] as string[] };
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  set(options: Partial<MarkOptions>): void {
    const next = { ...this.options, ...options };
    if (JSON.stringify(next) === JSON.stringify(this.options)) return;
    this.options = next;
    this.#changed();
  }

  /** Takes up what the marks of the recording are; returns whether anything is new. */
  learn(legend: Legend | null): boolean {
    if (legend === this.legend || !legend) return false;
    this.legend = legend;
    for (const { name, reader } of legend.layers) {
      append(this.#order.layer, name);
      append(this.#order.reader, reader);
    }
    const texts = new Map<string, number>();
    for (const [text, count] of legend.layers.flatMap((layer) => layer.texts)) {
      texts.set(text, (texts.get(text) ?? 0) + count);
    }
    for (const [text] of [...texts].sort((a, b) => b[1] - a[1])) append(this.#order.text, text);
    return true;
  }

  isLayerShown(name: string): boolean {
    return this.options.layers?.includes(name) ?? true;
  }

  isTextShown(text: string): boolean {
    return !this.options.hiddenTexts.includes(text);
  }

  /** The marks that are shown, as requests say it. */
  filter(): MarkFilter {
    const { layers, hiddenTexts } = this.options;
    return {
      ...(layers ? { layers } : {}),
      ...(hiddenTexts.length > 0 ? { without: hiddenTexts } : {}),
    };
  }

  /** The known layers that are shown. */
  get shown(): Legend["layers"] {
    return this.legend?.layers.filter(({ name }) => this.isLayerShown(name)) ?? [];
  }

  showLayer(name: string, shown: boolean): void {
    const all = this.legend?.layers.map((layer) => layer.name) ?? [];
    const next = all.filter((one) => (one === name ? shown : this.isLayerShown(one)));
    this.set({ layers: next.length === all.length ? null : next });
  }

  showText(text: string, shown: boolean): void {
    const others = this.options.hiddenTexts.filter((one) => one !== text);
    this.set({ hiddenTexts: shown ? others : [...others, text] });
  }

  /** Sets the colour of a layer; null chooses it automatically. */
  setColor(name: string, color: string | null): void {
    const { [name]: _, ...others } = this.options.colors;
    this.set({ colors: color === null ? others : { ...others, [name]: color } });
  }

  get colorBy(): Exclude<MarksColoredBy, "auto"> {
    const { colorBy } = this.options;
    if (colorBy !== "auto") return colorBy;
    const [first, second] = this.shown;
    return second || (first && Object.hasOwn(this.options.colors, first.name)) ? "layer" : "text";
  }

  /** `#rrggbb`, or the number of a colour of the theme. */
  colorOf({ name, reader }: Pick<MarkLayer, "name" | "reader">, text: string): string | number {
    const by = this.colorBy;
    if (by === "layer" && Object.hasOwn(this.options.colors, name)) {
      return this.options.colors[name] as string;
    }
    const key = by === "layer" ? name : by === "reader" ? reader : text;
    // The order in which marks happen to be drawn must not choose their colours.
    if (!this.legend) return 0;
    return append(this.#order[by], key);
  }
}

/** The place of a name in a list, which it is added to if it is new. */
function append(names: string[], name: string): number {
  const place = names.indexOf(name);
  return place < 0 ? names.push(name) - 1 : place;
}
