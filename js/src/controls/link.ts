/** Moves together with the other linked viewers of the page. */
import type { Feature, ViewHost } from "../plot/feature.ts";
import { addButton, groupOf } from "./toolbar.ts";

const CHAIN =
  "M6.5 11.5 5 13a2.8 2.8 0 0 1-4-4l3-3a2.8 2.8 0 0 1 4 0l-1 1a1.4 1.4 0 0 0-2 0L2 10a1.4 1.4 0 0 0 2 2l1.5-1.5z" +
  "M9.5 4.5 11 3a2.8 2.8 0 0 1 4 4l-3 3a2.8 2.8 0 0 1-4 0l1-1a1.4 1.4 0 0 0 2 0l3-3a1.4 1.4 0 0 0-2-2l-1.5 1.5z";
/** The group of viewers that were linked by this button. */
const GROUP = "page";

export function link(host: ViewHost): Feature {
  const { state, signal } = host;
  const toggle = (): void =>
    state.setLink({ group: state.link.group === "" ? GROUP : "", origin: 0 });
  const button = addButton(groupOf(host.toolbar, "link"), {
    label: "Move together with the other linked viewers",
    icon: CHAIN,
    run: toggle,
    signal,
  });
  const show = (): void => {
    const linked = state.link.group !== "";
    button.hidden = state.link.others === 0 && !linked;
    button.setAttribute("aria-pressed", String(linked));
  };
  show();
  return {
    changed: (change) => {
      if (change === "link") show();
    },
  };
}
