/** What a reader does with marks: the panel, the names of layers, the next and the previous mark. */

import type { Mark } from "../data/types.ts";
import { channelText } from "../math/channeltext.ts";
import { timeText } from "../math/clock.ts";
import { stripRow } from "../math/layout.ts";
import { addElement } from "../page/element.ts";
import type { Feature, Frame, ViewHost } from "../plot/feature.ts";
import { markInk } from "../plot/markink.ts";
import { ALL_MARKS, isAll, type MarkChoice, searchOf, windowOf } from "../state/markchoice.ts";
import { MarkPanel } from "./markpanel.ts";
import { passingMessage } from "./passing.ts";
import { type SidePanel, sidePanel } from "./sidepanel.ts";

const FLAG = "M3 1h1.600v1H14l-3 3.500L14 9H4.600v6H3z";

export function marks(host: ViewHost): Feature {
  const { state, session, signal } = host;
  let choice: MarkChoice = ALL_MARKS;
  let moved = 0;

  const jump = (mark: Mark): void => {
    const [t0, t1] = windowOf(mark, [state.t0, state.t1]);
    if (t0 !== state.t0) state.jump(t0, t1);
    state.marking.select([mark.id]);
    const channel = state.description.channels[mark.channel];
    if (channel) host.reveal(channel.name);
    const where = channel ? `, ${channelText(channel)}` : "";
    host.say(`${mark.text || "mark"}, ${timeText(state.clock, mark.onset, 1)}${where}`);
  };

  /** Onset of the selected mark, if it is in the window. */
  const selectedOnset = (): number | null => {
    const set = session.source.annotations(state.t0, state.t1, Math.round(host.layout().plotWidth));
    const k = set ? set.ids.findIndex((id) => state.marking.selected.has(id)) : -1;
    const onset = set?.onsets[k];
    return onset !== undefined && onset >= state.t0 && onset < state.t1 ? onset : null;
  };
  const pass = passingMessage(host);
  const step = (forwards: boolean) => async (): Promise<void> => {
    const from = selectedOnset() ?? (forwards ? state.t0 - 1e-9 : state.t1);
    moved += 1;
    const now = moved;
    const wanted = searchOf(state.marks, choice);
    const { mark, error } = await session.source.findMark(from, forwards, wanted);
    if (signal.aborted || now !== moved) return;
    if (mark) jump(mark);
    else {
      const chosen = isAll(choice) ? "" : " that the list shows";
      const where = forwards ? "after" : "before";
      const text = error || `There is no mark${chosen} ${where} this place.`;
      host.say(text);
      pass(text);
    }
  };

  const panel: SidePanel = sidePanel(host, {
    group: "marks",
    label: "List of marks (M)",
    icon: FLAG,
    key: "M",
    topic: "marks",
    text: "marks: layers, list, search",
    after: ["marks", "marking", "lanes", "time"],
    make: (close) =>
      new MarkPanel(
        host,
        jump,
        (next) => {
          choice = next;
        },
        close,
      ),
  });
  const names = layerNames(host, () => panel.open());
  const walked = "the next, the previous mark of those that the list shows";
  return {
    commands: [
      ...panel.commands,
      { keys: ["N"], topic: "marks", text: walked, run: () => void step(true)() },
      { keys: ["Shift+N"], topic: "marks", text: walked, run: () => void step(false)() },
    ],
    changed: (change) => panel.changed?.(change),
    paint(g, frame) {
      panel.paint?.(g, frame);
      names(frame);
    },
  };
}

/** The name of each row of marks, at the left of it; a click opens the panel. */
function layerNames(host: ViewHost, open: () => void): (frame: Frame) => void {
  const place = addElement(host.body, "div", "vv-layernames");
  const { signal, state } = host;
  let drawn = "";
  return ({ box, theme }) => {
    const { marks } = state;
    const shown = box.rows > 0 ? marks.shown : [];
    const rows = Array.from({ length: Math.min(box.rows, shown.length) }, (_, row) =>
      row === box.rows - 1 ? shown.slice(row) : shown.slice(row, row + 1),
    );
    const names = rows.map((layers) => layers.map(({ name }) => name).join(", "));
    const inks = rows.map(([layer]) =>
      layer && marks.colorBy !== "text"
        ? markInk(theme, marks.colorOf(layer, "")).css
        : theme.muted,
    );
    const now = JSON.stringify([names, inks, box.gutter, box.strip]);
    if (now === drawn) return;
    drawn = now;
    place.style.width = `${box.gutter}px`;
    place.replaceChildren(
      ...names.map((name, row) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "vv-layername";
        button.tabIndex = -1;
        button.title = `${name}: list of marks (M)`;
        button.textContent = name;
        const [top, height] = stripRow(box, row);
        Object.assign(button.style, {
          top: `${top}px`,
          height: `${height}px`,
          lineHeight: `${height}px`,
          color: inks[row],
        });
        button.addEventListener("click", open, { signal });
        return button;
      }),
    );
  };
}
