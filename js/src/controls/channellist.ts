/** The list of channels with check boxes: a tree of kinds and channels, moved with keys or dragged. */
import type { ViewHost } from "../plot/feature.ts";
import { inkOf, type Theme } from "../plot/theme.ts";
import { channelsOf } from "../state/lane.ts";
import {
  checked,
  type Listed,
  movedRow,
  placesOf,
  type Row,
  rowsOf,
  withVisible,
} from "./channelrows.ts";
import { kindText } from "./channelsettings.ts";
import { listenToRows } from "./rowdrag.ts";
import { VirtualList } from "./virtuallist.ts";

/** Lists are numbered, so that the ids of rows are unique on the page. */
let lists = 0;

export class ChannelList {
  grouped = true;
  readonly #host: ViewHost;
  readonly #list: VirtualList;
  readonly #closed = new Set<string>();
  readonly #currentChanged: (row: Row | null) => void;
  readonly #number = ++lists;
  #search = "";
  #theme: Theme | null = null;
  #all: Listed[] = [];
  #rows: Row[] = [];
  #inks = new Map<string, { index: number; ink?: string | number }>();
  #current = 0;
  /** The row that was checked last, for ranges. */
  #anchor = 0;

  constructor(parent: HTMLElement, host: ViewHost, currentChanged: (row: Row | null) => void) {
    this.#host = host;
    this.#currentChanged = currentChanged;
    const { signal } = host;
    const fill = (element: HTMLElement, index: number): void => this.#fill(element, index);
    this.#list = new VirtualList(parent, { fill }, signal);
    const { element } = this.#list;
    element.tabIndex = 0;
    element.setAttribute("role", "tree");
    element.setAttribute("aria-label", "Channels");
    const drags = {
      pressed: (row: number, part: Element, event: PointerEvent) => this.#pressed(row, part, event),
      places: (row: number) => placesOf(this.#rows, row),
      dropped: (row: number, place: number) => this.#move(row, place),
    };
    listenToRows(this.#list, drags, ".vv-grip", signal);
    const keydown = (event: KeyboardEvent): void => {
      if (!this.#key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    // A screen reader clicks without a pointer.
    const click = (event: MouseEvent): void => {
      const row = (event.target as Element).closest<HTMLElement>("[data-row]");
      if (event.detail === 0 && row) this.#toggle(Number(row.getAttribute("data-row")));
    };
    const dblclick = (event: MouseEvent): void => {
      if (!(event.target as Element).closest(".vv-check")) this.#reveal();
    };
    element.addEventListener("keydown", keydown, { signal });
    element.addEventListener("click", click, { signal });
    element.addEventListener("dblclick", dblclick, { signal });
  }

  /** Number of channels, visible or not. */
  get count(): number {
    return this.#all.length;
  }

  get element(): HTMLElement {
    return this.#list.element;
  }

  set search(text: string) {
    this.#search = text;
    this.#current = 0;
    this.element.scrollTop = 0;
    this.update();
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.#list.draw();
  }

  /** Takes up the channels and the lanes of the view. */
  update(): void {
    const { state } = this.#host;
    const { channels } = state.description;
    const byName = new Map(channelsOf(channels).map((channel) => [channel.name, channel]));
    const visible = new Map(state.signals.map((signal) => [signal.name, signal]));
    this.#inks = new Map([...byName, ...visible]);
    this.#all = state.arrangement.order().map((name) => ({
      name,
      kind: byName.get(name)?.kind ?? "other",
      visible: visible.has(name),
    }));
    const before = this.#rows[this.#current];
    this.#rerow();
    if (before) {
      const same = this.#rows.findIndex(
        (row) => row.group === before.group && row.name === before.name,
      );
      if (same >= 0) this.#current = same;
    }
    this.#draw();
  }

  #rerow(): void {
    const { grouped } = this;
    const kinds = new Set(this.#all.map(({ kind }) => kind));
    this.#rows = rowsOf(this.#all, {
      grouped: grouped && kinds.size > 1,
      closed: this.#closed,
      search: this.#search,
    });
    this.#list.count = this.#rows.length;
    this.#current = Math.max(0, Math.min(this.#current, this.#rows.length - 1));
  }

  #draw(): void {
    this.#list.draw();
    const { element } = this;
    if (this.#rows.length > 0) {
      element.setAttribute("aria-activedescendant", this.#id(this.#current));
    } else element.removeAttribute("aria-activedescendant");
    element.classList.toggle("vv-list-none", this.#rows.length === 0);
    this.#currentChanged(this.#rows[this.#current] ?? null);
  }

  #id(row: number): string {
    return `vv-channels-${this.#number}-${row}`;
  }

  #fill(element: HTMLElement, index: number): void {
    const row = this.#rows[index] as Row;
    const state = checked(row);
    element.className = "vv-channel";
    element.id = this.#id(index);
    element.setAttribute("data-row", String(index));
    const [place, siblings] = this.#placeOf(index);
    const child = !row.group && this.#rows[0]?.group === true;
    const attributes: Record<string, string> = {
      role: "treeitem",
      "aria-checked": state,
      "aria-selected": String(index === this.#current),
      "aria-level": child ? "2" : "1",
      "aria-posinset": String(place),
      "aria-setsize": String(siblings),
    };
    if (row.group) attributes["aria-expanded"] = String(row.open);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.classList.toggle("vv-channel-group", row.group);
    element.classList.toggle("vv-channel-child", child);
    const part = (name: string, text = ""): HTMLElement => {
      const made = document.createElement("span");
      made.className = name;
      made.textContent = text;
      element.append(made);
      return made;
    };
    part("vv-grip", "⠿").setAttribute("aria-hidden", "true");
    if (row.group) part("vv-fold", row.open ? "▾" : "▸").setAttribute("aria-hidden", "true");
    part("vv-check").setAttribute("aria-hidden", "true");
    const ink = this.#inks.get(row.name);
    if (!row.group && ink && this.#theme) {
      const swatch = part("vv-swatch");
      swatch.style.background = inkOf(this.#theme, ink).css;
    }
    part("vv-channel-name", kindText(row.name, row.group)).title = row.name;
    const visible = row.members.filter((one) => one.visible).length;
    if (row.group) part("vv-channel-more", `${visible} of ${row.members.length}`);
    else part("vv-channel-more", this.#guestText(row.name));
  }

  /** The place of a row among those of its level, and their number. */
  #placeOf(index: number): [number, number] {
    const row = this.#rows[index] as Row;
    const group = this.#rows.findLastIndex((one, k) => one.group && k < index);
    if (row.group) {
      const groups = this.#rows.filter((one) => one.group);
      return [groups.indexOf(row) + 1, groups.length];
    }
    if (group < 0) return [index + 1, this.#rows.length];
    return [index - group, (this.#rows[group] as Row).members.length];
  }

  /** In which lane a channel is drawn, if not in its own. */
  #guestText(name: string): string {
    const { lanes } = this.#host.state;
    if (this.#host.state.laneOptions.overlaid.size === 0) return "";
    const lane = lanes.find(({ signals }) => signals.some((one, k) => k > 0 && one.name === name));
    return lane ? `in ${lane.signals[0].name}` : "";
  }

  #pressed(index: number, part: Element, event: PointerEvent): void {
    if (index >= this.#rows.length) return;
    if (part.closest(".vv-fold")) this.#fold(index);
    else if (part.closest(".vv-check")) {
      if (event.shiftKey) this.#toggleRange(index);
      else this.#toggle(index);
    } else this.#go(index);
  }

  #go(index: number): void {
    this.#current = Math.max(0, Math.min(index, this.#rows.length - 1));
    this.#list.reveal(this.#current);
    this.#draw();
  }

  #fold(index: number, open?: boolean): void {
    const row = this.#rows[index];
    if (!row?.group) return;
    if (open ?? !row.open) this.#closed.delete(row.kind);
    else this.#closed.add(row.kind);
    this.#current = index;
    this.#rerow();
    this.#draw();
  }

  #toggle(index: number): void {
    const row = this.#rows[index];
    if (!row) return;
    this.#current = index;
    this.#anchor = index;
    this.#host.state.arrangement.change({
      names: withVisible(this.#all, [row], checked(row) !== "true"),
    });
  }

  /** Checks the rows from the one that was checked last as this one is. */
  #toggleRange(index: number): void {
    const [a, b] = [Math.min(index, this.#anchor), Math.max(index, this.#anchor)];
    const rows = this.#rows.slice(a, b + 1).filter(({ group }) => !group);
    const anchor = this.#rows[this.#anchor];
    this.#current = index;
    const visible = anchor ? checked(anchor) === "true" : true;
    this.#host.state.arrangement.change({ names: withVisible(this.#all, rows, visible) });
  }

  #move(from: number, to: number): void {
    const order = movedRow(this.#all, this.#rows, from, to);
    if (order.every((name, k) => name === this.#all[k]?.name)) return;
    this.#current = from;
    const visible = new Set(this.#all.filter((one) => one.visible).map(({ name }) => name));
    const { state } = this.#host;
    state.arrangement.setOrder(order);
    state.arrangement.change({ names: order.filter((name) => visible.has(name)) });
    this.#list.reveal(this.#current);
    this.#draw();
  }

  /** Moves the current row by one place, up (-1) or down (1). */
  #step(by: -1 | 1): void {
    const places = placesOf(this.#rows, this.#current);
    // The places before and after the row itself change nothing.
    const row = this.#rows[this.#current];
    const end = row?.group
      ? (places.find((place) => place > this.#current) ?? this.#rows.length)
      : this.#current + 1;
    const others =
      by < 0
        ? places.filter((place) => place < this.#current).reverse()
        : places.filter((place) => place > end);
    const [place] = others;
    if (place !== undefined) this.#move(this.#current, place);
  }

  /** Scrolls to the lane of the current row. */
  #reveal(): void {
    const row = this.#rows[this.#current];
    if (row?.group) this.#fold(this.#current);
    else if (row) this.#host.reveal(row.name);
  }

  #key(event: KeyboardEvent): boolean {
    const { key, altKey } = event;
    if (event.ctrlKey || event.metaKey) return false;
    const row = this.#rows[this.#current];
    if (altKey) {
      if (key !== "ArrowUp" && key !== "ArrowDown") return false;
      this.#step(key === "ArrowUp" ? -1 : 1);
      return true;
    }
    const page = this.#list.page;
    const by: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page };
    const ends: Record<string, number> = { Home: 0, End: this.#rows.length - 1 };
    if (key in by) this.#go(this.#current + (by[key] as number));
    else if (key in ends) this.#go(ends[key] as number);
    else if (key === " ") this.#toggle(this.#current);
    else if (key === "Enter") this.#reveal();
    else if (key === "ArrowRight") {
      if (row?.group && row.open) this.#go(this.#current + 1);
      else this.#fold(this.#current, true);
    } else if (key === "ArrowLeft") {
      if (row?.group) this.#fold(this.#current, false);
      else this.#go(this.#rows.findLastIndex((one, k) => one.group && k < this.#current));
    } else return false;
    return true;
  }
}
