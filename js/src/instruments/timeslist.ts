/** How long the kernel takes for what it does: a table, and a text for the report of a bug. */
import { durationText, millisecondsText } from "../math/amounts.ts";
import { copyText } from "../page/clipboard.ts";
import { addElement } from "../page/element.ts";
import { type Act, addButton, addTable, fillRows, type Show, setText } from "./instrument.ts";

/** What the kernel says of one kind of work, in seconds; `runtime.monitor.Times`. */
export interface TimesSeen {
  kind: string;
  name: string;
  count: number;
  median: number;
  p95: number;
  longest: number;
  total: number;
}

export interface PerformanceSeen {
  on: boolean;
  seconds: number;
  rows: TimesSeen[];
  text: string;
}

const COLUMNS = ["", "count", "median", "95 %", "max", "total (s)"];

const rowOf = (one: TimesSeen): string[] => [
  `${one.kind} ${one.name}`.trim(),
  String(one.count),
  ...[one.median, one.p95, one.longest].map(millisecondsText),
  one.total.toFixed(2),
];

export function timesList(root: HTMLElement, act: Act): Show {
  let on = false;
  const head = addElement(root, "div", "vital-instrument-row");
  const state = addElement(head, "span", "vital-instrument-count");
  const toggle = addButton(head, "Start", () => act(on ? "stop" : "start"));
  const facts = addElement(root, "div", "vital-instrument-facts");
  const body = addTable(root, "times in milliseconds", COLUMNS);
  const details = addElement(root, "details", "vital-instrument-text");
  addElement(details, "summary", "").textContent = "Text for the report of a bug";
  const row = addElement(details, "div", "vital-instrument-row");
  const told = addElement(row, "span", "vital-instrument-count");
  told.setAttribute("role", "status");
  const text = addElement(details, "pre", "vital-instrument-pre");
  text.tabIndex = 0;
  addButton(row, "Copy", async () => {
    const copied = await copyText(text.textContent ?? "");
    if (!copied) getSelection()?.selectAllChildren(text);
    setText(told, copied ? "copied" : "the text is selected: press Ctrl+C");
  });

  return (seen: PerformanceSeen) => {
    on = seen.on;
    const long = durationText(seen.seconds);
    const off = seen.rows.length > 0 ? `off, measured for ${long}` : "off";
    setText(state, on ? `measuring for ${long}` : off);
    setText(toggle, on ? "Stop" : "Start");
    toggle.setAttribute("aria-pressed", String(on));
    toggle.title = on
      ? "Measure no longer; what was measured stays"
      : "Measure from now on what the kernel takes";
    const empty = seen.rows.length === 0;
    setText(
      facts,
      !empty
        ? "times in ms; no names of files or channels are kept"
        : on
          ? "Nothing was measured yet: move the window of a viewer, or change a panel."
          : "Start it, do what is slow, and look here what took how long.",
    );
    (body.parentElement as HTMLElement).hidden = empty;
    details.hidden = empty;
    fillRows(body, seen.rows.map(rowOf));
    // A text that changes while it is selected could not be copied by hand.
    const selected = getSelection();
    const held = selected !== null && !selected.isCollapsed && selected.containsNode(text, true);
    if (!held) setText(text, seen.text);
  };
}
