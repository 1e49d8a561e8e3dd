/** Choosing a montage, and filters by kind of signal or for one lane. */
import { addElement } from "../page/element.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import type { LaneOrder } from "../plot/session.ts";
import { filterLabel } from "../state/lanechoice.ts";
import { addButton, addField, groupOf, Select } from "./toolbar.ts";

const AS_RECORDED = "as recorded";
const HINT =
  "Filters, zero phase, for example\n0.5-40 Hz\nhigh-pass 0.5 Hz\nlow-pass 35 Hz\n" +
  "0.5-70 Hz, notch 50 Hz\nempty: no filter";

/** Sends an order and shows its error. */
type Send = (wanted: LaneOrder) => Promise<boolean>;

/** The list of montages, with the keys F1 to F10. */
export function montages(host: ViewHost): Feature {
  const { state, signal, session } = host;
  const say = messageOf(host);
  const choose = async (name: string | null): Promise<void> => {
    select.element.setAttribute("aria-busy", "true");
    say((await session.order?.({ montage: name })) ?? "");
    select.element.removeAttribute("aria-busy");
    update();
  };
  const group = groupOf(host.toolbar, "lanes");
  const select = new Select(group, {
    label: "Montage (F1 to F10)",
    chosen: (value) => void choose(value === "" ? null : value),
    signal,
  });
  const update = (): void => {
    const { montage, montages } = state.choice;
    const own = montage !== null && !montages.includes(montage) ? [montage] : [];
    const names = [...montages, ...own];
    select.element.hidden = names.length === 0 || !session.order;
    const choices = names.map((name) => ({ value: name, text: name }));
    select.offer([{ value: "", text: AS_RECORDED }, ...choices], montage ?? "");
  };
  update();
  return {
    commands: Array.from({ length: 10 }, (_, k) => ({
      keys: [`F${k + 1}`],
      topic: "channels",
      text: k < 2 ? "F1: channels as recorded; F2 to F10: montages" : "",
      run: () => {
        const name = k === 0 ? null : state.choice.montages[k - 1];
        if (name === undefined || state.choice.montages.length === 0 || !session.order)
          return false;
        void choose(name);
        return true;
      },
    })),
    changed: (change) => {
      if (change === "choice") update();
    },
  };
}

/** A button and a panel with the filters of each kind of signal; also of one lane. */
export function filters(host: ViewHost): Feature {
  const { state, signal, session } = host;
  const group = groupOf(host.toolbar, "lanes");
  const button = addButton(group, {
    label: "Filters (F)",
    text: "Filter",
    run: () => show(!open),
    signal,
  });
  button.setAttribute("aria-haspopup", "dialog");
  const panel = addElement(host.body, "div", "vv-panel vv-filters");
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", "Filters");
  panel.hidden = true;
  /** Name of the lane whose label was clicked. */
  let lane: string | null = null;
  let open = false;

  const show = (now: boolean, name: string | null = null): void => {
    open = now;
    panel.hidden = !now;
    button.setAttribute("aria-expanded", String(now));
    lane = now ? name : null;
    if (now) {
      draw();
      panel.querySelector<HTMLElement>("select")?.focus();
    } else host.focus();
  };
  const draw = (): void => {
    const focused = panel.contains(document.activeElement)
      ? document.activeElement?.getAttribute("aria-label")
      : null;
    panel.replaceChildren();
    const title = addElement(panel, "div", "vv-panel-title");
    title.textContent = "Filters of what is drawn (zero phase)";
    const error = addElement(panel, "div", "vv-panel-error");
    error.setAttribute("role", "alert");
    const send: Send = async (wanted) => {
      panel.setAttribute("aria-busy", "true");
      const text = (await session.order?.(wanted)) ?? "";
      panel.removeAttribute("aria-busy");
      error.textContent = text;
      return text === "";
    };
    const { kinds, filters: set } = state.choice;
    const own = [...set.keys()].filter((name) => !kinds.some(({ kind }) => kind === name));
    const names = [...(lane !== null && !own.includes(lane) ? [lane] : []), ...own];
    for (const name of names) {
      const kind = state.description.channels.find((one) => one.name === name)?.kind;
      addRow(panel, error, name, set.get(name) ?? "", presetsOf(kind ?? "", kinds), send, signal);
    }
    for (const { kind } of kinds) {
      if (kind === "other" && !set.has(kind)) continue;
      addRow(panel, error, kind, set.get(kind) ?? "", presetsOf(kind, kinds), send, signal);
    }
    if (!focused) return;
    panel.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  };
  const update = (): void => {
    const count = state.choice.filters.size;
    button.hidden = !session.order || state.choice.kinds.length === 0;
    button.textContent = count === 0 ? "Filter" : `Filter (${count})`;
    if (open) draw();
  };
  const menu = (event: MouseEvent): void => {
    const target = event.target as Element;
    if (!target.closest(".vv-area-gutter") || button.hidden) return;
    const [channel] = host.laneAt(event.clientY)?.signals ?? [];
    if (!channel) return;
    event.preventDefault();
    show(true, channel.name);
  };
  const keydown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    show(false);
    event.stopPropagation();
  };
  const outside = (event: PointerEvent): void => {
    const target = event.target as Element;
    if (open && !panel.contains(target) && !button.contains(target)) show(false);
  };
  host.body.addEventListener("contextmenu", menu, { signal });
  panel.addEventListener("keydown", keydown, { signal });
  host.root.addEventListener("pointerdown", outside, { signal });
  update();
  return {
    commands: [
      {
        keys: ["F"],
        topic: "channels",
        text: "filters; also by a right click on a channel name",
        run: () => !button.hidden && show(!open),
      },
    ],
    changed: (change) => {
      if (change === "choice") update();
    },
  };
}

type Presets = readonly (readonly [string, string])[];

function presetsOf(
  kind: string,
  kinds: readonly { kind: string; presets: Presets }[],
): readonly (readonly [string, string])[] {
  return kinds.find((one) => one.kind === kind)?.presets ?? [];
}

/** A line of the panel: a name, usual filters, and a field for any other. */
function addRow(
  panel: HTMLElement,
  error: HTMLElement,
  name: string,
  current: string,
  presets: Presets,
  send: Send,
  signal: AbortSignal,
): void {
  const row = document.createElement("div");
  row.className = "vv-panel-row";
  panel.insertBefore(row, error);
  const title = addElement(row, "span", "vv-panel-name");
  title.textContent = name;
  title.title = name;
  const select = new Select(row, {
    label: `Usual filters of ${name}`,
    chosen: (value) => void send({ filters: { [name]: value || null } }),
    signal,
  });
  const known = presets.map(([title, text]) => ({
    value: text,
    text: `${filterLabel(text)}: ${title}`,
  }));
  const own = current !== "" && !presets.some(([, text]) => text === current);
  const other = own ? [{ value: current, text: filterLabel(current) }] : [];
  select.offer([{ value: "", text: "no filter" }, ...known, ...other], current);
  const field = addField(row, HINT);
  field.setAttribute("aria-label", `Filter of ${name}`);
  field.placeholder = "0.5-40 Hz";
  field.value = current;
  select.element.tabIndex = 0;
  field.tabIndex = 0;
  const keydown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const text = field.value.trim();
    void send({ filters: { [name]: text === "" ? null : text } }).then((good) => {
      if (good) field.removeAttribute("aria-invalid");
      else field.setAttribute("aria-invalid", "true");
    });
  };
  field.addEventListener("keydown", keydown, { signal });
}

/** Shows a text over the lanes until the next one. */
function messageOf(host: ViewHost): (text: string) => void {
  const message = addElement(host.body, "div", "vv-message");
  message.setAttribute("role", "alert");
  message.hidden = true;
  message.addEventListener("click", () => message.setAttribute("hidden", ""), {
    signal: host.signal,
  });
  return (text) => {
    message.textContent = text;
    message.hidden = text === "";
  };
}
