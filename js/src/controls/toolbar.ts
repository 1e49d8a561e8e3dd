/** The toolbar: groups of small controls above the lanes. Tab enters it once, arrow keys move in it. */
import { addElement } from "../page/element.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";

/** The groups in their order from left to right; each feature uses the group of its topic. */
export const GROUPS = [
  "history",
  "window",
  "play",
  "epochs",
  "scales",
  "lanes",
  "marks",
  "measure",
  "read",
  "link",
  "share",
  "more",
  "marking",
] as const;
export type Group = (typeof GROUPS)[number];

const CONTROLS = "button, input, select";
type Control = HTMLButtonElement | HTMLInputElement | HTMLSelectElement;

/** The element of a group; it is created at the first call. */
export function groupOf(toolbar: HTMLElement, name: Group): HTMLElement {
  const found = toolbar.querySelector<HTMLElement>(`.vv-group[data-group="${name}"]`);
  if (found) return found;
  const group = document.createElement("div");
  group.className = "vv-group";
  group.setAttribute("data-group", name);
  insertGroup(toolbar, group);
  return group;
}

/** Puts a group among others, in their order. */
export function insertGroup(parent: HTMLElement, group: HTMLElement): void {
  const place = (one: Element): number => GROUPS.indexOf(one.getAttribute("data-group") as Group);
  const others = [...parent.querySelectorAll(":scope > .vv-group")];
  const next = others.find((one) => place(one) > place(group));
  parent.insertBefore(group, next ?? others.at(-1)?.nextSibling ?? null);
}

export interface ButtonOptions {
  /** Accessible name, also shown as tooltip; give the key in brackets: `Play (Space)`. */
  label: string;
  /** Text of the button, or the path of an icon in a square of 16 units. */
  text?: string;
  icon?: string;
  run(): unknown;
  signal: AbortSignal;
}

export function addButton(group: HTMLElement, options: ButtonOptions): HTMLButtonElement {
  const button = addElement(group, "button", "vv-button");
  button.type = "button";
  button.tabIndex = -1;
  relabel(button, options);
  const run = (): void => {
    if (button.getAttribute("aria-disabled") !== "true") options.run();
  };
  button.addEventListener("click", run, { signal: options.signal });
  return button;
}

/** Changes the name and the text or the icon of a button. */
export function relabel(
  button: HTMLButtonElement,
  { label, text, icon }: Pick<ButtonOptions, "label" | "text" | "icon">,
): void {
  button.title = label;
  button.setAttribute("aria-label", label.replace(/ \([^)]*\)$/, ""));
  if (icon !== undefined) button.replaceChildren(iconOf(icon));
  else if (text !== undefined && button.textContent !== text) button.textContent = text;
}

/** An unavailable button can still be reached with the keyboard. */
export function enable(button: HTMLButtonElement, enabled: boolean): void {
  const disabled = String(!enabled);
  if (button.getAttribute("aria-disabled") !== disabled) {
    button.setAttribute("aria-disabled", disabled);
  }
}

function iconOf(path: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export interface Choice {
  value: string;
  text: string;
}

export interface SelectOptions {
  label: string;
  chosen(value: string): void;
  signal: AbortSignal;
}

/** A list of choices; `offer` sets them. */
export class Select {
  readonly element: HTMLSelectElement;
  #offered = "";

  constructor(group: HTMLElement, { label, chosen, signal }: SelectOptions) {
    const element = addElement(group, "select", "vv-field");
    element.tabIndex = -1;
    element.title = label;
    element.setAttribute("aria-label", label);
    element.addEventListener("change", () => chosen(element.value), { signal });
    this.element = element;
  }

  offer(choices: readonly Choice[], value: string): void {
    const offered = JSON.stringify(choices);
    if (offered !== this.#offered) {
      this.#offered = offered;
      const { options } = this.element;
      choices.forEach((choice, k) => {
        const option = options[k] ?? addElement(this.element, "option", "");
        // The property would be the text of an option without the attribute.
        if (option.getAttribute("value") !== choice.value) option.value = choice.value;
        if (option.textContent !== choice.text) option.textContent = choice.text;
      });
      for (let k = options.length - 1; k >= choices.length; k--) options[k]?.remove();
    }
    if (this.element.value !== value) this.element.value = value;
  }
}

/** A field for text; the viewer's keys do not work in it. */
export function addField(group: HTMLElement, label: string): HTMLInputElement {
  const field = addElement(group, "input", "vv-field");
  field.type = "text";
  field.tabIndex = -1;
  field.title = label;
  field.setAttribute("aria-label", label);
  field.spellcheck = false;
  field.autocomplete = "off";
  return field;
}

/** The keys and the focus of the toolbar. */
export function toolbar(host: ViewHost): Feature {
  const { toolbar: bar, signal } = host;
  const controls = (): Control[] =>
    [...bar.querySelectorAll<Control>(CONTROLS)].filter(
      (one) => !one.disabled && !one.closest("[hidden]"),
    );
  /** Exactly one control can be reached with Tab: this one, or the one that could be before. */
  const settle = (current?: Control): void => {
    const all = controls();
    const chosen = current ?? all.find(({ tabIndex }) => tabIndex === 0) ?? all[0];
    for (const one of bar.querySelectorAll<Control>(CONTROLS)) {
      one.tabIndex = one === chosen ? 0 : -1;
    }
  };
  const move = (event: KeyboardEvent): boolean => {
    const all = controls();
    const at = all.indexOf(event.target as Control);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const back = event.key === "ArrowLeft" || event.key === "Home";
    if (staysInside(event.target as Control, back)) return false;
    const to = {
      ArrowLeft: all[at - 1],
      ArrowRight: all[at + 1],
      Home: all[0],
      End: all[all.length - 1],
    }[event.key];
    if (to) to.focus();
    return ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key);
  };
  const keydown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") host.focus();
    else if (move(event)) event.preventDefault();
    else if (!(event.target instanceof HTMLButtonElement && /^( |Enter)$/.test(event.key))) return;
    // The browser presses the button; keys that moved the focus do not move the window.
    event.stopPropagation();
  };
  // After a click, keys go to the viewer again.
  const mousedown = (event: MouseEvent): void => {
    if (!(event.target as Element).closest("button")) return;
    event.preventDefault();
    host.focus();
  };
  const focused = ({ target }: FocusEvent): void => {
    if ((target as Element).matches(CONTROLS)) settle(target as Control);
  };
  // So do they after a choice with the mouse; with the keyboard one may choose on.
  let pointed = false;
  const changed = ({ target }: Event): void => {
    if (pointed && target instanceof HTMLSelectElement) host.focus();
  };
  const point = (event: Event): void => {
    pointed = event.type === "pointerdown";
  };
  bar.addEventListener("pointerdown", point, { signal });
  bar.addEventListener("keydown", point, { signal, capture: true });
  bar.addEventListener("change", changed, { signal });
  bar.addEventListener("keydown", keydown, { signal });
  bar.addEventListener("mousedown", mousedown, { signal });
  bar.addEventListener("focusin", focused, { signal });
  // Controls come and go; Tab may enter the toolbar at any time.
  // Texts that change, as the times of the window in each frame, are no controls.
  const watch = new MutationObserver((records) => {
    const isControls = ({ type, addedNodes, removedNodes }: MutationRecord): boolean =>
      type === "attributes" ||
      [...addedNodes, ...removedNodes].some((one) => one instanceof Element);
    if (records.some(isControls)) settle();
  });
  const seen = { subtree: true, childList: true, attributes: true };
  watch.observe(bar, { ...seen, attributeFilter: ["hidden", "disabled"] });
  signal.addEventListener("abort", () => watch.disconnect(), { once: true });
  const show = (): void => {
    bar.hidden = !host.state.toolbar;
  };
  show();
  return {
    changed: (change) => {
      if (change === "toolbar") show();
    },
  };
}

/** Whether a key moves the caret within a text and not on to the next control. */
function staysInside(control: Control, back: boolean): boolean {
  if (!(control instanceof HTMLInputElement) || control.selectionStart === null) return false;
  const { selectionStart, selectionEnd, value } = control;
  return back
    ? selectionStart !== 0 || selectionEnd !== 0
    : selectionStart !== value.length || selectionEnd !== value.length;
}
