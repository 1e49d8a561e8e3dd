/** The controls of amplitude and paper in the toolbar, and the panel that has all of them. */
import type { ChannelInfo } from "../data/types.ts";
import { kindScale } from "../math/kinds.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import { choosePace, paceChoices, paceValue } from "./scalechoices.ts";
import { scalePanel } from "./scalepanel.ts";
import { addButton, groupOf, relabel, Select } from "./toolbar.ts";

export function scales(host: ViewHost): Feature {
  const { state, signal } = host;
  const group = groupOf(host.toolbar, "scales");
  addButton(group, {
    label: "Smaller traces ([)",
    text: "−",
    run: () => state.stepGain(false),
    signal,
  });
  const figure = addButton(group, {
    label: "Scales (S)",
    text: "Scale",
    run: () => panel.toggle(),
    signal,
  });
  figure.setAttribute("aria-expanded", "false");
  addButton(group, {
    label: "Larger traces (])",
    text: "+",
    run: () => state.stepGain(true),
    signal,
  });
  const pace = new Select(group, {
    label: "Paper speed or page",
    chosen: (value) => choosePace(state, value),
    signal,
  });
  const panel = scalePanel(host, (open) => figure.setAttribute("aria-expanded", String(open)));
  let frame = 0;
  const shown = (): ChannelInfo | undefined =>
    state.signals.find(({ kind }) => kindScale(kind)) ?? state.signals[0];
  const textOf = (channel?: ChannelInfo): string =>
    channel ? state.scales.figure(channel) : "Scale";
  /** After the frame, when the limits of the lanes are known. */
  const update = (): void => {
    frame = 0;
    const channel = shown();
    const text = textOf(channel);
    relabel(figure, { label: "Scales (S)", text });
    figure.setAttribute("aria-label", channel ? `Scales, ${channel.kind} ${text}` : "Scales");
    pace.offer(paceChoices(state), paceValue(state));
    panel.changed?.("scales");
  };
  const soon = (): void => {
    if (frame === 0) frame = requestAnimationFrame(() => requestAnimationFrame(update));
  };
  const cancel = (): void => cancelAnimationFrame(frame);
  signal.addEventListener("abort", cancel, { once: true });
  soon();
  return {
    commands: [
      {
        keys: ["S"],
        topic: "channels",
        text: "scales, paper speed, grid",
        run: () => panel.toggle(),
      },
      {
        keys: ["Escape"],
        text: "",
        run() {
          if (!panel.open) return false;
          panel.toggle();
          return true;
        },
      },
    ],
    // The figure depends on the height of the lanes, too.
    paint() {
      if (frame === 0 && textOf(shown()) !== figure.textContent) soon();
    },
    changed(change) {
      if (change !== "window" && change !== "selection" && change !== "time") soon();
    },
  };
}
