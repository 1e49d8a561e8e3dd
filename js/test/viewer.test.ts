import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ViewerModel, viewer } from "../src/viewer.ts";

type Listener = (...args: unknown[]) => void;

class Model implements ViewerModel {
  comm_live = true;
  sent: { kind: string }[] = [];
  widget_manager = { get_model: async (): Promise<unknown> => this.#other() };
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #traits: Record<string, unknown>;
  readonly #other: () => unknown;

  constructor(traits: Record<string, unknown>, other: () => unknown = () => null) {
    this.#traits = traits;
    this.#other = other;
  }
  get(name: string): unknown {
    return this.#traits[name] ?? null;
  }
  receive(content: object): void {
    for (const listener of this.#listeners.get("msg:custom") ?? []) listener(content);
  }
  set(name: string, value: unknown): void {
    this.#traits[name] = value;
    for (const listener of this.#listeners.get(`change:${name}`) ?? []) listener();
  }
  save_changes(): void {}
  send(content: { kind: string }): void {
    this.sent.push(content);
  }
  on(event: string, callback: Listener): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback: Listener): void {
    this.#listeners.get(event)?.delete(callback);
  }
  get bound(): number {
    return [...this.#listeners.values()].reduce((n, set) => n + set.size, 0);
  }
}

function traits(): Record<string, unknown> {
  const data = new DataView(new ArrayBuffer(16));
  const channel = { name: "ECG", units: "mV", fs: 100, n_samples: 10_000, timebase: 0 };
  return {
    _wire: "IPY_MODEL_w",
    _description: {
      v: 1,
      name: "night",
      start: null,
      duration: 100,
      revision: 1,
      channels: [{ ...channel, gain: 1, offset: 0, dtype: "int16" }],
      timebases: [{ fs: 100, n_samples: 10_000, runs: 1, at: 0 }],
      notes: ["12 of 30 s"],
      ranges: [null],
    },
    _description_data: data,
    _first: {},
    _first_data: data,
    t_range: [0, 10],
    channels: ["ECG"],
    selection: null,
    height: 300,
  };
}

const frames = async (n: number): Promise<void> => {
  for (let k = 0; k < n; k++) await new Promise((done) => requestAnimationFrame(done));
};
let el: HTMLElement;

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(300);
  el = document.createElement("div");
  document.body.append(el);
});
afterEach(() => {
  vi.restoreAllMocks();
  document.body.innerHTML = "";
});

describe("the viewer widget", () => {
  it("asks over the wire for what it lacks, is drawn twice, and lets go of everything", async () => {
    const wire = new Model({});
    const model = new Model(traits(), () => wire);
    const clean = viewer.initialize({ model });
    const closes = [viewer.render({ model, el }), viewer.render({ model, el })];
    await frames(4);
    expect(el.querySelectorAll(".vital-viewer")).toHaveLength(2);
    expect(wire.sent.filter((message) => message.kind === "window").length).toBeGreaterThan(0);
    expect(el.querySelector(".vital-viewer")?.getAttribute("data-status")).toBe("loading");
    for (const close of closes) close();
    clean();
    expect(el.children).toHaveLength(0);
    expect([model.bound, wire.bound]).toEqual([0, 0]);
  });

  it("shows that the kernel has made a mistake", async () => {
    const wire = new Model({});
    const model = new Model(traits(), () => wire);
    const clean = viewer.initialize({ model });
    const close = viewer.render({ model, el });
    await frames(2);
    expect(el.querySelector(".vv-notice-error")).toBeNull();
    model.receive({ kind: "failed", error: "internal error of vital_widgets" });
    await frames(2);
    const notice = el.querySelector(".vv-notice-error");
    expect(notice?.textContent).toContain("internal error of vital_widgets");
    close();
    clean();
  });

  it("marks the time that a panel points at", async () => {
    const wire = new Model({});
    const model = new Model(traits(), () => wire);
    const clean = viewer.initialize({ model });
    const close = viewer.render({ model, el });
    const root = el.querySelector(".vital-viewer");
    model.receive({ kind: "mark", t: 12.5 });
    expect(root?.getAttribute("data-marked")).toBe("12.5");
    model.receive({ kind: "mark", t: null });
    expect(root?.hasAttribute("data-marked")).toBe(false);
    close();
    clean();
  });

  it("takes the keys after a button of a panel was clicked, not from where one writes", async () => {
    const wire = new Model({});
    const model = new Model(traits(), () => wire);
    const clean = viewer.initialize({ model });
    const close = viewer.render({ model, el });
    const panel = document.createElement("div");
    panel.className = "vital-panel";
    const [button, cell] = [document.createElement("button"), document.createElement("input")];
    panel.append(button);
    document.body.append(panel, cell, el);
    const plot = el.querySelector(".vv-area-plot");
    const byKey = vi.spyOn(button, "matches").mockReturnValue(true);
    for (const [from, then] of [
      [button, button],
      [cell, cell],
    ]) {
      from?.focus();
      model.receive({ kind: "focus" });
      expect(document.activeElement).toBe(then);
    }
    byKey.mockReturnValue(false);
    button.focus();
    model.receive({ kind: "focus" });
    expect(document.activeElement).toBe(plot);
    close();
    button.focus();
    model.receive({ kind: "focus" });
    expect(document.activeElement).toBe(button);
    panel.remove();
    cell.remove();
    clean();
  });

  it("without a kernel says so and waits for nothing", async () => {
    const model = new Model(traits(), () => {
      throw new Error("no such model");
    });
    const clean = viewer.initialize({ model });
    const close = viewer.render({ model, el });
    await frames(4);
    expect(el.textContent).toContain("no kernel is connected: the saved picture is shown");
    expect(el.textContent).toContain("12 of 30 s");
    const root = el.querySelector(".vital-viewer");
    expect(root?.getAttribute("data-status")).toBe("error");
    expect(root?.getAttribute("aria-busy")).toBe("false");
    close();
    clean();
  });
});
