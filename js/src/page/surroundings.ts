/** Finds out whether a widget lies on a dark background, also through shadow roots. */
import { luminance, parseAlpha } from "../math/color.ts";
import { parseColor } from "./csscolor.ts";

/** An element and all its ancestors, including the hosts of shadow roots. */
export function* outwards(element: Element): Generator<Element> {
  let at: Element | null = element;
  while (at) {
    yield at;
    const up: Node | null = at.assignedSlot ?? at.parentNode;
    at = up instanceof ShadowRoot ? up.host : up instanceof Element ? up : null;
  }
}

/** Whether an element lies on a dark background; if there is none, the text colour decides. */
export function liesOnDark(element: Element): boolean {
  const [, ...around] = outwards(element);
  for (const one of around) {
    const { backgroundColor } = getComputedStyle(one);
    const color = parseColor(backgroundColor);
    if (color && parseAlpha(backgroundColor) >= 0.5) return luminance(color) < 0.3;
  }
  const nearest = around[0];
  const text = nearest ? parseColor(getComputedStyle(nearest).color) : null;
  return text !== null && luminance(text) > 0.4;
}

/** Calls back after the surroundings or the place of an element may have changed. */
export function watchSurroundings(
  element: Element,
  changed: () => void,
  signal: AbortSignal,
): void {
  let frame = 0;
  const soon = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      changed();
    });
  };
  const observer = new MutationObserver(soon);
  let watched: Element[] = [];
  let listening = new AbortController();
  const follow = (): void => {
    const around = [...outwards(element)].slice(1);
    if (around.length === watched.length && around.every((one, k) => one === watched[k])) return;
    watched = around;
    observer.disconnect();
    for (const one of around) observer.observe(one, { attributes: true });
    listening.abort();
    listening = new AbortController();
    const options = { capture: true, signal: listening.signal };
    for (const root of new Set([
      document,
      ...[element, ...around].map((one) => one.getRootNode()),
    ])) {
      // Style sheets load after the attribute has changed, and colours may change in transitions.
      for (const event of ["load", "transitionend"]) root.addEventListener(event, soon, options);
    }
    soon();
  };
  // Its size changes when it is inserted into a page or moved within it.
  const sizes = new ResizeObserver(follow);
  sizes.observe(element);
  follow();
  const query = window.matchMedia?.("(prefers-color-scheme: dark)");
  query?.addEventListener("change", soon, { signal });
  const stop = (): void => {
    observer.disconnect();
    sizes.disconnect();
    listening.abort();
    cancelAnimationFrame(frame);
  };
  signal.addEventListener("abort", stop, { once: true });
}
