/**
 * The code that each widget carries instead of the whole front end: it takes the front end from the
 * one model of the notebook that contains it, and runs it once per page.
 */
import type { AnyModel, AnyWidget, InitializeProps, RenderProps } from "@anywidget/types";
import { firstOfPage, found, PATIENCE, run } from "./sharedcode.ts";

type Kind = Exclude<AnyWidget, (...args: never) => unknown>;
type Front = { kinds: Record<string, Kind> };

const page = globalThis as { vitalWidgets?: Map<string, Promise<Front>> };

/** Adds the style sheet to the root of the widget: shadow roots do not use that of the page. */
async function dress(model: AnyModel, el: HTMLElement): Promise<void> {
  const holder = await found(model, "_frontend");
  const id = `vital-widgets-${holder.get("digest")}`;
  const root = el.getRootNode();
  // An element that is not attached yet may come into any root: then it gets its own style sheet.
  const place = root instanceof ShadowRoot ? root : root === document ? document.head : el;
  if (place.querySelector(`style[data-of="${id}"]`)) return;
  const style = document.createElement("style");
  style.setAttribute("data-of", id);
  style.textContent = holder.get("css");
  place.append(style);
}

async function load(model: AnyModel): Promise<Kind> {
  const holder = await found(model, "_frontend");
  const digest = holder.get("digest");
  page.vitalWidgets ??= new Map();
  const held = page.vitalWidgets;
  let front = held.get(digest);
  if (!front) {
    front = run<Front>(holder.get("bundle"));
    held.set(digest, front);
    front.catch(() => held.delete(digest));
  }
  const kind = model.get("_kind");
  const { kinds } = await front;
  if (!kinds[kind]) throw new Error(`unknown widget kind ${kind}`);
  return kinds[kind];
}

/** One object per model, because `ready` belongs to the model. */
export default firstOfPage("loader", () => {
  let ready: Promise<Kind>;

  async function start(props: InitializeProps, late: () => boolean): Promise<[Kind, unknown]> {
    const kind = await load(props.model);
    const result = await kind.initialize?.(props);
    if (late() && typeof result === "function") {
      if (props.signal.aborted) result();
      else props.signal.addEventListener("abort", () => result());
    }
    return [kind, result];
  }

  return {
    initialize(props: InitializeProps) {
      let late = false;
      const started = start(props, () => late);
      ready = started.then(([kind]) => kind);
      ready.catch(() => {});
      const patience = new Promise<undefined>((resolve) =>
        setTimeout(() => {
          late = true;
          resolve(undefined);
        }, PATIENCE),
      );
      // `render` shows the error.
      const result = started.then(
        ([, value]) => value,
        () => undefined,
      );
      return Promise.race([result, patience]);
    },

    async render(props: RenderProps) {
      try {
        const { render } = await ready;
        if (!render) return;
        await dress(props.model, props.el);
        return await render(props);
      } catch (error) {
        props.el.textContent = `vital_widgets cannot be shown: ${error}`;
      }
    },
  };
});
