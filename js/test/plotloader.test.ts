import { afterEach, beforeEach, expect, test, vi } from "vitest";
import loader from "../src/plotloader.ts";

// Stands for Plotly: its model keeps a list of what it was told, its view draws when it is asked to.
const CODE = `
  globalThis.runs = (globalThis.runs ?? 0) + 1;
  export class FigureModel {
    constructor(model) { this.model = model; }
    get(name) { return this.model.get(name); }
    set(name, value) { this.model.set(name, value); }
    on(event, handle) { this.model.on(event, handle); }
    save_changes() { this.model.save_changes(); }
    initialize() {
      for (const name of ["restyle", "animate"]) {
        const trait = "_py2js_" + name;
        this.on("change:" + trait, () => this.get("_widget_data").push(this.get(trait).change));
      }
    }
  }
  export class FigureView {
    constructor(model, el) { Object.assign(this, { model, el, heard: [], reports: [] }); }
    perform_render() {
      globalThis.views.push(this);
      for (const name of ["restyle", "animate"]) {
        const trait = "_py2js_" + name;
        this.model.on("change:" + trait, () => {
          const { change, trace_edit_id } = this.model.get(trait);
          if (change === "refused") throw new Error("no such trace");
          this.heard.push(change);
          if (name === "restyle") this._sendTraceDeltas(trace_edit_id);
        });
      }
      this.drawn = [...this.model.get("_widget_data")];
      this.edit = this.model.get("_last_trace_edit_id");
    }
    finish() {
      this._sendTraceDeltas(this.edit);
      const detail = { element: this.el };
      document.dispatchEvent(new CustomEvent("plotlywidget-after-render", { detail }));
    }
    _sendTraceDeltas(edit) {
      this.model.set("_js2py_traceDeltas", edit);
      this.model.save_changes();
    }
    _sendLayoutDelta() {}
    autosizeFigure() {}
    remove() { this.removed = true; }
  }
  export default () => ({
    initialize({ model }) { new FigureModel(model).initialize(); },
  });`;

interface View {
  heard: string[];
  drawn: string[];
  edit: number;
  removed?: boolean;
  finish(): void;
  model: { set(name: string, value: unknown): void };
}
const page = globalThis as unknown as { runs?: number; views: View[]; vitalPlotly?: unknown };

async function packed(text: string): Promise<string> {
  const stream = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}

beforeEach(() => {
  page.views = [];
  page.runs = 0;
  delete page.vitalPlotly;
  // Blob addresses cannot be imported here, so the text becomes a data address.
  URL.createObjectURL = (blob) => (blob as unknown as { address: string }).address;
  URL.revokeObjectURL = () => {};
  vi.stubGlobal(
    "Blob",
    class {
      readonly #part: string | Uint8Array<ArrayBuffer>;
      constructor([part]: [string | Uint8Array<ArrayBuffer>]) {
        this.#part = part;
      }
      get address() {
        return `data:text/javascript,${encodeURIComponent(String(this.#part))}`;
      }
      stream() {
        return new Response(this.#part).body;
      }
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A figure of a kernel, with the messages that its model sends. */
async function fake(digest: string, code = CODE) {
  const holder = { get: (name: string) => ({ digest, code: text })[name] };
  const text = await packed(code);
  const traits: Record<string, unknown> = {
    _plotly: "IPY_MODEL_abc",
    _widget_data: [],
    _widget_layout: {},
    _last_trace_edit_id: 0,
    _last_layout_edit_id: 0,
    _js2py_traceDeltas: null,
  };
  const handlers = new Map<string, Set<(...args: unknown[]) => void>>();
  const sent: unknown[] = [];
  const reports: unknown[] = [];
  const model = {
    get: (name: string) => traits[name],
    set: (name: string, value: unknown) => {
      traits[name] = value;
      reports.push([name, value]);
    },
    save_changes: vi.fn(),
    send: (content: unknown) => void sent.push(content),
    on: (event: string, handle: () => void) =>
      void handlers.set(event, (handlers.get(event) ?? new Set()).add(handle)),
    off: (event: string, handle: () => void) => void handlers.get(event)?.delete(handle),
    widget_manager: { get_model: vi.fn(async (_: string) => holder) },
  };
  const trigger = (event: string, ...args: unknown[]): void => {
    for (const handle of handlers.get(event) ?? []) handle(...args);
  };
  const put = (name: string, value: unknown): void => {
    traits[name] = value;
    trigger(`change:${name}`);
  };
  let edit = 0;
  /** A change as Python sends it: the number, the message, and nothing again. */
  const change = (what: string, name = "restyle"): void => {
    edit += 1;
    put("_last_trace_edit_id", edit);
    put(`_py2js_${name}`, { change: what, trace_edit_id: edit });
    put(`_py2js_${name}`, null);
  };
  const end = new AbortController();
  const widget = loader();
  const show = async (signal = new AbortController().signal) => {
    const el = document.createElement("div");
    const close = (await widget.render({ el, signal } as never)) as () => void;
    return { el, close, view: page.views.at(-1) as View };
  };
  const begin = () => widget.initialize({ model, signal: end.signal } as never);
  const count = () => [...handlers.values()].reduce((sum, each) => sum + each.size, 0);
  const data = () => traits["_widget_data"];
  return { model, put, change, trigger, end, sent, reports, show, begin, count, data, traits };
}

test("figures of one version of Plotly run its text once", async () => {
  const [one, two, other] = [await fake("p1"), await fake("p1"), await fake("p2", `${CODE}//2`)];
  await Promise.all([one.begin(), two.begin()]);
  expect(page.runs).toBe(1);
  expect(one.model.widget_manager.get_model).toHaveBeenCalledWith("abc");
  await other.begin();
  expect(page.runs).toBe(2);
});

test("messages that come before Plotly runs are applied in their order, once", async () => {
  const one = await fake("order");
  const begun = one.begin();
  for (const what of ["a", "b", "c"]) one.change(what);
  expect(one.data()).toEqual([]);
  await begun;
  expect(one.data()).toEqual(["a", "b", "c"]);
  one.change("d");
  expect(one.data()).toEqual(["a", "b", "c", "d"]);
});

test("a whole state that arrives replaces what was held", async () => {
  const one = await fake("state");
  const begun = one.begin();
  one.change("a");
  one.put("_widget_data", ["state with a"]);
  one.change("b");
  await begun;
  expect(one.data()).toEqual(["state with a", "b"]);
});

test("a view hears nothing until it is drawn, then all in order, and reports once", async () => {
  const one = await fake("draw");
  await one.begin();
  one.change("before");
  const first = await one.show();
  expect(first.view.drawn).toEqual(["before"]);
  for (const what of ["a", "refused", "b"]) one.change(what);
  expect(first.view.heard).toEqual([]);
  expect(one.data()).toEqual(["before", "a", "refused", "b"]);
  const complained = vi.spyOn(console, "error").mockReturnValue();
  first.view.finish();
  expect(first.view.heard).toEqual(["a", "b"]);
  expect(complained).toHaveBeenCalledTimes(1);
  // What was drawn first is not compared with a model that is ahead of it.
  await vi.waitFor(() => expect(one.reports).toEqual([["_js2py_traceDeltas", 4]]));
  one.change("c");
  expect(first.view.heard).toEqual(["a", "b", "c"]);
  first.close();
});

test("each view waits for its own drawing", async () => {
  const one = await fake("several");
  await one.begin();
  const first = await one.show();
  first.view.finish();
  const second = await one.show();
  one.change("a");
  expect([first.view.heard, second.view.heard]).toEqual([["a"], []]);
  second.view.finish();
  first.view.finish();
  expect([first.view.heard, second.view.heard]).toEqual([["a"], ["a"]]);
  second.close();
  one.change("b");
  expect([first.view.heard, second.view.heard]).toEqual([["a", "b"], ["a"]]);
  first.close();
});

test("a view that is never drawn does not hold for ever", async () => {
  const one = await fake("never");
  await one.begin();
  vi.useFakeTimers();
  const first = await one.show();
  one.change("a");
  vi.advanceTimersByTime(10_000);
  expect(first.view.heard).toEqual(["a"]);
  one.change("b");
  expect(first.view.heard).toEqual(["a", "b"]);
  first.close();
});

test("an animation reports itself, when it has ended", async () => {
  const one = await fake("animated");
  await one.begin();
  const first = await one.show();
  one.change("a", "animate");
  first.view.finish();
  expect(first.view.heard).toEqual(["a"]);
  expect(one.reports).toEqual([]);
  first.close();
});

test("the number of the latest change is that of the state, not of a change on its way", async () => {
  const one = await fake("edits");
  await one.begin();
  one.change("a");
  one.put("_last_trace_edit_id", 2);
  const first = await one.show();
  expect(first.view.edit).toBe(1);
  one.put("_widget_data", ["whole"]);
  expect((await one.show()).view.edit).toBe(2);
});

test("closing removes all handlers and timers", async () => {
  const one = await fake("closing");
  await one.begin();
  vi.useFakeTimers();
  const idle = one.count();
  const first = await one.show();
  first.view.model.set("_js2py_pointsCallback", { event_type: "plotly_hover" });
  first.close();
  expect(first.view.removed).toBe(true);
  expect(first.el.childElementCount).toBe(0);
  expect(one.count()).toBe(idle);
  one.change("a");
  expect(first.view.heard).toEqual([]);
  one.end.abort();
  expect(one.count()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  first.view.finish();
  expect(one.model.save_changes).not.toHaveBeenCalled();
});

test("what the pointer does is a message of its own, a hover waits for the answer", async () => {
  const one = await fake("pointer");
  await one.begin();
  const { view, close } = await one.show();
  const point = (event_type: string): void =>
    view.model.set("_js2py_pointsCallback", { event_type });
  const kinds = () =>
    one.sent.map((each) => (each as { message: { event_type: string } }).message.event_type);
  vi.useFakeTimers();
  for (const kind of ["hover", "unhover", "hover"]) point(`plotly_${kind}`);
  vi.advanceTimersByTime(200);
  expect(kinds()).toEqual(["plotly_hover"]);
  one.trigger("msg:custom", { kind: "heard" });
  expect(kinds()).toEqual(["plotly_hover", "plotly_unhover", "plotly_hover"]);
  point("plotly_click");
  expect(one.sent.at(-1)).toEqual({ kind: "pointer", message: { event_type: "plotly_click" } });
  expect(one.reports).toEqual([]);
  close();
  one.end.abort();
});

test("what is no trait is not sent", async () => {
  const one = await fake("traits");
  await one.begin();
  const { view, close } = await one.show();
  view.model.set("_js2py_widget_layoutDelta", { layout_delta: {} });
  expect(one.reports).toEqual([]);
  expect("_js2py_widget_layoutDelta" in one.traits).toBe(false);
  close();
});

test("a failure to load is shown, and the next figure tries again", async () => {
  const broken = await fake("half", "throw new Error('half a file')");
  await broken.begin();
  const { el } = await broken.show();
  expect(el.textContent).toContain("The figure cannot be shown");
  expect(el.textContent).toContain("half a file");
  const good = await fake("half");
  await good.begin();
  const { view } = await good.show();
  expect(view.drawn).toEqual([]);
});

test("another front end of Plotly is named as the cause", async () => {
  const odd = await fake(
    "odd",
    "export class FigureModel { initialize() {} } export default () => ({ initialize() {} });",
  );
  await odd.begin();
  const { el } = await odd.show();
  expect(el.textContent).toContain("this version of Plotly has another front end");
});
