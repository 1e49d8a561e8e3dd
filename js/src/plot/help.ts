/** The help: what mouse, fingers and keys do. */

const LINES: readonly (readonly [string, string])[] = [
  ["drag, ← →", "pan (Shift + ← →: by half a window)"],
  ["wheel, + −, pinch", "zoom at the pointer"],
  ["Shift + wheel, horizontal wheel, swipe", "pan"],
  ["double click", "show the whole recording"],
  ["Shift + drag, Esc", "select a time range, clear the selection"],
  ["overview below", "drag the window or its edges; click to move the window"],
  ["Home, End, Page ↑ ↓", "go to the start, to the end, one window back or forward"],
  ["Alt + wheel over a channel", "increase or decrease its amplitude"],
  [
    "drag on a channel name",
    "up, down: increase, decrease the amplitude; with Shift: move the trace",
  ],
  ["double click on a channel name", "fit its amplitude to the window"],
  ["[ ] and A", "decrease, increase, fit the amplitude of all channels"],
  ["↑ ↓, wheel over the names", "scroll the channels"],
  ["?", "show or hide this help"],
];

export const SHORT_HELP = "Arrow keys pan, plus and minus zoom, question mark shows all keys.";

export class Help {
  readonly button: HTMLButtonElement;
  readonly #sheet: HTMLElement;

  constructor(parent: HTMLElement, signal: AbortSignal) {
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "vv-help-button";
    this.button.textContent = "?";
    this.button.title = "Mouse and keys";
    this.button.setAttribute("aria-label", "Mouse and keys");
    this.button.setAttribute("aria-expanded", "false");
    this.#sheet = document.createElement("div");
    this.#sheet.className = "vv-help";
    this.#sheet.hidden = true;
    const list = document.createElement("dl");
    for (const [how, what] of LINES) {
      const term = document.createElement("dt");
      term.textContent = how;
      const meaning = document.createElement("dd");
      meaning.textContent = what;
      list.append(term, meaning);
    }
    this.#sheet.append(list);
    parent.append(this.button, this.#sheet);
    this.button.addEventListener("click", () => this.toggle(), { signal });
    this.#sheet.addEventListener("click", () => this.toggle(false), { signal });
  }

  get open(): boolean {
    return !this.#sheet.hidden;
  }

  toggle(open = !this.open): void {
    this.#sheet.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }
}
