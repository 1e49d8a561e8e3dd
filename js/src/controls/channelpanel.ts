/** The panel of channels: search, list, lanes per page, undo, and settings of the current channel. */
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";
import type { Theme } from "../plot/theme.ts";
import { COLORED_BY, type ColoredBy } from "../state/lane.ts";
import { ChannelList } from "./channellist.ts";
import { ChannelSettings } from "./channelsettings.ts";
import { addButton, addField, enable, relabel, Select } from "./toolbar.ts";

const PER_PAGE = [1, 2, 4, 8, 16, 32];
const COLOR_TEXTS: Record<ColoredBy, string> = {
  channel: "each channel",
  kind: "each kind",
};

export class ChannelPanel {
  readonly element: HTMLElement;
  readonly #host: ViewHost;
  readonly #list: ChannelList;
  readonly #settings: ChannelSettings;
  readonly #perPage: Select;
  readonly #colorBy: Select;
  readonly #undo: HTMLButtonElement;
  readonly #group: HTMLButtonElement;
  readonly #count: HTMLElement;

  constructor(host: ViewHost, close: () => void) {
    this.#host = host;
    const { state, signal } = host;
    const panel = document.createElement("div");
    panel.className = "vv-channels";
    panel.setAttribute("role", "region");
    panel.setAttribute("aria-label", "Channels");
    this.element = panel;
    const head = addElement(panel, "div", "vv-channel-line");
    this.#count = addElement(head, "span", "vv-channel-count");
    this.#count.title = "Visible channels, and all";
    const tools = addElement(head, "div", "vv-group");
    const button = (label: string, text: string, run: () => unknown): HTMLButtonElement => {
      const made = addButton(tools, { label, text, run, signal });
      made.tabIndex = 0;
      return made;
    };
    this.#group = button("Group by kind", "≣", () => this.#toggleGroups());
    this.#undo = button("Undo the last change (Ctrl + Z)", "↶", () => state.arrangement.undo());
    button("Show all channels as at the start", "Reset", () => state.arrangement.reset());
    button("Close (L)", "×", close);
    const search = addField(panel, "Search channels");
    search.classList.add("vv-channel-search");
    search.placeholder = "search …";
    search.tabIndex = 0;
    this.#list = new ChannelList(panel, host, (row) => this.#settings.show(row));
    const none = addElement(this.#list.element, "div", "vv-list-empty");
    none.textContent = "no channel matches";
    this.#settings = new ChannelSettings(panel, host);
    const view = addElement(panel, "div", "vv-channel-view");
    this.#perPage = labelled(view, "Lanes per page", {
      label: "Lanes per page",
      chosen: (value) => state.arrangement.change({ perPage: value === "" ? null : Number(value) }),
      signal,
    });
    this.#colorBy = labelled(view, "Colours", {
      label: "What determines the automatic colours",
      chosen: (value) => state.arrangement.change({ colorBy: value as ColoredBy }),
      signal,
    });
    const searched = (): void => {
      this.#list.search = search.value;
    };
    search.addEventListener("input", searched, { signal });
    const keydown = (event: KeyboardEvent): void => {
      if (event.key === "Escape") {
        if (event.target === search && search.value !== "") {
          search.value = "";
          searched();
        } else close();
      } else if (event.key === "ArrowDown" && event.target === search) this.focus();
      else if (isUndo(event)) state.arrangement.undo();
      else if (!(event.target instanceof HTMLButtonElement && /^( |Enter)$/.test(event.key)))
        return;
      // The browser presses buttons itself.
      else {
        event.stopPropagation();
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    };
    panel.addEventListener("keydown", keydown, { signal });
  }

  focus(): void {
    this.#list.element.focus({ preventScroll: true });
  }

  set theme(theme: Theme) {
    this.#list.theme = theme;
  }

  update(): void {
    const { state } = this.#host;
    const { perPage, colorBy } = state.laneOptions;
    this.#list.update();
    this.#count.textContent = `${state.signals.length} of ${this.#list.count}`;
    enable(this.#undo, state.arrangement.canUndo);
    relabel(this.#group, { label: "Group by kind" });
    this.#group.setAttribute("aria-pressed", String(this.#list.grouped));
    const set = perPage === null || PER_PAGE.includes(perPage) ? [] : [perPage];
    const numbers = [...PER_PAGE, ...set].sort((a, b) => a - b);
    const choices = numbers.map((one) => ({ value: String(one), text: String(one) }));
    this.#perPage.offer([{ value: "", text: "fit all" }, ...choices], String(perPage ?? ""));
    const colors = COLORED_BY.map((value) => ({ value, text: COLOR_TEXTS[value] }));
    this.#colorBy.offer(colors, colorBy);
  }

  #toggleGroups(): void {
    this.#list.grouped = !this.#list.grouped;
    this.update();
  }
}

function labelled(
  parent: HTMLElement,
  text: string,
  options: ConstructorParameters<typeof Select>[1],
): Select {
  const line = addElement(parent, "div", "vv-channel-line");
  addElement(line, "span", "").textContent = text;
  const select = new Select(addElement(line, "div", "vv-group"), options);
  select.element.tabIndex = 0;
  return select;
}

const isUndo = ({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean =>
  key.toLowerCase() === "z" && (ctrlKey || metaKey) && !shiftKey;
