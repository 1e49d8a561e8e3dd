/**
 * The code that each figure carries instead of Plotly: it takes Plotly's own front end of figures
 * from the one model of the notebook that contains it, and runs it once per page.
 *
 * Python changes figures by messages: traits that are set and reset at once. What arrives before
 * Plotly runs is held here and applied in its order. The handlers that Plotly's views register are
 * removed when a view is closed, which Plotly does not do.
 */
import type { AnyModel, InitializeProps, RenderProps } from "@anywidget/types";
import { found, PATIENCE, run } from "./sharedcode.ts";

/** What Plotly's front end uses of the model of a figure. */
interface Source {
  // biome-ignore lint/suspicious/noExplicitAny: traits as they are
  get(name: string): any;
  set(name: string, value: unknown): void;
  on(event: string, handle: () => void): void;
  save_changes(): void;
}
interface FigureModel extends Source {
  initialize(): void;
}
interface FigureView {
  perform_render(): void;
  autosizeFigure(): void;
  remove(): void;
}
/** What the bundle of Plotly exports. */
interface Plotly {
  FigureModel: new (model: Source, serializers: unknown) => FigureModel;
  FigureView: new (model: Source, el: HTMLElement) => FigureView;
  default: () => { initialize(props: { model: Source }): void };
}
type Page = { vitalPlotly?: Map<string, Promise<Plotly>> };

const MESSAGES = [
  "addTraces",
  "deleteTraces",
  "moveTraces",
  "restyle",
  "relayout",
  "update",
  "animate",
  "removeLayoutProps",
  "removeTraceProps",
].map((name) => `_py2js_${name}`);
/** The whole figure, which Python sets when it displays it. */
const STATE = ["_widget_data", "_widget_layout"];

/** Unpacks a text that was compressed by gzip and written in base64. */
async function unpack(code: string): Promise<string> {
  const bytes = Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unpacked).text();
}

async function load(model: AnyModel): Promise<Plotly> {
  const holder = await found(model, "_plotly");
  const digest = holder.get("digest");
  const page = globalThis as Page;
  page.vitalPlotly ??= new Map();
  const held = page.vitalPlotly;
  let plotly = held.get(digest);
  if (!plotly) {
    plotly = unpack(holder.get("code")).then(run<Plotly>);
    held.set(digest, plotly);
    plotly.catch(() => held.delete(digest));
  }
  return plotly;
}

/** The model of a figure as Plotly's front end sees it. */
export class Figure implements Source {
  readonly #model: AnyModel;
  readonly #ended: AbortSignal;
  readonly #handlers = new Map<string, Set<() => void>>();
  #held: [string, unknown][] | null = [];
  #message: [string, unknown] = ["", null];

  constructor(model: AnyModel, signal: AbortSignal) {
    this.#model = model;
    this.#ended = signal;
    const listeners: [string, () => void][] = [
      ...MESSAGES.map((name): [string, () => void] => [name, () => this.#receive(name)]),
      ...STATE.map((name): [string, () => void] => [name, () => this.#replace()]),
    ];
    for (const [name, listener] of listeners) model.on(`change:${name}`, listener);
    signal.addEventListener("abort", () => {
      for (const [name, listener] of listeners) model.off(`change:${name}`, listener);
      this.#handlers.clear();
    });
  }

  get(name: string): unknown {
    return name === this.#message[0] ? this.#message[1] : this.#model.get(name);
  }

  set(name: string, value: unknown): void {
    this.#model.set(name, value);
  }

  /** Plotly reports what it drew some time later, also when the figure was closed meanwhile. */
  save_changes(): void {
    if (this.#ended.aborted) return;
    try {
      this.#model.save_changes();
    } catch {
      // The comm is closed: Jupyter throws "no comm channel defined".
    }
  }

  on(event: string, handle: () => void): void {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handle));
  }

  off(event: string, handle: () => void): void {
    this.#handlers.get(event)?.delete(handle);
  }

  /** Applies the messages that were held, from now on each one at once. */
  open(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [name, value] of held) this.#apply(name, value);
  }

  #receive(name: string): void {
    const value = this.#model.get(name);
    if (value === null || value === undefined) return;
    if (this.#held) this.#held.push([name, value]);
    else this.#apply(name, value);
  }

  /** The state that arrived contains what the messages before it changed. */
  #replace(): void {
    if (this.#held) this.#held = [];
  }

  #apply(name: string, value: unknown): void {
    this.#message = [name, value];
    try {
      for (const handle of this.#handlers.get(`change:${name}`) ?? []) handle();
    } finally {
      this.#message = ["", null];
    }
  }
}

/** A view's look at the model of a figure, which remembers the handlers of the view. */
function viewed(model: FigureModel, figure: Figure): [Source, () => void] {
  const own: [string, () => void][] = [];
  const source: Source = Object.create(model, {
    on: {
      value: (event: string, handle: () => void): void => {
        own.push([event, handle]);
        figure.on(event, handle);
      },
    },
  });
  const forget = (): void => {
    for (const [event, handle] of own) figure.off(event, handle);
  };
  return [source, forget];
}

/**
 * Creates Plotly's own model of a figure. Only the widget that the bundle exports knows how to read
 * the traits, and it does not show its model; so the model is taken as it begins.
 */
function begin(plotly: Plotly, figure: Figure): FigureModel {
  const { prototype } = plotly.FigureModel;
  const initialize = prototype.initialize;
  let begun: FigureModel | undefined;
  prototype.initialize = function (this: FigureModel): void {
    begun = this;
    initialize.call(this);
  };
  try {
    plotly.default().initialize({ model: figure });
  } finally {
    prototype.initialize = initialize;
  }
  if (!begun) throw new Error("this version of Plotly has another front end");
  return begun;
}

/** Shows a figure; returns a function that removes all of it. */
function show(plotly: Plotly, model: FigureModel, figure: Figure, el: HTMLElement): () => void {
  const place = document.createElement("div");
  place.style.width = "100%";
  // In a box, a figure takes the space that is there, and does not ask for that of its drawing.
  el.style.flex = "1 1 auto";
  el.style.minWidth = "0";
  el.append(place);
  const [source, forget] = viewed(model, figure);
  const view = new plotly.FigureView(source, place);
  view.perform_render();
  let width = place.clientWidth;
  // Plotly follows the window only, not the space of the figure.
  const observer = new ResizeObserver(() => {
    if (place.clientWidth === width || place.clientWidth === 0) return;
    width = place.clientWidth;
    view.autosizeFigure();
  });
  observer.observe(place);
  // A change that comes while the figure is drawn for the first time leaves it at its first width.
  const drawn = (event: Event): void => {
    const { detail } = event as CustomEvent<{ element?: unknown }>;
    const drawing = place.querySelector(".main-svg");
    const wide = place.clientWidth;
    if (detail?.element === place && drawing && wide > 0 && drawing.clientWidth !== wide) {
      view.autosizeFigure();
    }
  };
  document.addEventListener("plotlywidget-after-render", drawn);
  return () => {
    document.removeEventListener("plotlywidget-after-render", drawn);
    observer.disconnect();
    forget();
    view.remove();
    place.remove();
  };
}

/** One object per model, because `ready` belongs to the model. */
export default () => {
  let ready: Promise<[Plotly, FigureModel, Figure]>;

  async function start(figure: Figure, model: AnyModel): Promise<[Plotly, FigureModel, Figure]> {
    const plotly = await load(model);
    const own = begin(plotly, figure);
    figure.open();
    return [plotly, own, figure];
  }

  return {
    initialize({ model, signal }: InitializeProps) {
      ready = start(new Figure(model, signal), model);
      // `render` shows the error.
      const settled = ready.then(
        () => {},
        () => {},
      );
      return Promise.race([settled, new Promise<void>((resolve) => setTimeout(resolve, PATIENCE))]);
    },

    async render({ el, signal }: RenderProps) {
      try {
        const [plotly, model, figure] = await ready;
        return signal.aborted ? undefined : show(plotly, model, figure, el);
      } catch (error) {
        el.textContent = `The figure cannot be shown: ${error}`;
        return undefined;
      }
    },
  };
};
