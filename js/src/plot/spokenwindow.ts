/** Tells a screen reader the window after keys have moved it. */
import type { Feature, ViewHost } from "./feature.ts";
import { windowText } from "./viewlabel.ts";

/** The window is told when it has rested for so many milliseconds. */
const REST = 500;

export function spokenWindow(host: ViewHost): Feature {
  const { root, plot, state, signal } = host;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  const tell = (): void => {
    // A cursor says where it is.
    if (root.hasAttribute("data-playing") || host.cursor) return;
    host.say(windowText(state));
  };
  return {
    changed(change) {
      if (change !== "window") return;
      clearTimeout(timer);
      const { activeElement } = root.getRootNode() as Document | ShadowRoot;
      if (activeElement === plot) timer = setTimeout(tell, REST);
    },
  };
}
