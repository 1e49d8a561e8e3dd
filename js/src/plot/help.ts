/** The help: what mouse, fingers and keys do. */
import { type Command, TOPICS, type Topic } from "../gestures/commands.ts";
import { addElement } from "../page/element.ts";
import type { Feature, ViewHost } from "./feature.ts";

export interface Section {
  title: string;
  /** What to do, or names of keys, and what happens then. */
  lines: readonly (readonly [string | readonly string[], string])[];
}

const POINTERS: readonly Section[] = [
  {
    title: "Mouse",
    lines: [
      ["drag", "pan"],
      ["wheel", "zoom at the pointer; before a click into the viewer: Ctrl + wheel"],
      ["Shift + wheel", "pan; so does a horizontal wheel"],
      ["double click", "show the whole recording; B goes back"],
      ["Shift + drag", "select a time range"],
      ["Alt + wheel", "increase or decrease the amplitude of a channel"],
      ["overview below", "drag the window or its edges; click to move the window"],
      ["channel name", "drag: amplitude; with Shift: move the trace; double click: fit"],
      ["wheel on a name", "as a drag; if there are more channels: scroll (amplitude with Alt)"],
    ],
  },
  {
    title: "Touch",
    lines: [
      ["swipe", "pan"],
      ["two fingers", "zoom"],
      ["tap", "values at this time"],
      ["hold, then drag", "select a time range"],
      ["hold, then lift", "calipers here; their ends can be dragged"],
    ],
  },
];

export const SHORT_HELP =
  "Arrow keys pan, plus and minus zoom, question mark shows all keys, Escape leaves.";

const SYMBOLS: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: "Page ↑",
  PageDown: "Page ↓",
  Escape: "Esc",
  Delete: "Del",
  Mod: "Ctrl",
  "-": "−",
};

/** A key as it is written on keyboards: `Shift+ArrowLeft` is `Shift + ←`. */
function keyText(name: string): string {
  const parts = name === "+" ? ["+"] : name.split("+");
  return parts.map((part) => SYMBOLS[part] ?? part).join(" + ");
}

/** The sections of the help; commands with the same text share one line; touch first on a phone. */
export function helpSections(commands: readonly Command[], touch = false): Section[] {
  const sections = (Object.keys(TOPICS) as Topic[]).map((topic) => {
    const keysOf = new Map<string, string[]>();
    for (const { keys, text, topic: own = "other" } of commands) {
      const [first] = keys;
      if (own !== topic || text === "" || first === undefined) continue;
      keysOf.set(text, [...(keysOf.get(text) ?? []), keyText(first)]);
    }
    const lines = [...keysOf].map(([text, keys]) => [keys, text] as const);
    return { title: TOPICS[topic], lines };
  });
  const all = touch ? [...[...POINTERS].reverse(), ...sections] : [...sections, ...POINTERS];
  return all.filter(({ lines }) => lines.length > 0);
}

/** Keys that scroll the sheet. */
const SCROLLS = /^(Arrow(Up|Down)|Page(Up|Down)|Home|End| )$/;

/** A button and a key that show all gestures and keys. */
export function help(host: ViewHost): Feature {
  const { signal } = host;
  const button = addElement(host.body, "button", "vv-help-button");
  button.type = "button";
  button.textContent = "?";
  button.title = "Mouse, touch and keys (?)";
  button.setAttribute("aria-label", "Mouse, touch and keys");
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-expanded", "false");
  const sheet = addElement(host.body, "div", "vv-help");
  sheet.hidden = true;
  sheet.tabIndex = -1;
  sheet.setAttribute("role", "dialog");
  sheet.setAttribute("aria-label", "Mouse, touch and keys");

  let open = false;
  const show = (now: boolean): void => {
    if (now === open) return;
    open = now;
    if (open) {
      const sections = addElement(sheet, "div", "vv-help-sections");
      const touch = window.matchMedia?.("(pointer: coarse)").matches ?? false;
      sections.append(...helpSections(host.commands(), touch).map(elementOf));
      sheet.replaceChildren(closing, sections);
    }
    sheet.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) sheet.focus({ preventScroll: true });
    else host.focus();
  };
  const closing = document.createElement("button");
  closing.type = "button";
  closing.className = "vv-button vv-help-close";
  closing.textContent = "×";
  closing.title = "Close (Esc)";
  closing.setAttribute("aria-label", "Close");
  closing.addEventListener("click", () => show(false), { signal });
  const keydown = (event: KeyboardEvent): void => {
    // The browser scrolls the sheet and presses its button.
    if (SCROLLS.test(event.key) || event.key === "Enter") event.stopPropagation();
  };
  button.addEventListener("click", () => show(!open), { signal });
  button.addEventListener("keydown", keydown, { signal });
  sheet.addEventListener("keydown", keydown, { signal });
  const close = (): boolean => {
    const was = open;
    show(false);
    return was;
  };
  return {
    commands: [
      { keys: ["?"], text: "show or hide this help", run: () => show(!open) },
      { keys: ["Escape"], text: "close what is open; clear a selection; leave", run: close },
    ],
  };
}

function elementOf({ title, lines }: Section): HTMLElement {
  const section = document.createElement("section");
  const head = addElement(section, "div", "vv-help-title");
  head.textContent = title;
  head.setAttribute("role", "heading");
  head.setAttribute("aria-level", "3");
  const list = addElement(section, "dl", "");
  for (const [how, what] of lines) {
    const term = addElement(list, "dt", "");
    if (typeof how === "string") term.textContent = how;
    else for (const key of how) addElement(term, "kbd", "").textContent = key;
    addElement(list, "dd", "").textContent = what;
  }
  return section;
}
