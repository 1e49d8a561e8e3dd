/** The list of marks: any number of rows, of which those in view are requested. */

import type { Mark } from "../data/types.ts";
import { channelText } from "../math/channeltext.ts";
import { spanText, timeText } from "../math/clock.ts";
import type { ViewHost } from "../plot/feature.ts";
import { markInk } from "../plot/markink.ts";
import type { Theme } from "../plot/theme.ts";
import { type MarkChoice, queryOf } from "../state/markchoice.ts";
import { VirtualList } from "./virtuallist.ts";

/** Lists are numbered, so that the ids of rows are unique on the page. */
let lists = 0;

export class MarkList {
  theme: Theme | null = null;
  /** Number of marks in the list; null if it is unknown. */
  total: number | null = null;
  error = "";
  readonly #host: ViewHost;
  readonly #list: VirtualList;
  readonly #choice: () => MarkChoice;
  readonly #jump: (mark: Mark) => void;
  readonly #number = ++lists;
  #current = 0;
  /** The current mark is to be shown when it is known. */
  #awaited = false;
  /** What the rows in view show. */
  #drawn: readonly unknown[] = [];

  constructor(
    parent: HTMLElement,
    host: ViewHost,
    choice: () => MarkChoice,
    jump: (mark: Mark) => void,
  ) {
    this.#host = host;
    this.#choice = choice;
    this.#jump = jump;
    const { signal } = host;
    const fill = (element: HTMLElement, index: number): void => this.#fill(element, index);
    this.#list = new VirtualList(parent, { fill }, signal);
    const { element } = this.#list;
    element.tabIndex = 0;
    element.setAttribute("role", "listbox");
    element.setAttribute("aria-label", "Marks");
    const keydown = (event: KeyboardEvent): void => {
      if (!this.#key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const click = (event: MouseEvent): void => {
      const row = (event.target as Element).closest<HTMLElement>("[data-row]");
      if (!row) return;
      this.#go(Number(row.getAttribute("data-row")));
      this.#show();
    };
    // Rows that have come into view may be unknown.
    element.addEventListener("scroll", () => host.touch(), { signal, passive: true });
    element.addEventListener("keydown", keydown, { signal });
    element.addEventListener("click", click, { signal });
  }

  get element(): HTMLElement {
    return this.#list.element;
  }

  /** Other marks are listed. */
  restart(): void {
    this.#current = 0;
    this.element.scrollTop = 0;
    this.update();
  }

  /** Requests the rows in view, and draws them if they have changed. */
  update(): void {
    const { state, session } = this.#host;
    const query = queryOf(state.marks, this.#choice());
    const [first, stop] = this.#list.inView();
    const list = session.source.listMarks(query, first, stop);
    const rows = Array.from({ length: Math.max(0, stop - first) }, (_, k) => list.row(first + k));
    const { selected } = state.marking;
    const { options, legend } = state.marks;
    const now = [
      ...[list.total, list.error, first, this.#current, this.theme],
      ...[options, legend, selected, state.clock, ...rows],
    ];
    const same = now.length === this.#drawn.length && now.every((one, k) => one === this.#drawn[k]);
    if (same) return;
    this.#drawn = now;
    if (list.total !== null || list.error !== "") this.total = list.total;
    this.error = list.error;
    this.#list.count = this.total ?? 0;
    this.#current = Math.max(0, Math.min(this.#current, (this.total ?? 1) - 1));
    this.#list.draw();
    const { element } = this;
    if (this.total) element.setAttribute("aria-activedescendant", this.#id(this.#current));
    else element.removeAttribute("aria-activedescendant");
    element.setAttribute("aria-busy", String(list.total === null && list.error === ""));
    if (this.#awaited) this.#show();
  }

  #id(row: number): string {
    return `vv-marks-${this.#number}-${row}`;
  }

  #row(index: number): Mark | null {
    const { state, session } = this.#host;
    const query = queryOf(state.marks, this.#choice());
    return session.source.listMarks(query, index, index + 1).row(index);
  }

  #fill(element: HTMLElement, index: number): void {
    const mark = this.#row(index);
    const { marks, marking, clock, description } = this.#host.state;
    element.className = "vv-mark";
    element.id = this.#id(index);
    element.setAttribute("data-row", String(index));
    const attributes: Record<string, string> = {
      role: "option",
      "aria-selected": String(index === this.#current),
      "aria-posinset": String(index + 1),
      "aria-setsize": String(this.total ?? -1),
    };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    const part = (name: string, text: string): HTMLElement => {
      const made = document.createElement("span");
      made.className = name;
      made.textContent = text;
      element.append(made);
      return made;
    };
    if (!mark) {
      part("vv-mark-time", "…");
      return;
    }
    element.classList.toggle("vv-mark-selected", marking.selected.has(mark.id));
    const swatch = part("vv-swatch", "");
    if (this.theme) {
      swatch.style.background = markInk(this.theme, marks.colorOf(mark.layer, mark.text)).css;
    }
    part("vv-mark-time", timeText(clock, mark.onset, 1));
    part("vv-mark-text", mark.text || "–");
    part("vv-mark-length", mark.duration > 0 ? spanText(mark.duration) : "");
    const of = description.channels[mark.channel];
    const channel = of ? channelText(of) : "";
    part("vv-mark-more", [channel, mark.layer.name].filter(Boolean).join(" · "));
    const about = [mark.text, mark.comment, channel, mark.layer.name];
    element.title = about.filter(Boolean).join(" · ");
  }

  #go(index: number): void {
    this.#awaited = false;
    this.#current = Math.max(0, Math.min(index, (this.total ?? 1) - 1));
    this.#list.reveal(this.#current);
    this.update();
    this.#host.touch();
  }

  /** Jumps to the current mark, as soon as it is known. */
  #show(): void {
    const mark = this.#row(this.#current);
    this.#awaited = mark === null;
    if (mark) this.#jump(mark);
  }

  #key({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const { page } = this.#list;
    const by: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page };
    const ends: Record<string, number> = { Home: 0, End: (this.total ?? 1) - 1 };
    if (key in by) this.#go(this.#current + (by[key] as number));
    else if (key in ends) this.#go(ends[key] as number);
    else if (key === "Enter" || key === " ") this.#show();
    else return false;
    return true;
  }
}
