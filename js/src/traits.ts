/** Synchronizes a model's public traits with the state of its views. */
import { FIELDS } from "./fields.ts";
import { sendIfAlive } from "./sending.ts";
import type { Change, ViewState } from "./state/viewstate.ts";

/** The part of a widget's model that is used here. */
export interface TraitModel {
  // biome-ignore lint/suspicious/noExplicitAny: traits are checked where they are read
  get(name: string): any;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: as in `on`
  off(event: string, callback: (...args: any[]) => void): void;
}

/**
 * Milliseconds between two messages while the user moves the view. For each, JupyterLab shows twice
 * whether the kernel is busy, and takes as long as a frame of many channels.
 */
const PAUSE = 200;
/** Milliseconds without a change before a change that is not urgent is sent. */
const LATER = 500;
/** A value that returns within so many milliseconds after it was sent is ignored as an echo. */
const ECHO = 400;
/**
 * After a lost connection Jupyter sets what the kernel knows, which may lack the last gestures:
 * for so many milliseconds, values that were sent up to a minute before are sent again instead.
 */
const [REGAINED, UNSURE] = [10_000, 60_000];

const key = (value: unknown): string => JSON.stringify(value) ?? "undefined";

/** Binds in both directions; returns a function that unbinds. */
export function bindTraits(
  model: TraitModel,
  state: ViewState,
  watch: (regained: () => void) => () => void = () => () => {},
): () => void {
  const sent = new Map<string, { text: string; at: number }[]>();
  const pending = new Set<string>();
  let regained = Number.NEGATIVE_INFINITY;
  let applying = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let later: ReturnType<typeof setTimeout> | undefined;
  let confirming: ReturnType<typeof setTimeout> | undefined;
  /** Values of the kernel that replaced one that was sent from here shortly before. */
  const unconfirmed = new Set<string>();
  /** When the last value was sent that the kernel replaced. */
  const replaced = new Map<string, number>();
  let last = Number.NEGATIVE_INFINITY;

  const flush = (): void => {
    clearTimeout(timer);
    clearTimeout(later);
    timer = undefined;
    last = performance.now();
    let changes = false;
    for (const name of pending) {
      const value = FIELDS[name]?.sent?.value(state);
      if (key(value) === key(model.get(name))) continue;
      const recent = (sent.get(name) ?? []).filter((one) => last - one.at < ECHO);
      sent.set(name, [...recent, { text: key(value), at: last }]);
      changes = true;
      applying = true;
      model.set(name, value);
      applying = false;
    }
    pending.clear();
    // The comm of a model that has not changed may be closed.
    if (changes) model.save_changes();
  };

  /** True for an echo of a value that was sent from here, and while the user moves the view. */
  const ignored = (name: string): boolean => {
    if (applying) return true;
    const text = key(model.get(name));
    const since = performance.now() - ECHO;
    if (sent.get(name)?.some((one) => one.text === text && one.at > since)) return true;
    return state.busy;
  };
  /** True for a value that the kernel has because it did not receive the last one from here. */
  const outdated = (name: string): boolean => {
    const now = performance.now();
    const own = sent.get(name)?.at(-1);
    if (own === undefined || now - regained > REGAINED || now - own.at > UNSURE) return false;
    return own.text === key(FIELDS[name]?.sent?.value(state));
  };
  /** What was sent from here may reach the kernel after what it has just set: says what is shown. */
  const confirm = (): void => {
    const shown = [...unconfirmed].filter((name) => !pending.has(name));
    unconfirmed.clear();
    const values = shown.map((name) => [name, FIELDS[name]?.sent?.value(state)]);
    if (values.length > 0)
      sendIfAlive(model, { kind: "shown", values: Object.fromEntries(values) });
  };
  const confirmLater = (name: string): void => {
    const own = sent.get(name)?.at(-1);
    if (own === undefined || performance.now() - own.at > UNSURE) return;
    if (replaced.get(name) === own.at) return;
    replaced.set(name, own.at);
    unconfirmed.add(name);
    clearTimeout(confirming);
    confirming = setTimeout(confirm, LATER);
  };
  const apply = (name: string): void => {
    applying = true;
    FIELDS[name]?.apply(state, model.get(name));
    applying = false;
  };
  const changed = (change: Change): void => {
    if (applying) return;
    const due = new Set<string>();
    for (const [name, { sent }] of Object.entries(FIELDS)) {
      const when = sent?.after === change ? (sent.when?.(state) ?? "now") : "never";
      if (when === "never") continue;
      pending.add(name);
      due.add(when);
    }
    if (timer !== undefined) return;
    if (due.has("now")) timer = setTimeout(flush, Math.max(0, PAUSE - (performance.now() - last)));
    else if (due.has("later")) {
      clearTimeout(later);
      later = setTimeout(flush, LATER);
    }
  };

  const handlers = Object.entries(FIELDS).map(
    ([name, field]): [string, (content: object) => void] => [
      `change:${name}`,
      () => {
        if (field.sent) {
          if (ignored(name)) return;
          if (outdated(name)) {
            pending.add(name);
            timer ??= setTimeout(flush, PAUSE);
            return;
          }
          pending.delete(name);
          confirmLater(name);
        }
        apply(name);
      },
    ],
  );
  /** What Python assigned although the kernel had it already: the user has moved on since then. */
  const assigned = ({ kind, values }: { kind?: unknown; values?: object }): void => {
    if (kind !== "assigned" || state.busy) return;
    let changes = false;
    for (const [name, value] of Object.entries(values ?? {})) {
      pending.delete(name);
      if (key(model.get(name)) !== key(value)) {
        applying = true;
        model.set(name, value);
        applying = false;
        changes = true;
      }
      apply(name);
    }
    if (changes) model.save_changes();
  };
  for (const name of Object.keys(FIELDS)) apply(name);
  state.history.clear();
  const off = state.onChange(changed);
  const unwatch = watch(() => {
    regained = performance.now();
  });
  handlers.push(["msg:custom", assigned]);
  for (const [event, handler] of handlers) model.on(event, handler);
  return () => {
    if (pending.size > 0) flush();
    clearTimeout(timer);
    clearTimeout(later);
    clearTimeout(confirming);
    off();
    unwatch();
    for (const [event, handler] of handlers) model.off(event, handler);
  };
}
