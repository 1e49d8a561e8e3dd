import { afterEach, beforeEach, expect, test, vi } from "vitest";
import loader from "../src/loader.ts";

// Blob addresses cannot be imported here, so the text becomes a data address.
beforeEach(() => {
  URL.createObjectURL = (blob) => (blob as unknown as { address: string }).address;
  URL.revokeObjectURL = () => {};
  vi.stubGlobal(
    "Blob",
    class {
      address: string;
      constructor([code]: [string]) {
        this.address = `data:text/javascript,${encodeURIComponent(code)}`;
      }
    },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  document.head.replaceChildren();
  document.body.replaceChildren();
});

const CODE = `
  globalThis.runs = (globalThis.runs ?? 0) + 1;
  export const kinds = {
    progress: {
      initialize: ({ model }) => { model.begun = true; return { exported: 1 }; },
      render: ({ el }) => { el.textContent = "drawn"; return () => { el.textContent = "gone"; }; },
    },
    wire: {},
  };`;

function fake(digest: string, kind = "progress", bundle = CODE) {
  const holder = { get: (name: string) => ({ digest, bundle, css: ".a{}" })[name] };
  const asked: string[] = [];
  const model = {
    get: (name: string) => ({ _frontend: "IPY_MODEL_abc", _kind: kind })[name],
    widget_manager: {
      get_model: async (id: string) => {
        asked.push(id);
        return holder;
      },
    },
    begun: false,
  };
  return { model, asked, el: document.createElement("div"), signal: new AbortController().signal };
}

// biome-ignore lint/suspicious/noExplicitAny: a fake has only what is used
const props = (of: ReturnType<typeof fake>): any => of;

test("widgets of one front end run its text once and share one style sheet", async () => {
  const [one, two] = [fake("d1"), fake("d1")];
  const [first, second] = [loader(), loader()];
  const results = await Promise.all([first.initialize(props(one)), second.initialize(props(two))]);
  expect(results).toEqual([{ exported: 1 }, { exported: 1 }]);
  expect(one.asked).toEqual(["abc"]);
  expect(one.model.begun && two.model.begun).toBe(true);
  expect((globalThis as { runs?: number }).runs).toBe(1);
  document.body.append(one.el, two.el);
  const clean = (await first.render(props(one))) as () => void;
  await second.render(props(two));
  expect(document.querySelectorAll("style").length).toBe(1);
  expect(one.el.textContent).toBe("drawn");
  clean();
  expect(one.el.textContent).toBe("gone");
});

function inShadow(): ShadowRoot {
  const host = document.createElement("div");
  document.body.append(host);
  return host.attachShadow({ mode: "open" });
}

test("each shadow root gets the style sheet once, the page none", async () => {
  const roots = [inShadow(), inShadow()];
  for (const root of [...roots, roots[0] as ShadowRoot]) {
    const one = fake("shadow", "styled", CODE.replace("wire:", "styled: { render() {} }, wire:"));
    root.append(one.el);
    const widget = loader();
    await widget.initialize(props(one));
    await widget.render(props(one));
  }
  expect(roots.map((root) => root.querySelectorAll("style").length)).toEqual([1, 1]);
  expect(document.head.querySelectorAll("style").length).toBe(0);
  expect(roots[0]?.querySelector("style")?.textContent).toBe(".a{}");
});

test("an element that is in no page yet brings its style sheet along", async () => {
  const one = fake("loose", "styled", CODE.replace("wire:", "styled: { render() {} }, wire:"));
  const widget = loader();
  await widget.initialize(props(one));
  await widget.render(props(one));
  inShadow().append(one.el);
  expect(one.el.querySelectorAll("style").length).toBe(1);
});

test("a kind without a view draws nothing", async () => {
  const one = fake("d2", "wire");
  const widget = loader();
  expect(await widget.initialize(props(one))).toBe(undefined);
  expect(await widget.render(props(one))).toBe(undefined);
  expect(one.el.textContent).toBe("");
});

test("a failure to load is shown, and the next widget tries again", async () => {
  const broken = fake("d3", "progress", "throw new Error('half a file')");
  const widget = loader();
  await widget.initialize(props(broken));
  await widget.render(props(broken));
  expect(broken.el.textContent).toContain("half a file");
  const good = fake("d3");
  const next = loader();
  await next.initialize(props(good));
  await next.render(props(good));
  expect(good.el.textContent).toBe("drawn");
});

test("an unknown kind is shown as an error", async () => {
  const one = fake("d4", "teapot");
  const widget = loader();
  await widget.initialize(props(one));
  await widget.render(props(one));
  expect(one.el.textContent).toContain("teapot");
});

test("a front end that comes late does not keep the model from being ready", async () => {
  const one = fake("d5");
  const get = one.model.widget_manager.get_model;
  let come = () => {};
  const late = new Promise<void>((resolve) => {
    come = resolve;
  });
  one.model.widget_manager.get_model = async (id) => {
    await late;
    return get(id);
  };
  const widget = loader();
  vi.useFakeTimers();
  const ready = widget.initialize(props(one));
  await vi.advanceTimersByTimeAsync(1500);
  vi.useRealTimers();
  expect(await ready).toBe(undefined);
  expect(one.model.begun).toBe(false);
  come();
  await widget.render(props(one));
  expect(one.model.begun).toBe(true);
  expect(one.el.textContent).toBe("drawn");
});

test("a holder that is not there yet is waited for", async () => {
  const one = fake("d6");
  const get = one.model.widget_manager.get_model;
  let attempts = 0;
  one.model.widget_manager.get_model = async (id) => {
    attempts += 1;
    if (attempts < 3) throw new Error("widget model not found");
    return get(id);
  };
  const widget = loader();
  await widget.initialize(props(one));
  await widget.render(props(one));
  expect(one.el.textContent).toBe("drawn");
});
