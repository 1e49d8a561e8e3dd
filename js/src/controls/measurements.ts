/** The table of a selection: statistics of each visible lane from all its samples. */
import type { ChannelInfo, Measurement } from "../data/types.ts";
import { secondDigits, spanText, timeText } from "../math/clock.ts";
import { cellsOf, tableText } from "../math/statistics.ts";
import { copyText } from "../page/clipboard.ts";
import { addElement } from "../page/element.ts";
import type { Feature, Frame, ViewHost } from "../plot/feature.ts";
import { addButton, relabel } from "./toolbar.ts";

const HEAD = ["", "min", "max", "mean", "RMS", "SD", "slope / s", "", "samples"];
const COPY = "M5 1h9v10h-3v4H2V5h3zm1.2 1.2V5H11v4.8h1.8V2.2zM3.2 6.2v7.6h6.6V6.2z";
const COPIED = "M6.4 13.2 1.6 8.4l1.2-1.2 3.6 3.6 6.8-6.8 1.2 1.2z";
const CLOSE = "M3.5 2.5 8 7l4.5-4.5 1 1L9 8l4.5 4.5-1 1L8 9l-4.5 4.5-1-1L7 8 2.5 3.5z";
/** Time for which it is shown that the table was copied (ms). */
const SHOWN = 2000;

export function measurements(host: ViewHost): Feature {
  const { state, signal } = host;
  const panel = addElement(host.body, "section", "vv-measured");
  panel.setAttribute("aria-label", "Statistics of the selection");
  panel.hidden = true;
  const bar = addElement(panel, "div", "vv-measured-bar");
  const title = addElement(bar, "span", "vv-readout");
  const frame = addElement(panel, "div", "vv-measured-table");
  const copyLabel = { label: "Copy the table", icon: COPY };
  let text = "";
  let drawn = "";
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });

  const copy = async (): Promise<void> => {
    const copied = await copyText(text);
    relabel(
      button,
      copied ? { label: "Copied", icon: COPIED } : { label: "Not allowed", icon: COPY },
    );
    clearTimeout(timer);
    timer = setTimeout(() => relabel(button, copyLabel), SHOWN);
  };
  const close = (): void => {
    closed = true;
    panel.hidden = true;
    host.focus();
  };
  const button = addButton(bar, { ...copyLabel, run: () => void copy(), signal });
  const closing = addButton(bar, { label: "Close the table", icon: CLOSE, run: close, signal });
  for (const one of [button, closing]) one.tabIndex = 0;

  const show = (channels: readonly ChannelInfo[], found: Measurement): void => {
    const [t0, t1] = state.selection as readonly [number, number];
    const digits = secondDigits((t1 - t0) / 100);
    const at = (t: number): string => timeText(state.clock, t, digits);
    const range = `${at(t0)} to ${at(t1)}, ${spanText(t1 - t0)}`;
    const rows = found.rows?.flatMap((row) => {
      const channel = channels.find(({ index }) => index === row.channel);
      return channel ? [{ channel, row }] : [];
    });
    const percent = Math.floor(found.progress * 100);
    title.textContent = rows ? range : found.error || `measuring ${range}: ${percent} %`;
    // Not each percent, and not in place of what a cursor says.
    if ((rows || found.error) && !host.cursor)
      host.say(rows ? `statistics of ${range}` : found.error);
    frame.hidden = !rows;
    button.hidden = !rows;
    if (!rows) return;
    text = tableText(
      rows.map(({ channel, row }) => ({ name: channel.name, units: channel.units, row })),
    );
    frame.replaceChildren(
      tableOf(
        rows.map(({ channel, row }) => cellsOf(channel.name, row, state.scales.shown(channel))),
      ),
    );
  };

  const update = ({ box, drawn: lanes }: Frame): void => {
    const { selection } = state;
    // It would cover what has nothing to do with it.
    const away = selection !== null && (selection[1] <= state.t0 || selection[0] >= state.t1);
    const none = closed || selection === null || away;
    // A focus in the table would be lost with it.
    if (none && !panel.hidden && panel.matches(":focus-within")) host.focus();
    panel.hidden = none;
    if (none) {
      drawn = "";
      return;
    }
    // While the selection is being drawn it would be measured in vain.
    if (state.busy && drawn === "") panel.hidden = true;
    if (state.busy) return;
    // Neither stages nor masks nor spectrograms.
    const channels = lanes
      .map(({ channel }) => channel)
      .filter(({ style = "line" }) => style === "line");
    const indices = channels.map(({ index }) => index);
    const found = host.session.source.measure(indices, ...selection);
    const now = JSON.stringify([selection, indices, found]);
    if (now !== drawn) show(channels, found);
    drawn = now;
    const middle = (selection[0] + selection[1]) / 2;
    const right = middle < (state.t0 + state.t1) / 2;
    panel.style.left = right ? "auto" : `${box.gutter + 8}px`;
    panel.style.right = right ? `${box.scrollbar + 8}px` : "auto";
    panel.style.bottom = `${Math.max(0, box.height - box.axisTop) + 24}px`;
    panel.style.maxWidth = `${Math.max(60, box.plotWidth - 16)}px`;
    panel.style.maxHeight = `${Math.max(40, box.lanesHeight - 40)}px`;
  };

  return {
    paint: (_, painted) => update(painted),
    changed(change) {
      if (change === "selection") closed = false;
      if (change === "selection" || change === "release") host.touch();
    },
  };
}

function tableOf(rows: readonly (readonly string[])[]): HTMLTableElement {
  const table = document.createElement("table");
  const head = addElement(addElement(table, "thead", ""), "tr", "");
  for (const name of HEAD) {
    const cell = addElement(head, "th", "");
    cell.scope = "col";
    cell.textContent = name;
  }
  const body = addElement(table, "tbody", "");
  for (const cells of rows) {
    const line = addElement(body, "tr", "");
    cells.forEach((value, k) => {
      const cell = addElement(line, k === 0 ? "th" : "td", "");
      if (cell instanceof HTMLTableCellElement && k === 0) cell.scope = "row";
      cell.textContent = value;
    });
  }
  return table;
}
