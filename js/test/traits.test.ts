import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ViewState } from "../src/state/viewstate.ts";
import { bindTraits } from "../src/traits.ts";
import { describe8 } from "./fixtures.ts";

class Model {
  saved: unknown[] = [];
  sent: unknown[] = [];
  readonly #listeners = new Map<string, Set<(content: object) => void>>();
  readonly #traits: Record<string, unknown>;

  constructor(traits: Record<string, unknown>) {
    this.#traits = traits;
  }
  get(name: string): unknown {
    return this.#traits[name];
  }
  set(name: string, value: unknown): void {
    this.#traits[name] = value;
    for (const listener of this.#listeners.get(`change:${name}`) ?? []) listener({});
  }
  send(content: unknown): void {
    this.sent.push(content);
  }
  receive(content: object): void {
    for (const listener of this.#listeners.get("msg:custom") ?? []) listener(content);
  }
  save_changes(): void {
    this.saved.push(this.get("t_range"));
  }
  on(event: string, callback: (content: object) => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback: (content: object) => void): void {
    this.#listeners.get(event)?.delete(callback);
  }
  get bound(): number {
    return [...this.#listeners.values()].reduce((n, set) => n + set.size, 0);
  }
}

let model: Model;
let state: ViewState;
let unbind: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  model = new Model({ t_range: [0, 10], channels: ["PPG", "ECG"], selection: null, height: 300 });
  state = new ViewState(describe8());
  unbind = bindTraits(model, state);
});
afterEach(() => vi.useRealTimers());

describe("traits", () => {
  it("are taken up at the start", () => {
    expect([state.t0, state.t1, state.height]).toEqual([0, 10, 300]);
    expect(state.signals.map(({ name }) => name)).toEqual(["PPG", "ECG"]);
    vi.runAllTimers();
    expect(model.saved).toEqual([]);
  });

  it("tell Python of moves five times a second at most, and of the last one always", () => {
    for (let k = 0; k < 100; k++) {
      state.pan(0.1);
      vi.advanceTimersByTime(10);
    }
    vi.runAllTimers();
    expect(model.saved.length).toBeLessThanOrEqual(7);
    expect(model.saved.at(-1)).toEqual([state.t0, state.t1]);
  });

  it("that the kernel did not receive before a connection was lost are sent again", () => {
    unbind();
    let regained = (): void => {};
    unbind = bindTraits(model, state, (listener) => {
      regained = listener;
      return () => {};
    });
    state.setWindow(50, 60);
    vi.advanceTimersByTime(1000);
    expect(model.saved).toEqual([[50, 60]]);
    regained();
    model.set("t_range", [0, 10]); // as Jupyter restores it
    model.set("height", 400); // nothing of it was sent from here
    expect([state.t0, state.t1, state.height]).toEqual([50, 60, 400]);
    vi.advanceTimersByTime(1000);
    expect(model.saved).toEqual([
      [50, 60],
      [50, 60],
    ]);
    vi.advanceTimersByTime(20_000);
    model.set("t_range", [0, 10]);
    expect([state.t0, state.t1]).toEqual([0, 10]);
  });

  it("set in Python move the view, and are not sent back", () => {
    model.set("t_range", [30, 40]);
    model.set("selection", [31, 32]);
    model.set("channels", ["Resp"]);
    model.set("height", 500);
    expect([state.t0, state.t1, state.height]).toEqual([30, 40, 500]);
    expect(state.selection).toEqual([31, 32]);
    expect(state.signals.map(({ name }) => name)).toEqual(["Resp"]);
    vi.runAllTimers();
    expect(model.saved).toEqual([]);
  });

  it("that come back late never move the view", () => {
    state.pan(5);
    vi.advanceTimersByTime(150);
    const early = model.saved[0];
    state.pan(5);
    vi.advanceTimersByTime(150);
    model.set("t_range", early);
    expect(state.t0).toBe(10);
  });

  it("set in Python during a drag lose against the hand", () => {
    const release = state.hold();
    state.pan(1);
    model.set("t_range", [60, 70]);
    state.pan(1);
    release();
    vi.runAllTimers();
    expect(state.t0).toBe(2);
    expect(model.saved.at(-1)).toEqual([2, 12]);
  });

  it("assigned again before the kernel knew of a gesture move the view back", () => {
    state.pan(5);
    model.receive({ kind: "assigned", values: { t_range: [0, 10] } });
    expect([state.t0, state.t1]).toEqual([0, 10]);
    vi.runAllTimers();
    expect(model.saved).toEqual([]);
  });

  it("assigned again while the message of a gesture is under way are sent back", () => {
    state.pan(5);
    vi.advanceTimersByTime(1000);
    model.receive({ kind: "assigned", values: { t_range: [0, 10] } });
    expect([state.t0, state.t1]).toEqual([0, 10]);
    expect(model.saved).toEqual([
      [5, 15],
      [0, 10],
    ]);
  });

  it("set while the message of a gesture is under way win over its echo", () => {
    state.pan(5);
    vi.advanceTimersByTime(10);
    model.set("t_range", [30, 40]);
    model.set("t_range", [5, 15]); // the echo
    expect([state.t0, state.t1]).toEqual([30, 40]);
    vi.advanceTimersByTime(1000);
    expect(model.sent).toEqual([{ kind: "shown", values: { t_range: [30, 40] } }]);
  });

  it("set while the message of a gesture is under way are confirmed", () => {
    state.pan(5);
    vi.advanceTimersByTime(1000);
    model.set("t_range", [30, 40]);
    vi.advanceTimersByTime(1000);
    expect(model.sent).toEqual([{ kind: "shown", values: { t_range: [30, 40] } }]);
    model.set("t_range", [40, 50]); // nothing was sent from here since then
    vi.advanceTimersByTime(1000);
    expect(model.sent).toHaveLength(1);
  });

  it("assigned again during a drag lose against the hand", () => {
    const release = state.hold();
    state.pan(1);
    model.receive({ kind: "assigned", values: { t_range: [0, 10] } });
    release();
    vi.runAllTimers();
    expect(model.saved.at(-1)).toEqual([1, 11]);
  });

  it("can be set back to an earlier window later", () => {
    state.pan(5);
    vi.advanceTimersByTime(5000);
    state.pan(5);
    vi.advanceTimersByTime(5000);
    model.set("t_range", [5, 15]);
    expect(state.t0).toBe(5);
  });

  it("of a viewer that another one moves are sent once, when it has come to rest", () => {
    for (let k = 0; k < 20; k++) {
      state.follow(k, k + 10);
      vi.advanceTimersByTime(50);
    }
    expect(model.saved).toEqual([]);
    vi.runAllTimers();
    expect(model.saved).toEqual([[19, 29]]);
  });

  it("that have not changed are not sent, whatever else has", () => {
    model.set("link_group", "");
    state.setLink({ others: 3 });
    state.pan(1);
    state.pan(-1);
    vi.runAllTimers();
    expect(model.saved).toEqual([]);
    unbind();
    expect(model.saved).toEqual([]);
  });

  it("do not tell of the window of a page that moves alone, but follow Python", () => {
    model.set("follow", false);
    state.pan(5);
    vi.runAllTimers();
    expect(model.saved).toEqual([]);
    model.set("t_range", [50, 60]);
    expect(state.t0).toBe(50);
  });

  it("of time are set from both sides", () => {
    model.set("epoch_length", 20);
    model.set("epoch_start", 5);
    model.set("time_axis", "elapsed");
    expect(state.epochs).toEqual({ length: 20, start: 5 });
    expect(state.time.elapsed).toBe(true);
    vi.runAllTimers();
    expect(model.saved).toEqual([]);
    state.setTime({ elapsed: false, epochLength: null, speed: 5 });
    vi.runAllTimers();
    const names = ["time_axis", "epoch_length", "play_speed"];
    expect(names.map((name) => model.get(name))).toEqual(["clock", null, 5]);
  });

  it("send the last move when the view is closed, and let go of the model", () => {
    state.pan(3);
    unbind();
    expect(model.saved.at(-1)).toEqual([3, 13]);
    expect(model.bound).toBe(0);
  });
});
