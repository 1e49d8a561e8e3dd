/** The legend, the list of marks and single marks from the kernel, each requested once. */
import { parseFound, parseLegend, parseRows } from "./marks.ts";
import type { RequestKind } from "./protocol.ts";
import type { Requests } from "./requests.ts";
import type { FindState, Legend, ListState, Mark, MarkQuery, MarkSearch } from "./types.ts";

/** Rows that are requested together. */
const PAGE = 200;
/** Pages that are held of one list, and lists that are held. */
const PAGES = 50;
const LISTS = 4;
/** Time until marks that are still being read are requested again (ms). */
const PAUSE = 300;
const NO_KERNEL = "Marks cannot be listed without a kernel.";
const NO_REPLY = "The kernel did not reply; try again.";

interface Page {
  rows: readonly Mark[];
  stale: boolean;
}

interface List {
  query: MarkQuery;
  total: number | null;
  error: string;
  pages: Map<number, Page>;
}

export class MarkQueries {
  #legend: { is: Legend; stale: boolean } | null = null;
  readonly #lists = new Map<string, List>();
  readonly #finding = new Map<string, (found: FindState) => void>();
  /** What failed is not requested again before marks change. */
  readonly #failed = new Set<string>();
  /** Requested before the last change: the reply may not contain it. */
  readonly #late = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting = false;
  #number = 0;
  readonly #requests: Requests;
  readonly #alive: () => boolean;
  readonly #changed: () => void;

  constructor(requests: Requests, alive: () => boolean, changed: () => void) {
    this.#requests = requests;
    this.#alive = alive;
    this.#changed = changed;
  }

  /** The latest known legend. */
  legend(): Legend | null {
    if (!this.#legend || this.#legend.stale) this.#ask("legend", {}, "legend");
    return this.#legend?.is ?? null;
  }

  /** Rows `first` to `stop` of a list, as far as they are known; unknown ones are requested. */
  list(query: MarkQuery, first: number, stop: number): ListState {
    const name = JSON.stringify(query);
    const list = this.#lists.get(name) ?? { query, total: null, error: "", pages: new Map() };
    // The list that was used last is the newest.
    this.#lists.delete(name);
    this.#lists.set(name, list);
    trim(this.#lists, LISTS);
    const last = Math.max(first, Math.min(stop, list.total ?? 1) - 1);
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      const held = list.pages.get(page);
      if (held && !held.stale) continue;
      this.#ask("list", { ...query, first: page * PAGE, count: PAGE }, `${page}/${name}`);
    }
    const row = (index: number): Mark | null =>
      list.pages.get(Math.floor(index / PAGE))?.rows[index % PAGE] ?? null;
    return { total: list.total, error: this.#alive() ? list.error : NO_KERNEL, row };
  }

  /** The first mark that begins after `t`, or the last before; null if there is none. */
  find(t: number, forwards: boolean, wanted: MarkSearch): Promise<FindState> {
    if (!this.#alive()) return Promise.resolve({ mark: null, error: NO_KERNEL });
    this.#number += 1;
    const key = `find:${this.#number}`;
    return new Promise((resolve) => {
      this.#finding.set(key, resolve);
      this.#requests.send("find", { t, forwards, ...wanted }, { purpose: key, key });
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: checked here
  take(reply: any, buffer: DataView, key: string | null): void {
    if (key === null) return;
    const { kind } = reply;
    const stale = this.#late.delete(key);
    if (kind === "find") {
      const pending = reply.pending === true ? "the annotations are still being read" : "";
      this.#found(key, { mark: parseFound(reply), error: pending });
    } else if (reply.pending === true) this.#lookAgain();
    else if (kind === "legend") this.#legend = { is: parseLegend(reply), stale };
    else {
      const list = this.#lists.get(key.slice(key.indexOf("/") + 1));
      if (!list) return;
      list.pages.set(Number.parseInt(key, 10), { rows: parseRows(reply, buffer), stale });
      list.total = reply.total;
      list.error = "";
      trim(list.pages, PAGES);
    }
  }

  fail(error: string, key: string | null): void {
    if (key === null) return;
    this.#late.delete(key);
    if (this.#finding.has(key)) {
      this.#found(key, { mark: null, error });
      return;
    }
    this.#failed.add(key);
    const list = this.#lists.get(key.slice(key.indexOf("/") + 1));
    if (list) list.error = error;
  }

  /** These requests have no reply. Who waits for a mark is told; what is drawn is requested again. */
  lose(lost: readonly { key: string | null }[]): void {
    for (const { key } of lost) {
      if (key === null) continue;
      this.#late.delete(key);
      this.#found(key, { mark: null, error: NO_REPLY });
    }
  }

  /** Marks were changed: what is known is shown until the new is there. */
  expire(): void {
    this.#failed.clear();
    for (const { key, purpose } of this.#requests.flying()) {
      if (key !== null && purpose === `marks:${key}`) this.#late.add(key);
    }
    if (this.#legend) this.#legend.stale = true;
    for (const { pages } of this.#lists.values()) {
      for (const page of pages.values()) page.stale = true;
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#lists.clear();
    for (const resolve of this.#finding.values()) {
      resolve({ mark: null, error: "the viewer was closed" });
    }
    this.#finding.clear();
  }

  #ask(kind: RequestKind, fields: object, key: string): void {
    if (!this.#alive() || this.#waiting || this.#failed.has(key)) return;
    const purpose = `marks:${key}`;
    for (const flying of this.#requests.flying()) if (flying.purpose === purpose) return;
    this.#requests.send(kind, fields, { purpose, key });
  }

  #found(key: string, found: FindState): void {
    this.#finding.get(key)?.(found);
    this.#finding.delete(key);
  }

  #lookAgain(): void {
    this.#waiting = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#waiting = false;
      this.#changed();
    }, PAUSE);
  }
}

/** Removes the oldest entries. */
function trim<K>(entries: Map<K, unknown>, most: number): void {
  for (const [name] of entries) {
    if (entries.size <= most) return;
    entries.delete(name);
  }
}
