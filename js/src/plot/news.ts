/** What a screen reader is told without being asked: notes, errors and background work, each once. */
import type { Announcer } from "../page/announcer.ts";

/** What the views of a session have told and still show. */
const told = new WeakMap<object, Set<string>>();

export class News {
  readonly #session: object;
  readonly #announcer: Announcer;
  readonly #shown = new Map<string, string>();
  #doing = "";

  constructor(session: object, announcer: Announcer) {
    this.#session = session;
    this.#announcer = announcer;
    if (!told.has(session)) told.set(session, new Set());
  }

  /** A text is shown; "" if it is no longer. */
  notice(kind: "note" | "error", text: string): void {
    if (!this.#isNew(kind, text)) return;
    if (kind === "error") this.#announcer.alert(text);
    else this.#announcer.say(text);
  }

  /** Background work: its start and its end are told, not each percent. */
  work(work: { doing: string; active: boolean } | null): void {
    const doing = work?.active ? work.doing : "";
    const before = this.#doing;
    this.#doing = doing;
    const ended = before !== "" && work === null ? `${before}: done` : "";
    for (const [kind, text] of Object.entries({ started: doing, ended })) {
      if (this.#isNew(kind, text)) this.#announcer.say(text);
    }
  }

  /** Whether no view of this session has told a text since it appeared. */
  #isNew(kind: string, text: string): boolean {
    const all = told.get(this.#session) as Set<string>;
    const before = this.#shown.get(kind) ?? "";
    if (before === text) return false;
    this.#shown.set(kind, text);
    if (before !== "") all.delete(`${kind} ${before}`);
    const key = `${kind} ${text}`;
    if (text === "" || all.has(key)) return false;
    all.add(key);
    return true;
  }
}
