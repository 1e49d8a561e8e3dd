/**
 * The code that each figure carries instead of Plotly: it takes Plotly's own front end of figures
 * from the one model of the notebook that contains it, and runs it once per page.
 */
import type { AnyModel, InitializeProps, RenderProps } from "@anywidget/types";
import { Figure } from "./figures/figure.ts";
import type { FigureModel, Plotly } from "./figures/plotly.ts";
import { show } from "./figures/view.ts";
import { firstOfPage, found, PATIENCE, run } from "./sharedcode.ts";

type Page = { vitalPlotly?: Map<string, Promise<Plotly>> };

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

/** One object per model, because `ready` belongs to the model. */
export default firstOfPage("plotloader", () => {
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
});
