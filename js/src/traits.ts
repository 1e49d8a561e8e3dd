/** Synchronizes a model's public traits with the state of its views. */
import type { ViewState } from "./state/viewstate.ts";

/** The part of a widget's model that is used here. */
export interface TraitModel {
  // biome-ignore lint/suspicious/noExplicitAny: traits are checked where they are read
  get(name: string): any;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

/** Milliseconds between two messages while the user moves the view. */
const PAUSE = 100;
/** A value that returns within so many milliseconds after it was sent is ignored as an echo. */
const ECHO = 400;

const key = (value: unknown): string => JSON.stringify(value) ?? "undefined";

/** Returns `[t0, t1]`, or null for any other value. */
export function asRange(value: unknown): [number, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [a, b] = value.map(Number) as [number, number];
  return Number.isFinite(a) && Number.isFinite(b) ? [a, b] : null;
}

/** Binds in both directions; returns a function that unbinds. */
export function bindTraits(model: TraitModel, state: ViewState): () => void {
  const sent = new Map<string, { text: string; at: number }[]>();
  const pending = new Set<"t_range" | "selection">();
  let applying = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Number.NEGATIVE_INFINITY;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    last = performance.now();
    for (const name of pending) {
      const value = name === "t_range" ? [state.t0, state.t1] : state.selection;
      const plain = value === null ? null : [...value];
      if (key(plain) === key(model.get(name))) continue;
      const recent = (sent.get(name) ?? []).filter((one) => last - one.at < ECHO);
      sent.set(name, [...recent, { text: key(plain), at: last }]);
      applying = true;
      model.set(name, plain);
      applying = false;
    }
    pending.clear();
    model.save_changes();
  };
  const queue = (name: "t_range" | "selection"): void => {
    pending.add(name);
    if (timer !== undefined) return;
    const wait = Math.max(0, PAUSE - (performance.now() - last));
    timer = setTimeout(flush, wait);
  };

  /** True for an echo of a value that was sent from here, and while the user moves the view. */
  const ignored = (name: string): boolean => {
    if (applying) return true;
    const text = key(model.get(name));
    const since = performance.now() - ECHO;
    if (sent.get(name)?.some((one) => one.text === text && one.at > since)) return true;
    return state.busy;
  };
  const fromModel = (apply: () => void): void => {
    applying = true;
    apply();
    applying = false;
  };
  const onRange = (): void => {
    if (ignored("t_range")) return;
    const range = asRange(model.get("t_range"));
    pending.delete("t_range");
    if (range) fromModel(() => state.setWindow(...range));
  };
  const onSelection = (): void => {
    if (ignored("selection")) return;
    pending.delete("selection");
    fromModel(() => state.setSelection(asRange(model.get("selection"))));
  };
  const onChannels = (): void => state.setLanes({ names: asNames(model.get("channels")) });
  const onHeight = (): void => state.setHeight(Number(model.get("height")));

  onChannels();
  onHeight();
  const range = asRange(model.get("t_range"));
  if (range) state.setWindow(...range);
  state.setSelection(asRange(model.get("selection")));

  const off = state.onChange((change) => {
    if (applying) return;
    if (change === "window") queue("t_range");
    else if (change === "selection") queue("selection");
  });
  const handlers = {
    "change:t_range": onRange,
    "change:selection": onSelection,
    "change:channels": onChannels,
    "change:height": onHeight,
  };
  for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
  return () => {
    if (pending.size > 0) flush();
    clearTimeout(timer);
    off();
    for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
  };
}

/** Names of channels; null (all channels) if the value is not a list. */
export function asNames(value: unknown): string[] | null {
  return Array.isArray(value) ? value.map(String) : null;
}
