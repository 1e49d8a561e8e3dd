/** A page that shows the viewer without Jupyter; README.md lists the options of its address. */
import { viewer } from "../src/viewer.ts";
import { FakeKernel } from "./kernel.ts";

const query = new URLSearchParams(location.search);
const number = (name: string, fallback: number): number => Number(query.get(name) ?? fallback);

class FakeModel {
  readonly #traits: Map<string, unknown>;
  readonly #listeners = new Map<string, Set<() => void>>();
  saves = 0;

  constructor(
    traits: Record<string, unknown>,
    readonly widget_manager: { get_model(id: string): Promise<unknown> },
  ) {
    this.#traits = new Map(Object.entries(traits));
  }

  // biome-ignore lint/suspicious/noExplicitAny: a stand-in for a widget's model
  get(name: string): any {
    return this.#traits.get(name) ?? null;
  }

  set(name: string, value: unknown): void {
    this.#traits.set(name, value);
    for (const event of [`change:${name}`, "change"]) {
      for (const listener of this.#listeners.get(event) ?? []) listener();
    }
  }

  save_changes(): void {
    this.saves++;
  }

  send(): void {}

  on(event: string, callback: () => void): void {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event)?.add(callback);
  }

  off(event: string, callback: () => void): void {
    this.#listeners.get(event)?.delete(callback);
  }
}

const seconds = number("hours", 8) * 3600;
const building = number("building", 1);
const kernel = new FakeKernel({
  channels: number("channels", 8),
  seconds,
  gaps: number("gaps", 3),
  delay: number("delay", 15),
  start: query.has("relative") ? null : "2024-03-01T22:10:00+01:00",
  notes: query.has("notes") ? ["the last data record is incomplete: 12 of 30 s"] : [],
  building,
});
const { json, data } = kernel.description();
const progress = new FakeModel(
  { state: building < 1 ? "running" : "done", progress: building, message: "", error: "" },
  { get_model: () => Promise.reject(new Error("none")) },
);
const t0 = number("t0", 10);
const first = kernel.window({ channels: [0], t0: 0, t1: seconds, width: 1200 });
const traits = {
  _description: json,
  _description_data: data,
  _first: { window: null, overview: first.content },
  _first_data: first.buffer,
  _wire: "IPY_MODEL_wire",
  _progress: "IPY_MODEL_progress",
  t_range: [t0, t0 + number("span", 10)],
  channels: null,
  selection: null,
  scales: query.has("ecg") ? { ECG: "10 mm/mV" } : {},
  positions: {},
  paper_speed: query.has("ecg") ? 25 : null,
  page: null,
  grid: query.has("ecg") ? "ecg" : "time",
  overlap: query.has("overlap"),
  height: number("height", 420),
};
const model = new FakeModel(traits, {
  get_model: async (id) => {
    if (query.has("dead")) throw new Error("no such model");
    return id === "wire" ? kernel : progress;
  },
});
if (query.has("dark")) document.documentElement.style.colorScheme = "dark";
const clean = viewer.initialize({ model });
const el = document.getElementById("view") as HTMLElement;
const close = viewer.render({ model, el });
Object.assign(window, { model, kernel, progress, close, clean });
