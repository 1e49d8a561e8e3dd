/** The commands of a view: what keys do, and the texts of the help. */
import type { ViewState } from "../state/viewstate.ts";

/** The sections of the help. */
export const TOPICS = {
  time: "Move through time",
  channels: "Channels and amplitude",
  cursor: "Cursor and sound",
  measure: "Select and measure",
  marks: "Marks",
  other: "More",
} as const;
export type Topic = keyof typeof TOPICS;

export interface Command {
  /** Names of keys as `keyName` gives them. */
  keys: readonly string[];
  /** What the keys do, for the help; commands with the same text share one line. */
  text: string;
  /** The section of the help, "other" by default. */
  topic?: Topic;
  /** Returns false if the command does not apply now, so that another one can use the key. */
  run(): unknown;
}

/**
 * The name of a pressed key: the modifiers Mod (Ctrl or ⌘), Alt and Shift, then the key; letters
 * are capital. Shift is omitted with characters that are not letters: `?` needs Shift on some
 * keyboards only.
 */
export function keyName(event: KeyboardEvent): string {
  // On some systems Alt changes the character of a digit.
  const digit = event.altKey ? /^Digit(\d)$/.exec(event.code ?? "")?.[1] : undefined;
  const key = digit ?? event.key;
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const shift = event.shiftKey && (letter || key.length > 1);
  const name = key === " " ? "Space" : letter ? key.toUpperCase() : key;
  const mod = event.ctrlKey || event.metaKey;
  return `${mod ? "Mod+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${name}`;
}

/** Runs the first command of a key that applies; returns whether there was one. */
export function press(event: KeyboardEvent, commands: Iterable<Command>): boolean {
  const name = keyName(event);
  for (const command of commands) {
    if (command.keys.includes(name) && command.run() !== false) return true;
  }
  return false;
}

/** Commands that change the window. */
export function windowCommands(state: ViewState): Command[] {
  const topic = "time";
  const pan = (share: number) => () => state.pan((state.t1 - state.t0) * share);
  const small = "pan by a tenth of a window; with Shift by half";
  const page = "one page back or forward";
  const ends = "go to the start, to the end";
  const zoom = "zoom in, out";
  return [
    { keys: ["ArrowLeft"], topic, text: small, run: pan(-0.1) },
    { keys: ["ArrowRight"], topic, text: small, run: pan(0.1) },
    { keys: ["Shift+ArrowLeft"], text: "", run: pan(-0.5) },
    { keys: ["Shift+ArrowRight"], text: "", run: pan(0.5) },
    { keys: ["PageUp"], topic, text: page, run: () => state.page(-1) },
    { keys: ["PageDown"], topic, text: page, run: () => state.page(1) },
    { keys: ["Home"], topic, text: ends, run: () => state.jump(0, state.t1 - state.t0) },
    {
      keys: ["End"],
      topic,
      text: ends,
      run: () => state.jump(state.duration - (state.t1 - state.t0), state.duration),
    },
    { keys: ["+", "="], topic, text: zoom, run: () => state.zoom(1 / 1.5) },
    { keys: ["-", "_"], topic, text: zoom, run: () => state.zoom(1.5) },
  ];
}

/** Commands that change the lanes; `scrollLanes` scrolls by a number of lanes. */
export function laneCommands(state: ViewState, scrollLanes: (lanes: number) => void): Command[] {
  const topic = "channels";
  const amplitude = "decrease, increase the amplitude of all channels";
  const scroll = "scroll the channels";
  return [
    { keys: ["ArrowUp"], topic, text: scroll, run: () => scrollLanes(-1) },
    { keys: ["ArrowDown"], topic, text: scroll, run: () => scrollLanes(1) },
    { keys: ["["], topic, text: amplitude, run: () => state.stepGain(false) },
    { keys: ["]"], topic, text: amplitude, run: () => state.stepGain(true) },
    {
      keys: ["A", "Shift+A"],
      topic,
      text: "fit the amplitude of all channels",
      run: () => state.fitScales(),
    },
  ];
}

/** Runs commands by the keys that are pressed in an element. */
export function listenToKeys(
  root: HTMLElement,
  commands: readonly Command[],
  signal: AbortSignal,
): void {
  const keydown = (event: KeyboardEvent): void => {
    // Fields in the view handle their own keys.
    if (typing(event) || !press(event, commands)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  root.addEventListener("keydown", keydown, { signal });
}

/** Whether a key is pressed in a field for text. */
function typing(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
