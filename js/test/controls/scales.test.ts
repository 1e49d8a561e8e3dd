import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scales } from "../../src/controls/scales.ts";
import { toolbar } from "../../src/controls/toolbar.ts";
import { keepPxPerMm, measuredPxPerMm } from "../../src/page/screenscale.ts";
import { calibration } from "../../src/plot/calibration.ts";
import { View } from "../../src/plot/view.ts";
import { CSS_MM } from "../../src/state/scales.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, idleSession } from "../fixtures.ts";

const pause = (frames = 3): Promise<void> =>
  new Promise((done) => {
    const next = (left: number): unknown =>
      left === 0 ? done() : requestAnimationFrame(() => next(left - 1));
    next(frames);
  });

describe("the controls of scales", () => {
  let host: View;
  let closing: AbortController;
  const press = (key: string): unknown =>
    host.root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

  beforeEach(async () => {
    localStorage.clear();
    const description = describe8(100, 100, 3);
    const kinds = ["ECG", "EEG", "other"];
    const channels = description.channels.map((channel, k) => ({
      ...channel,
      name: `c${k}`,
      kind: kinds[k] as string,
    }));
    const state = new ViewState({ ...description, channels });
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
    // happy-dom has no canvas; what is drawn does not matter here.
    const g = new Proxy(
      {
        measureText: () => ({ width: 20 }),
        createImageData: () => ({ data: new Uint8Array(9e6) }),
      },
      { get: (target, name) => Reflect.get(target, name) ?? (() => {}), set: () => true },
    );
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(
      g as unknown as RenderingContext,
    );
    closing = new AbortController();
    const features = [toolbar, scales, calibration];
    host = new View(idleSession(state), document.body, closing.signal, features);
    await pause();
  });
  afterEach(() => {
    closing.abort();
    localStorage.clear();
    vi.restoreAllMocks();
  });

  const button = (label: string): HTMLButtonElement => {
    const found = host.root.querySelector<HTMLButtonElement>(`button[aria-label^="${label}"]`);
    if (!found) throw new Error(label);
    return found;
  };
  const select = (label: string): HTMLSelectElement => {
    const found = host.root.querySelector<HTMLSelectElement>(`select[aria-label="${label}"]`);
    if (!found) throw new Error(label);
    return found;
  };
  const choose = async (label: string, value: string): Promise<void> => {
    const field = select(label);
    field.value = value;
    field.dispatchEvent(new Event("change"));
    await pause();
  };

  it("show the gain and step through the usual ones", async () => {
    host.state.setScales({ values: { ECG: "10 mm/mV" } });
    await pause();
    expect(button("Scales").textContent).toBe("10 mm/mV");
    button("Larger traces").click();
    await pause();
    expect(button("Scales").textContent).toBe("20 mm/mV");
    expect(host.state.scales.values).toMatchObject({ ECG: "20 mm/mV" });
  });

  it("show the gain that follows from the height of the lanes", async () => {
    const text = (): string => button("Scales").textContent ?? "";
    const before = text();
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(800);
    host.touch("layout");
    await pause(6);
    expect(text()).not.toBe(before);
    const [channel] = host.state.signals;
    expect(channel && host.state.scales.figure(channel)).toBe(text());
  });

  it("set and release the paper speed and the page", async () => {
    await choose("Paper speed or page", "25 mm/s");
    expect(host.state.pace).toMatchObject({ paperSpeed: 25, page: null });
    await choose("Paper speed or page", "30 s a page");
    expect(host.state.pace).toMatchObject({ paperSpeed: null, page: 30 });
    expect(host.state.t1 - host.state.t0).toBe(30);
    host.state.zoom(0.5);
    await pause();
    expect(select("Paper speed or page").value).toBe("free");
  });

  it("open a panel with the key S, which sets the scale of a kind", async () => {
    press("s");
    const panel = host.root.querySelector<HTMLElement>("[role=dialog]");
    expect(panel?.hidden).toBe(false);
    expect(button("Scales").getAttribute("aria-expanded")).toBe("true");
    host.state.setScales({ values: { c1: "70 µV/mm" } });
    await choose("Scale of EEG", "7 µV/mm");
    expect(host.state.scales.values).toEqual({ EEG: "7 µV/mm" });
    await choose("Scale of Other", "auto");
    expect(host.state.scales.values).toEqual({ EEG: "7 µV/mm", other: "auto" });
    await choose("Scale of EEG", "fitted");
    expect(host.state.scales.values).toEqual({ other: "auto" });
    await choose("Lines behind the traces", "ecg");
    expect(host.state.grid).toBe("ecg");
    press("Escape");
    expect(panel?.hidden).toBe(true);
  });

  it("leave their panel open for their own buttons, and close it by a click elsewhere", () => {
    press("s");
    const panel = host.root.querySelector<HTMLElement>("[role=dialog]");
    const point = (where: HTMLElement): boolean | string | undefined => {
      where.dispatchEvent(new Event("pointerdown", { bubbles: true }));
      return panel?.hidden;
    };
    expect(point(button("Larger traces"))).toBe(false);
    expect(point(panel?.querySelector("select") as HTMLElement)).toBe(false);
    expect(point(host.plot)).toBe(true);
    expect(button("Scales").getAttribute("aria-expanded")).toBe("false");
  });

  it("keep the size of a millimetre in the browser, for all views", async () => {
    press("s");
    expect(host.state.scales.pxPerMm).toBe(CSS_MM);
    const slider = host.root.querySelector<HTMLInputElement>("input[type=range]");
    if (!slider) throw new Error("no slider");
    slider.value = "5";
    slider.dispatchEvent(new Event("input"));
    expect(measuredPxPerMm()).toBe(5);
    expect(host.state.scales.pxPerMm).toBe(5);
    button("Forget the size").click();
    expect(measuredPxPerMm()).toBeNull();
    expect(host.state.scales.pxPerMm).toBe(CSS_MM);
    keepPxPerMm(4000);
    expect(measuredPxPerMm()).toBeNull();
  });
});
