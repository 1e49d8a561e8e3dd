/** Colour, height and lane of the channel, or of the kind, that is current in the list. */
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";
import { LIGHT_INKS } from "../plot/palette.ts";
import { inkOf, readTheme } from "../plot/theme.ts";
import { entryFinder, type LaneOptions } from "../state/lane.ts";
import type { Row } from "./channelrows.ts";
import { addButton, type Choice, Select } from "./toolbar.ts";

const HEIGHTS = [0.5, 1, 1.5, 2, 3, 4];
const OWN = "";

/** Names of the colours of the palette, in its order. */
const COLOR_NAMES = "blue, red, green, purple, amber, teal, magenta, grey".split(", ");

export class ChannelSettings {
  readonly element: HTMLElement;
  readonly #host: ViewHost;
  readonly #title: HTMLElement;
  readonly #colors: HTMLElement;
  readonly #height: Select;
  readonly #lane: Select;
  readonly #laneLine: HTMLElement;
  #row: Row | null = null;

  constructor(parent: HTMLElement, host: ViewHost) {
    this.#host = host;
    const { signal } = host;
    this.element = addElement(parent, "div", "vv-channel-settings");
    this.element.setAttribute("role", "group");
    this.#title = addElement(this.element, "div", "vv-channel-title");
    this.#colors = addElement(this.element, "div", "vv-channel-colors");
    this.#colors.setAttribute("role", "group");
    this.#colors.setAttribute("aria-label", "Colour");
    this.#height = new Select(line(this.element, "Height"), {
      label: "Relative height of the lane",
      chosen: (value) => this.#setHeight(Number(value)),
      signal,
    });
    this.#laneLine = line(this.element, "Draw in");
    this.#lane = new Select(this.#laneLine, {
      label: "Draw in the lane of another channel",
      chosen: (value) => this.#setLane(value),
      signal,
    });
    for (const { element } of [this.#height, this.#lane]) element.tabIndex = 0;
    // All channels are offered when the list is opened: there can be thousands.
    const offer = (): void => this.#offerLanes(true);
    this.#lane.element.addEventListener("focus", offer, { signal });
    this.#lane.element.addEventListener("pointerdown", offer, { signal });
  }

  show(row: Row | null): void {
    this.#row = row;
    this.element.hidden = row === null;
    if (!row) return;
    const { state } = this.#host;
    const channel = state.description.channels.find(({ name }) => name === row.members[0]?.name);
    if (!channel) return;
    const facts = row.group
      ? `${row.members.length} ${row.members.length === 1 ? "channel" : "channels"}`
      : [channel.units, `${Number(channel.fs.toPrecision(4))} Hz`].filter(Boolean).join(", ");
    this.#title.textContent = `${kindText(row.name, row.group)} · ${facts}`;
    this.element.setAttribute("aria-label", `Settings of ${row.name}`);
    const find = entryFinder(state.description.channels);
    const { colors, weights } = state.laneOptions;
    this.#showColors(find(colors, channel) ?? null);
    const height = find(weights, channel) ?? 1;
    const heights = HEIGHTS.includes(height) ? HEIGHTS : [...HEIGHTS, height].sort((a, b) => a - b);
    const choices = heights.map((one) => ({ value: String(one), text: `${one} ×` }));
    this.#height.offer(choices, String(height));
    this.#laneLine.parentElement?.toggleAttribute("hidden", row.group);
    this.#offerLanes(this.#lane.element === document.activeElement);
  }

  #showColors(current: string | null): void {
    const held = this.#colors.contains(document.activeElement);
    const label = held ? document.activeElement?.getAttribute("aria-label") : null;
    this.#colors.replaceChildren();
    const { signal, root } = this.#host;
    const theme = readTheme(root);
    const add = (color: string | null, name: string): HTMLButtonElement => {
      const button = addButton(this.#colors, {
        label: name,
        text: color === null ? "auto" : "",
        run: () => this.#setColor(color),
        signal,
      });
      button.tabIndex = 0;
      button.classList.toggle("vv-color", color !== null);
      button.setAttribute("aria-pressed", String(color === current));
      if (color !== null) button.style.background = inkOf(theme, { index: 0, ink: color }).css;
      return button;
    };
    add(null, "automatic colour");
    const palette = LIGHT_INKS.split(" ");
    palette.forEach((color, k) => void add(color, COLOR_NAMES[k] ?? color));
    if (current !== null && !palette.includes(current)) add(current, current);
    const other = addElement(this.#colors, "input", "vv-color-other");
    other.type = "color";
    other.value = current ?? "#808080";
    other.title = "another colour";
    other.setAttribute("aria-label", "another colour");
    const chosen = (): void => this.#setColor(other.value);
    other.addEventListener("change", chosen, { signal });
    if (!label) return;
    this.#colors.querySelector<HTMLElement>(`[aria-label="${CSS.escape(label)}"]`)?.focus();
  }

  #setColor(color: string | null): void {
    const colors = new Map(this.#host.state.laneOptions.colors);
    this.#set(colors, color);
    this.#host.state.arrangement.change({ colors });
  }

  #setHeight(height: number): void {
    const weights = new Map(this.#host.state.laneOptions.weights);
    this.#set(weights, height === 1 ? null : height);
    this.#host.state.arrangement.change({ weights });
  }

  /** Sets the entry of the row: of the channel, of the kind, or of all its channels. */
  #set<T>(entries: Map<string, T>, value: T | null): void {
    const row = this.#row;
    if (!row) return;
    const { channels } = this.#host.state.description;
    const { kind } = row;
    const usable = !channels.some(({ name }) => name === kind);
    const names = channels.filter((one) => one.kind === kind).map(({ name }) => name);
    if (row.group || value === null) {
      for (const name of row.group ? names : [row.name]) entries.delete(name);
    }
    if (row.group && usable) put(entries, kind, value);
    else if (row.group) for (const name of names) put(entries, name, value);
    else {
      // Without an entry of its own, the channel would follow its kind again.
      if (value === null && usable && entries.has(kind)) {
        const whole = entries.get(kind) as T;
        entries.delete(kind);
        for (const name of names)
          if (name !== row.name && !entries.has(name)) entries.set(name, whole);
      }
      put(entries, row.name, value);
    }
  }

  #offerLanes(all: boolean): void {
    const row = this.#row;
    if (!row || row.group) return;
    const { laneOptions, description, lanes } = this.#host.state;
    const channel = description.channels.find(({ name }) => name === row.name);
    if (!channel) return;
    const host = entryFinder(description.channels)(laneOptions.overlaid, channel);
    const current = host === undefined || host === row.name ? OWN : host;
    const hosts = lanes.map(({ signals }) => signals[0].name).filter((name) => name !== row.name);
    const names = new Set(
      all ? [...hosts, ...(current ? [current] : [])] : current ? [current] : [],
    );
    const choices: Choice[] = [{ value: OWN, text: "its own lane" }];
    for (const name of names) choices.push({ value: name, text: `the lane of ${name}` });
    this.#lane.offer(choices, current);
  }

  #setLane(lane: string): void {
    const row = this.#row;
    if (!row) return;
    const { state } = this.#host;
    state.arrangement.change({ overlaid: withHost(state.laneOptions, row.name, lane) });
  }
}

/** The overlaid channels after one was put into another lane; those in its lane come along. */
export function withHost(
  { overlaid }: Pick<LaneOptions, "overlaid">,
  name: string,
  lane: string,
): Map<string, string> {
  const next = new Map(overlaid);
  if (lane === OWN) next.delete(name);
  else {
    for (const [guest, host] of next) if (host === name) next.set(guest, lane);
    next.set(name, lane);
    next.delete(lane);
  }
  return next;
}

function put<T>(entries: Map<string, T>, key: string, value: T | null): void {
  if (value === null) entries.delete(key);
  else entries.set(key, value);
}

function line(parent: HTMLElement, text: string): HTMLElement {
  const row = addElement(parent, "div", "vv-channel-line");
  addElement(row, "span", "").textContent = text;
  return addElement(row, "div", "vv-group");
}

/** How the list calls a kind. */
export function kindText(kind: string, group = true): string {
  if (!group) return kind;
  return kind === "other" ? "Other" : kind.charAt(0).toUpperCase() + kind.slice(1);
}
