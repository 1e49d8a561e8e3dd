/** The help: what mouse, fingers and keys do. */
import type { Command } from "../gestures/commands.ts";
import type { Feature, ViewHost } from "./feature.ts";

const GESTURES: readonly (readonly [string, string])[] = [
  ["drag", "pan"],
  ["wheel, pinch", "zoom at the pointer; before a click into the viewer: Ctrl + wheel"],
  ["Shift + wheel, horizontal wheel, swipe", "pan"],
  ["double click", "show the whole recording; B goes back"],
  ["Shift + drag, Esc", "select a time range, clear the selection"],
  ["overview below", "drag the window or its edges; click to move the window"],
  ["Alt + wheel over a channel", "increase or decrease its amplitude"],
  [
    "drag on a channel name",
    "up, down: increase, decrease the amplitude; with Shift: move the trace",
  ],
  ["double click on a channel name", "fit its amplitude to the window"],
  [
    "wheel over a channel name",
    "as dragging it; if not all channels fit into the view, scroll them (amplitude with Alt)",
  ],
];

export const SHORT_HELP = "Arrow keys pan, plus and minus zoom, question mark shows all keys.";

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

/** The lines of the help: what to do, and what happens then. */
export function helpLines(commands: readonly Command[]): [string, string][] {
  const keysOf = new Map<string, string[]>();
  for (const { keys, text } of commands) {
    const [first] = keys;
    if (text === "" || first === undefined) continue;
    keysOf.set(text, [...(keysOf.get(text) ?? []), keyText(first)]);
  }
  const lines = [...keysOf].map(([text, keys]): [string, string] => [keys.join(", "), text]);
  return [...GESTURES.map(([how, what]): [string, string] => [how, what]), ...lines];
}

/** A button and a key that show all gestures and keys. */
export function help(host: ViewHost): Feature {
  const { signal } = host;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "vv-help-button";
  button.textContent = "?";
  button.title = "Mouse and keys";
  button.setAttribute("aria-label", "Mouse and keys");
  button.setAttribute("aria-expanded", "false");
  const sheet = document.createElement("div");
  sheet.className = "vv-help";
  sheet.hidden = true;
  host.body.append(button, sheet);

  let open = false;
  const show = (now: boolean): void => {
    open = now;
    if (open) sheet.replaceChildren(listOf(helpLines(host.commands())));
    sheet.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(!open), { signal });
  sheet.addEventListener("click", () => show(false), { signal });
  const close = (): boolean => {
    const was = open;
    show(false);
    return was;
  };
  return {
    commands: [
      { keys: ["?"], text: "show or hide this help", run: () => show(!open) },
      { keys: ["Escape"], text: "", run: close },
    ],
  };
}

function listOf(lines: readonly (readonly [string, string])[]): HTMLElement {
  const list = document.createElement("dl");
  for (const [how, what] of lines) {
    const term = document.createElement("dt");
    term.textContent = how;
    const meaning = document.createElement("dd");
    meaning.textContent = what;
    list.append(term, meaning);
  }
  return list;
}
