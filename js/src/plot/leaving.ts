/** Escape, when there is nothing left to close, gives the focus to what contains the viewer. */
import { outwards } from "../page/surroundings.ts";
import type { Feature, ViewHost } from "./feature.ts";

export function leaving({ root }: ViewHost): Feature {
  const leave = (): boolean => {
    const { activeElement } = root.getRootNode() as Document | ShadowRoot;
    if (!root.contains(activeElement)) return false;
    const [, ...around] = outwards(root);
    const place = around.find((one) => one instanceof HTMLElement && one.tabIndex >= 0);
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
    // The next Tab goes on from here.
    else if (activeElement instanceof HTMLElement) activeElement.blur();
    // The page may use the key too.
    return false;
  };
  return { commands: [{ keys: ["Escape"], text: "", run: leave }] };
}
