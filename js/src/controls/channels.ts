/** The panel of channels beside the lanes; in a narrow view it covers them. */
import type { Feature, ViewHost } from "../plot/feature.ts";
import type { Theme } from "../plot/theme.ts";
import { ChannelPanel } from "./channelpanel.ts";
import { addButton, groupOf } from "./toolbar.ts";

/** Below this width (px), the panel covers the lanes. */
const NARROW = 560;
const LIST = "M1 2.5h3v2H1zM6 2.5h9v2H6zM1 7h3v2H1zM6 7h9v2H6zM1 11.5h3v2H1zM6 11.5h9v2H6z";

export function channels(host: ViewHost): Feature {
  const { signal, root, side } = host;
  let panel: ChannelPanel | null = null;
  let theme: Theme | null = null;
  let opened = false;
  const button = addButton(groupOf(host.toolbar, "lanes"), {
    label: "Channels (L)",
    icon: LIST,
    run: () => toggle(),
    signal,
  });
  button.setAttribute("aria-expanded", "false");
  const cover = (): void => {
    side.classList.toggle("vv-cover", root.clientWidth < NARROW);
  };
  const toggle = (): void => {
    opened = !opened;
    button.setAttribute("aria-expanded", String(opened));
    if (opened) {
      panel ??= new ChannelPanel(host, toggle);
      cover();
      side.append(panel.element);
      if (theme) panel.theme = theme;
      panel.update();
      panel.focus();
    } else {
      panel?.element.remove();
      host.focus();
    }
  };
  const sizes = new ResizeObserver(cover);
  sizes.observe(root);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  return {
    commands: [
      {
        keys: ["L"],
        topic: "channels",
        text: "channels: show, hide, order, colours, heights",
        run: toggle,
      },
      {
        keys: ["Escape"],
        text: "",
        run() {
          if (!opened) return false;
          toggle();
          return true;
        },
      },
    ],
    changed(change) {
      if (opened && change === "lanes") panel?.update();
    },
    // Each frame brings the colours of the page.
    paint(_, frame) {
      if (frame.theme === theme) return;
      theme = frame.theme;
      if (opened && panel) {
        panel.theme = theme;
        panel.update();
      }
    },
  };
}
