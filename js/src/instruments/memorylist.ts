/** The memory for caches: how much of the budget is used, and who holds what. */
import { bytesText } from "../math/amounts.ts";
import { addElement } from "../page/element.ts";
import { type Act, addButton, addTable, fillRows, type Show, setText } from "./instrument.ts";

/** What the kernel says of a holder; `runtime.caches.CacheUse`. */
export interface HolderSeen {
  name: string;
  entries: number;
  held_bytes: number | null;
  hits: number;
  evictions: number;
  evicted_bytes: number;
  in_budget: boolean;
}

export interface MemorySeen {
  budget_bytes: number;
  held_bytes: number;
  hits: number;
  misses: number;
  process_bytes: number | null;
  holders: HolderSeen[];
  told: string;
}

const COLUMNS = ["", "holds", "entries", "used again", "evicted"];

const rowOf = (one: HolderSeen): string[] => [
  one.name,
  one.held_bytes === null ? "–" : bytesText(one.held_bytes),
  String(one.entries),
  one.in_budget || one.hits > 0 ? String(one.hits) : "–",
  !one.in_budget
    ? "–"
    : one.evictions === 0
      ? "0"
      : `${one.evictions} (${bytesText(one.evicted_bytes)})`,
];

export function memoryList(root: HTMLElement, act: Act): Show {
  const head = addElement(root, "div", "vital-instrument-row");
  const used = addElement(head, "span", "vital-instrument-count");
  addButton(head, "Release caches", () => act("release")).title =
    "Empty all caches; what is needed is read or computed again";
  const gauge = addElement(root, "div", "vital-memory-gauge");
  gauge.setAttribute("role", "meter");
  gauge.setAttribute("aria-label", "memory for caches");
  gauge.setAttribute("aria-valuemin", "0");
  const facts = addElement(root, "div", "vital-instrument-facts");
  const told = addElement(root, "div", "vital-instrument-told");
  told.setAttribute("role", "status");
  const body = addTable(root, "who holds how much", COLUMNS);

  return (seen: MemorySeen) => {
    const share = Math.round((100 * seen.held_bytes) / Math.max(seen.budget_bytes, 1));
    const text = `${bytesText(seen.held_bytes)} of ${bytesText(seen.budget_bytes)} (${share} %)`;
    setText(used, text);
    gauge.setAttribute("aria-valuemax", String(seen.budget_bytes));
    gauge.setAttribute("aria-valuenow", String(seen.held_bytes));
    gauge.setAttribute("aria-valuetext", text);
    const shared = seen.holders.filter((one) => one.in_budget);
    while (gauge.children.length > shared.length) gauge.lastElementChild?.remove();
    shared.forEach((one, k) => {
      const part = (gauge.children[k] as HTMLElement | undefined) ?? addElement(gauge, "div", "");
      part.style.width = `${(100 * (one.held_bytes ?? 0)) / Math.max(seen.budget_bytes, 1)}%`;
      part.title = `${one.name}: ${bytesText(one.held_bytes ?? 0)}`;
    });
    const asked = seen.hits + seen.misses;
    setText(
      facts,
      [
        asked > 0 ? `found in memory: ${Math.round((100 * seen.hits) / asked)} % of ${asked}` : "",
        seen.process_bytes === null ? "" : `whole kernel: ${bytesText(seen.process_bytes)}`,
      ]
        .filter(Boolean)
        .join(" · "),
    );
    setText(told, seen.told);
    fillRows(body, seen.holders.map(rowOf));
  };
}
