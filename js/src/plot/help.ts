/** The sheet that says what mouse, fingers and keys do. */

const LINES: readonly (readonly [string, string])[] = [
  ["drag, ← →", "move (with Shift ← →: half a window)"],
  ["wheel, + −, pinch", "zoom at the pointer"],
  ["Shift wheel, sideways wheel, swipe", "move"],
  ["double click", "show everything"],
  ["Shift drag, Esc", "select a stretch, clear it"],
  ["strip below", "drag the window or its edges; click to go there"],
  ["Home, End, Page ↑ ↓", "start, end, a window back or on"],
  ["Alt wheel over a lane", "taller, flatter"],
  ["drag on a name", "up or down: taller, flatter; with Shift: move the trace"],
  ["double click on a name", "fit the lane to what is shown"],
  ["[ ] and A", "all lanes flatter, taller, fitted"],
  ["↑ ↓, wheel over the names", "scroll the lanes"],
  ["?", "this sheet"],
];

export const KEYS_IN_SHORT = "Arrow keys move, plus and minus zoom, question mark lists all keys.";

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
