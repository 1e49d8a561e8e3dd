/**
 * One view of a figure. Plotly's view hears messages before it is drawn for the first time, and
 * draws nonsense then; so they are held until it is. The handlers that it registers are removed
 * when it is closed, which Plotly does not do.
 */
import type { Figure } from "./figure.ts";
import type { FigureModel, FigureView, Plotly, Source } from "./plotly.ts";
import { reportLater } from "./report.ts";
import { type Drawing, labelTimes } from "./timeaxes.ts";

const DRAWN = "plotlywidget-after-render";
const ANIMATE = "change:_py2js_animate";
const DELTAS = "_js2py_traceDeltas";
/** How long messages are held (ms): a picture that cannot be drawn, or a map without network. */
const PATIENCE = 10_000;

/** The model of a figure as one view sees it. */
class Hearing {
  readonly source: Source;
  readonly #figure: Figure;
  readonly #own: [string, () => void][] = [];
  #held: (() => void)[] | null = [];
  #behind = false;
  #moving = false;

  constructor(model: FigureModel, figure: Figure) {
    this.#figure = figure;
    this.source = Object.create(model, {
      on: { value: (event: string, handle: () => void) => this.#on(event, handle) },
      set: {
        value: (name: string, value: unknown): void => {
          // The model contains what is held, the picture not: their difference means nothing.
          if (name !== DELTAS || !this.#behind) model.set(name, value);
        },
      },
    });
  }

  /** Passes on the messages that were held; returns whether they have changed the picture. */
  open(): boolean {
    const held = this.#held ?? [];
    this.#held = null;
    for (const call of held) {
      try {
        call();
      } catch (error) {
        console.error("a change of a figure was refused by Plotly", error);
      }
    }
    this.#behind = false;
    return held.length > 0 && !this.#moving;
  }

  close(): void {
    this.#held = null;
    for (const [event, handle] of this.#own) this.#figure.off(event, handle);
  }

  #on(event: string, handle: () => void): void {
    const hear = (): void => {
      if (!this.#held) {
        handle();
        return;
      }
      this.#held.push(this.#figure.later(handle));
      this.#behind = true;
      // An animation changes the picture later, and Plotly reports it then.
      this.#moving ||= event === ANIMATE;
    };
    this.#own.push([event, hear]);
    this.#figure.on(event, hear);
  }
}

/** Lets a figure follow its place again: Plotly fixes the present width when a height is set. */
function release(place: HTMLElement, model: Source): void {
  const { layout } = place as HTMLElement & { layout?: { width?: number } };
  const given = model.get("_widget_layout")?.width;
  if (layout && (given === undefined || given === null)) delete layout.width;
}

/** Changes the layout of a view, of which the kernel hears nothing. */
function relayout(view: FigureView, changes: Record<string, unknown>): void {
  const model = { get: () => ({ relayout_data: changes }) };
  Object.create(view, {
    model: { value: model },
    _sendLayoutDelta: { value: () => {} },
  }).do_relayout();
}

/** Shows a figure; returns a function that removes all of it. */
export function show(
  plotly: Plotly,
  model: FigureModel,
  figure: Figure,
  el: HTMLElement,
): () => void {
  const place = document.createElement("div");
  place.style.width = "100%";
  // In a box, a figure takes the space that is there, and does not ask for that of its drawing.
  el.style.flex = "1 1 auto";
  el.style.minWidth = "0";
  el.append(place);
  const hearing = new Hearing(model, figure);
  const view = new plotly.FigureView(hearing.source, place);
  const endReports = reportLater(view);
  let begun = false;
  let width = 0;
  const follow = (): void => {
    if (!begun || place.clientWidth === width || place.clientWidth === 0) return;
    width = place.clientWidth;
    release(place, hearing.source);
    view.autosizeFigure();
  };
  const begin = (): void => {
    if (begun) return;
    begun = true;
    stopWaiting();
    // The width may have changed while the figure was drawn.
    width = place.querySelector(".main-svg")?.clientWidth ?? place.clientWidth;
    if (hearing.open()) view._sendTraceDeltas(figure.get("_last_trace_edit_id"));
    follow();
    labelTimes(place as Drawing, (changes) => relayout(view, changes));
  };
  const drawn = (event: Event): void => {
    if ((event as CustomEvent<{ element?: unknown }>).detail?.element === place) begin();
  };
  const timer = setTimeout(begin, PATIENCE);
  const stopWaiting = (): void => {
    clearTimeout(timer);
    document.removeEventListener(DRAWN, drawn);
  };
  document.addEventListener(DRAWN, drawn);
  // Plotly follows the window only, not the space of the figure.
  const observer = new ResizeObserver(follow);
  observer.observe(place);
  view.perform_render();
  return () => {
    stopWaiting();
    endReports();
    observer.disconnect();
    hearing.close();
    view.remove();
    place.remove();
  };
}
