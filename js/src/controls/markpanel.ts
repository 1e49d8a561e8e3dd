/** The panel of marks: layers and texts, choices of the list, and the list. */
import type { Mark, SortKey } from "../data/types.ts";
import { grouped } from "../math/grouped.ts";
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";
import type { Theme } from "../plot/theme.ts";
import { ALL_MARKS, type MarkChoice } from "../state/markchoice.ts";
import { MarkLegend } from "./marklegend.ts";
import { MarkList } from "./marklist.ts";
import type { Panel } from "./sidepanel.ts";
import { addButton, addField, type Choice, Select } from "./toolbar.ts";

const SORTS: [SortKey, string][] = [
  ["onset", "time"],
  ["text", "text"],
  ["duration", "duration"],
  ["channel", "channel"],
  ["layer", "layer"],
  ["comment", "comment"],
  ["changed", "last change"],
];
/** Time after the last key until a search begins (ms). */
const PAUSE = 150;

type Filter = "layer" | "reader" | "text" | "channel";

export class MarkPanel implements Panel {
  readonly element: HTMLElement;
  readonly #host: ViewHost;
  readonly #legend: MarkLegend;
  readonly #list: MarkList;
  readonly #selects: Record<Filter, Select>;
  readonly #sort: Select;
  readonly #order: HTMLButtonElement;
  readonly #count: HTMLElement;
  readonly #listed: HTMLElement;
  readonly #pages: readonly HTMLButtonElement[];
  readonly #empty: HTMLElement;
  readonly #choose: (choice: Partial<MarkChoice>) => void;
  #choice: MarkChoice = ALL_MARKS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    host: ViewHost,
    jump: (mark: Mark) => void,
    chosen: (choice: MarkChoice) => void,
    close: () => void,
  ) {
    this.#host = host;
    const { signal } = host;
    const panel = document.createElement("div");
    panel.className = "vv-channels vv-markpanel";
    panel.setAttribute("role", "region");
    panel.setAttribute("aria-label", "Marks");
    this.element = panel;
    const head = addElement(panel, "div", "vv-channel-line");
    this.#count = addElement(head, "span", "vv-channel-count");
    this.#count.setAttribute("role", "status");
    const tools = addElement(head, "div", "vv-group");
    const page = (label: string, text: string, legend: boolean): HTMLButtonElement => {
      const made = addButton(tools, { label, text, run: () => this.#open(legend), signal });
      made.tabIndex = 0;
      return made;
    };
    this.#pages = [
      page("The list of marks", "List", false),
      page("Layers and texts: what is shown, and in which colours", "Layers", true),
    ];
    addButton(tools, { label: "Close (M)", text: "×", run: close, signal }).tabIndex = 0;
    this.#legend = new MarkLegend(panel, host);
    const listed = addElement(panel, "div", "vv-marklisted");
    this.#listed = listed;
    const search = addField(listed, "Search texts, comments, channels, layers and readers");
    search.classList.add("vv-channel-search");
    search.placeholder = "search …";
    search.tabIndex = 0;
    const choices = addElement(listed, "div", "vv-mark-choices");
    this.#choose = (choice) => {
      this.#choice = { ...this.#choice, ...choice };
      chosen(this.#choice);
      this.#list.restart();
      this.update();
      host.touch();
    };
    const select = (label: string, set: (value: string | null) => void): Select => {
      const made = new Select(choices, {
        label,
        chosen: (value) => set(value === "" ? null : JSON.parse(value)),
        signal,
      });
      made.element.tabIndex = 0;
      return made;
    };
    this.#selects = {
      layer: select("List only this layer", (layer) => this.#choose({ layer })),
      reader: select("List only this reader", (reader) => this.#choose({ reader })),
      text: select("List only this text", (text) => this.#choose({ text })),
      channel: select("List only this channel", (channel) =>
        this.#choose({ channel: channel === null ? null : Number(channel) }),
      ),
    };
    const line = addElement(listed, "div", "vv-channel-line");
    this.#sort = new Select(line, {
      label: "Order of the list",
      chosen: (sort) => this.#choose({ sort: sort as SortKey }),
      signal,
    });
    this.#sort.element.tabIndex = 0;
    this.#order = addButton(line, {
      label: "Descending order",
      text: "↑",
      run: () => this.#choose({ descending: !this.#choice.descending }),
      signal,
    });
    this.#order.tabIndex = 0;
    this.#list = new MarkList(listed, host, () => this.#choice, jump);
    this.#empty = addElement(this.#list.element, "div", "vv-list-empty");
    const searched = (): void => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#choose({ search: search.value }), PAUSE);
    };
    signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
    search.addEventListener("input", searched, { signal });
    const keydown = (event: KeyboardEvent): void => {
      const { key, target } = event;
      const here = target === search;
      if (key === "Escape" && here && search.value !== "") {
        search.value = "";
        searched();
      } else if (key === "Escape") close();
      else if (here && (key === "ArrowDown" || key === "Enter")) this.#list.element.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    panel.addEventListener("keydown", keydown, { signal });
    this.#open(false);
  }

  /** Shows the layers and texts, or the list. */
  #open(legend: boolean): void {
    this.#legend.element.hidden = !legend;
    this.#listed.hidden = legend;
    this.#pages.forEach((button, k) => {
      button.setAttribute("aria-pressed", String(legend === (k === 1)));
    });
    this.#host.touch();
  }

  set theme(theme: Theme) {
    this.#legend.theme = theme;
    this.#list.theme = theme;
  }

  focus(): void {
    const [, layers] = this.#pages;
    const target = this.#listed.hidden ? layers : this.#list.element;
    target?.focus({ preventScroll: true });
  }

  painted(): void {
    this.update();
  }

  update(): void {
    const { state, session } = this.#host;
    state.marks.learn(session.source.legend());
    this.#legend.update();
    this.#offer();
    this.#list.update();
    const { total, error } = this.#list;
    const known = state.marks.shown.reduce((sum, { count }) => sum + count, 0);
    const text =
      total === null
        ? "…"
        : `${grouped(total)} ${total === 1 ? "mark" : "marks"}${of(total, known)}`;
    if (this.#count.textContent !== text) this.#count.textContent = text;
    const empty = error || (total === 0 ? "no marks" : "");
    if (this.#empty.textContent !== empty) this.#empty.textContent = empty;
    this.#list.element.classList.toggle("vv-list-none", empty !== "");
  }

  #offer(): void {
    const { marks, description } = this.#host.state;
    const layers = marks.legend?.layers ?? [];
    const choices = (all: string, values: Iterable<readonly [unknown, string]>): Choice[] => [
      { value: "", text: all },
      ...[...values].map(([value, text]) => ({ value: JSON.stringify(value), text })),
    ];
    const texts = new Set(layers.flatMap((one) => one.texts.map(([text]) => text)));
    const named = (name: string): [string, string] => [name, name || "–"];
    const readers = new Set(layers.map(({ reader }) => reader));
    const { layer, reader, text, channel } = this.#selects;
    const value = (chosen: unknown): string => (chosen === null ? "" : JSON.stringify(chosen));
    layer.offer(
      choices(
        "all layers",
        layers.map(({ name }) => named(name)),
      ),
      value(this.#choice.layer),
    );
    reader.offer(
      choices(
        "all readers",
        [...readers].map((one) => [one, one || "no reader"] as const),
      ),
      value(this.#choice.reader),
    );
    text.offer(choices("all texts", [...texts].map(named)), value(this.#choice.text));
    const lanes = description.channels.filter(({ shown, host }) => shown !== false && !host);
    channel.offer(
      choices("all channels", [
        [-1, "of no channel"] as const,
        ...lanes.map(({ index, name }) => [index, name] as const),
      ]),
      value(this.#choice.channel),
    );
    this.#sort.offer(
      SORTS.map(([key, name]) => ({ value: key, text: `by ${name}` })),
      this.#choice.sort,
    );
    const { descending } = this.#choice;
    this.#order.textContent = descending ? "↓" : "↑";
    this.#order.setAttribute("aria-pressed", String(descending));
  }
}

const of = (total: number, known: number): string => (total < known ? ` of ${grouped(known)}` : "");
