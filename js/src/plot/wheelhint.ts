/** A hint, once per browser, that the wheel scrolls the page until the view has the focus. */
import { scrollsPage } from "../gestures/wheel.ts";
import { addElement } from "../page/element.ts";
import { once } from "../page/once.ts";
import type { Feature, ViewHost } from "./feature.ts";

const NAME = "vital-widgets:wheel-hint";
const MAC = /mac|iphone|ipad/i;
/** Time for which the hint is shown after the last wheel event (ms). */
const SHOWN = 4000;

export function wheelHint(host: ViewHost): Feature {
  const { body, plot, signal } = host;
  let hint: HTMLElement | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = (): void => {
    clearTimeout(timer);
    hint?.remove();
    hint = null;
  };
  const wheel = (event: WheelEvent): void => {
    if (!scrollsPage(event, host.focused())) {
      hide();
      return;
    }
    if (!hint) {
      if (!once(NAME)) return;
      hint = addElement(body, "div", "vv-hint");
      hint.setAttribute("role", "status");
      const key = MAC.test(navigator.platform) ? "⌘" : "Ctrl";
      hint.textContent = `Click into the viewer, or hold ${key}, to zoom with the wheel`;
    }
    clearTimeout(timer);
    timer = setTimeout(hide, SHOWN);
  };
  plot.addEventListener("wheel", wheel, { signal, passive: true });
  plot.addEventListener("pointerdown", hide, { signal });
  signal.addEventListener("abort", hide, { once: true });
  return {};
}
