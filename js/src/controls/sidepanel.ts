/** Panels beside the lanes, one at a time; in a narrow view they cover the lanes. */
import type { Command, Topic } from "../gestures/commands.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import type { Theme } from "../plot/theme.ts";
import type { Change } from "../state/viewstate.ts";
import { addButton, type Group, groupOf } from "./toolbar.ts";

/** Below this width (px), the panel covers the lanes. */
const NARROW = 560;
/** Tells the other panels of a view that one is opened. */
const OPENED = "vital-panel";

export interface Panel {
  readonly element: HTMLElement;
  theme: Theme;
  update(): void;
  focus(): void;
  /** A frame was drawn. */
  painted?(): void;
}

export interface SidePanelOptions {
  group: Group;
  /** Accessible name of the button, with its key in brackets. */
  label: string;
  icon: string;
  key: string;
  topic: Topic;
  /** What the key does, for the help. */
  text: string;
  /** Changes after which the panel is updated. */
  after: readonly Change[];
  make(close: () => void): Panel;
}

export interface SidePanel extends Feature {
  readonly commands: readonly Command[];
  open(): void;
}

export function sidePanel(host: ViewHost, options: SidePanelOptions): SidePanel {
  const { signal, root, side } = host;
  let panel: Panel | null = null;
  let theme: Theme | null = null;
  let opened = false;
  const button = addButton(groupOf(host.toolbar, options.group), {
    label: options.label,
    icon: options.icon,
    run: () => toggle(),
    signal,
  });
  button.setAttribute("aria-expanded", "false");
  const cover = (): void => {
    side.classList.toggle("vv-cover", root.clientWidth < NARROW);
  };
  const set = (open: boolean): void => {
    opened = open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) panel?.element.remove();
  };
  const open = (): void => {
    if (!opened) {
      side.dispatchEvent(new CustomEvent(OPENED));
      set(true);
      panel ??= options.make(toggle);
      cover();
      side.append(panel.element);
      if (theme) panel.theme = theme;
      panel.update();
    }
    panel?.focus();
  };
  const toggle = (): void => {
    if (!opened) open();
    else {
      set(false);
      host.focus();
    }
  };
  side.addEventListener(OPENED, () => opened && set(false), { signal });
  const sizes = new ResizeObserver(cover);
  sizes.observe(root);
  signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  const close = (): boolean => {
    if (!opened) return false;
    toggle();
    return true;
  };
  return {
    commands: [
      { keys: [options.key], topic: options.topic, text: options.text, run: toggle },
      { keys: ["Escape"], text: "", run: close },
    ],
    open,
    changed(change) {
      if (opened && options.after.includes(change)) panel?.update();
    },
    // Each frame brings the colours of the page.
    paint(_, frame) {
      const restyled = frame.theme !== theme;
      theme = frame.theme;
      if (!opened || !panel) return;
      if (restyled) {
        panel.theme = theme;
        panel.update();
      }
      panel.painted?.();
    },
  };
}
