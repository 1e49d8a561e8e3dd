/** Widgets that show what the kernel does; the page asks while it shows them, four times a second. */
import { addButton, type Instrument, type Seen } from "./instruments/instrument.ts";
import { memoryList } from "./instruments/memorylist.ts";
import { taskList } from "./instruments/tasklist.ts";
import { timesList } from "./instruments/timeslist.ts";
import { addElement } from "./page/element.ts";
import { liesOnDark, watchSurroundings } from "./page/surroundings.ts";
import { sendIfAlive } from "./sending.ts";
import { countView } from "./viewcount.ts";

/** The part of the model that is used here. */
export interface InstrumentModel {
  // biome-ignore lint/suspicious/noExplicitAny: traits are checked where they are read
  get(name: string): any;
  // biome-ignore lint/suspicious/noExplicitAny: as for anywidget
  on(event: string, callback: (content: any) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: as for anywidget
  off(event: string, callback: (content: any) => void): void;
  send(content: unknown): void;
}

const INSTRUMENTS: Record<string, Instrument> = {
  tasks: taskList,
  memory: memoryList,
  performance: timesList,
};

/** Pause between an answer and the next question (ms): while something goes on, and else. */
const BUSY = 250;
const IDLE = 1000;
/** A question that was not answered for so long is asked again (ms): the kernel was restarted. */
const LOST = 10_000;

/** Asks the kernel again and again, while it is to be seen; one question at a time. */
export class Asking {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seen = false;
  readonly #ask: () => void;

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** Tells whether a person can see the answers. */
  set visible(visible: boolean) {
    if (visible === this.#seen) return;
    this.#seen = visible;
    if (visible) this.#next(0);
    else clearTimeout(this.#timer);
  }

  /** Plans the next question after an answer. */
  answered(busy: boolean): void {
    if (this.#seen) this.#next(busy ? BUSY : IDLE);
  }

  #next(pause: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#next(LOST);
      this.#ask();
    }, pause);
  }
}

/** The latest state of each model: its trait is that of the time at which it was made. */
const latest = new WeakMap<object, Seen>();

function render({ model, el }: { model: InstrumentModel; el: HTMLElement }): () => void {
  const root = document.createElement("section");
  root.className = "vital-instrument";
  const name = String(model.get("instrument"));
  root.setAttribute("data-instrument", name);
  const head = addElement(root, "div", "vital-instrument-row");
  const title = addElement(head, "div", "vital-instrument-title");
  title.textContent = String(model.get("heading"));
  root.setAttribute("aria-label", title.textContent);
  const act = (action: string, argument: string | number = ""): void =>
    sendIfAlive(model, { kind: "act", action, argument });
  const show = (INSTRUMENTS[name] as Instrument)(root, act);
  const close = addButton(head, "×", () => act("close"));
  close.classList.add("vital-instrument-close");
  close.setAttribute("aria-label", `Close ${title.textContent}`);
  close.hidden = true;
  show(latest.get(model) ?? (model.get("seen") as Seen));

  const ended = new AbortController();
  let answers = 0;
  const asking = new Asking(() => sendIfAlive(model, { kind: "look" }));
  const told = (content: { kind?: string; seen: Seen; busy: boolean; closable: boolean }): void => {
    if (content?.kind !== "seen") return;
    latest.set(model, content.seen);
    show(content.seen);
    close.hidden = !content.closable;
    root.setAttribute("data-answers", String(++answers));
    asking.answered(content.busy);
  };
  model.on("msg:custom", told);
  el.append(root);
  let inside = typeof IntersectionObserver === "undefined";
  const look = (): void => {
    asking.visible = inside && document.visibilityState !== "hidden";
  };
  if (!inside) {
    const observer = new IntersectionObserver((entries) => {
      inside = entries.at(-1)?.isIntersecting ?? false;
      look();
    });
    observer.observe(root);
    ended.signal.addEventListener("abort", () => observer.disconnect());
  }
  document.addEventListener("visibilitychange", look, { signal: ended.signal });
  look();
  const suit = (): void => {
    root.style.colorScheme = liesOnDark(root) ? "dark" : "light";
  };
  watchSurroundings(root, suit, ended.signal);
  suit();
  const closed = countView(model);
  return () => {
    ended.abort();
    asking.visible = false;
    closed();
    model.off("msg:custom", told);
    root.remove();
  };
}

export default { render };
