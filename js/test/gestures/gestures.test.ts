import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyName, laneCommands, press, windowCommands } from "../../src/gestures/commands.ts";
import { gripAt, listenToOverview } from "../../src/gestures/overviewdrag.ts";
import { listenToPan } from "../../src/gestures/pan.ts";
import { selectDrag } from "../../src/gestures/select.ts";
import { listenToWheel } from "../../src/gestures/wheel.ts";
import { layoutOf } from "../../src/math/layout.ts";
import { pointer, type TestTarget, target } from "../fixtures.ts";

let area: HTMLElement;
let gutter: HTMLElement;
let view: TestTarget;
let controller: AbortController;

beforeEach(() => {
  area = document.createElement("div");
  gutter = document.createElement("div");
  view = target();
  view.state.setWindow(40, 50);
  controller = new AbortController();
});
afterEach(() => controller.abort());

const span = (): number => view.state.t1 - view.state.t0;

describe("over the lanes", () => {
  beforeEach(() => {
    view.claim = (event) => selectDrag(event, area, view);
    listenToPan(area, view, controller.signal);
  });

  it("a drag moves the window with the pointer, and holds it against others", () => {
    area.dispatchEvent(pointer("pointerdown", 500));
    expect(view.state.busy).toBe(true);
    for (const x of [450, 300]) area.dispatchEvent(pointer("pointermove", x));
    expect(view.state.t0).toBeCloseTo(42);
    expect(span()).toBeCloseTo(10);
    area.dispatchEvent(pointer("pointerup", 300));
    expect(view.state.busy).toBe(false);
  });

  it("a drag stops at the ends of the recording", () => {
    area.dispatchEvent(pointer("pointerdown", 0));
    area.dispatchEvent(pointer("pointermove", 9000));
    expect([view.state.t0, span()]).toEqual([0, 10]);
  });

  it("a drag with Shift selects, whichever way; a click with Shift clears", () => {
    area.dispatchEvent(pointer("pointerdown", 600, { shiftKey: true }));
    area.dispatchEvent(pointer("pointermove", 200, { shiftKey: true }));
    area.dispatchEvent(pointer("pointerup", 200, { shiftKey: true }));
    expect(view.state.selection?.map((t) => Number(t.toFixed(6)))).toEqual([42, 46]);
    expect(view.state.t0).toBe(40);
    area.dispatchEvent(pointer("pointerdown", 300, { shiftKey: true }));
    area.dispatchEvent(pointer("pointerup", 300, { shiftKey: true }));
    expect(view.state.selection).toBeNull();
  });

  it("a pinch keeps the times under both fingers", () => {
    const finger = (type: string, pointerId: number, x: number): boolean =>
      area.dispatchEvent(pointer(type, x, { pointerId, pointerType: "touch" }));
    finger("pointerdown", 1, 400);
    finger("pointerdown", 2, 600);
    finger("pointermove", 1, 200);
    finger("pointermove", 2, 800);
    expect(view.state.t0 + span() * 0.2).toBeCloseTo(44);
    expect(view.state.t0 + span() * 0.8).toBeCloseTo(46);
    finger("pointerup", 2, 800);
    finger("pointermove", 1, 260);
    expect(view.state.t0 + span() * 0.26).toBeCloseTo(44);
    finger("pointercancel", 1, 260);
    expect(view.state.busy).toBe(false);
  });

  it("a double click shows everything", () => {
    area.dispatchEvent(new MouseEvent("dblclick"));
    expect([view.state.t0, view.state.t1]).toEqual([0, 100]);
  });

  it("the crosshair follows the mouse and goes with it", () => {
    area.dispatchEvent(pointer("pointermove", 123));
    area.dispatchEvent(pointer("pointerleave", 123));
    expect(view.points).toEqual([123, null]);
  });

  it("lets go when the view is closed in the middle of a drag", () => {
    area.dispatchEvent(pointer("pointerdown", 500));
    controller.abort();
    expect(view.state.busy).toBe(false);
  });
});

describe("a finger that rests", () => {
  const log: string[] = [];
  const finger = (type: string, x: number, more: PointerEventInit = {}): unknown =>
    area.dispatchEvent(pointer(type, x, { pointerType: "touch", ...more }));
  beforeEach(() => {
    vi.useFakeTimers();
    log.length = 0;
    view.hold = () => {
      log.push("hold");
      return {
        move: () => log.push("move"),
        end: (_, moved) => log.push(moved ? "end" : "lift"),
        cancel: () => log.push("cancel"),
      };
    };
    listenToPan(area, view, controller.signal);
  });
  afterEach(() => vi.useRealTimers());

  it("starts another gesture, which moves on or is lifted, and trembles", () => {
    finger("pointerdown", 400);
    finger("pointermove", 404, { clientY: 3 });
    vi.runAllTimers();
    finger("pointermove", 500);
    finger("pointerup", 500);
    finger("pointerdown", 400);
    vi.runAllTimers();
    finger("pointerup", 400);
    expect(log).toEqual(["hold", "move", "end", "hold", "lift"]);
    expect(view.state.t0).toBe(40);
  });

  it("is no click when it is lifted", () => {
    const clicked = vi.fn();
    area.addEventListener("click", clicked);
    const click = (): unknown => area.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    finger("pointerdown", 400);
    vi.runAllTimers();
    finger("pointerup", 400);
    click();
    expect(clicked).not.toHaveBeenCalled();
    finger("pointerdown", 400);
    finger("pointerup", 400);
    click();
    expect(clicked).toHaveBeenCalledOnce();
  });

  it("does not if it has moved, is lifted, is joined by another, or is a mouse", () => {
    finger("pointerdown", 400);
    finger("pointermove", 400, { clientY: 20 });
    vi.runAllTimers();
    finger("pointerup", 400);
    finger("pointerdown", 400);
    finger("pointerup", 400);
    vi.runAllTimers();
    finger("pointerdown", 400);
    finger("pointerdown", 600, { pointerId: 2 });
    vi.runAllTimers();
    finger("pointerup", 600, { pointerId: 2 });
    finger("pointerup", 400);
    area.dispatchEvent(pointer("pointerdown", 400));
    vi.runAllTimers();
    area.dispatchEvent(pointer("pointerup", 400));
    expect(log).toEqual([]);
  });

  it("is cancelled by a second finger, and keeps the page and the menu away", () => {
    finger("pointerdown", 400);
    const free = new Event("touchmove", { cancelable: true });
    area.dispatchEvent(free);
    expect(free.defaultPrevented).toBe(false);
    vi.runAllTimers();
    for (const type of ["touchmove", "contextmenu"]) {
      const event = new Event(type, { cancelable: true });
      area.dispatchEvent(event);
      expect(event.defaultPrevented).toBe(true);
    }
    finger("pointerdown", 600, { pointerId: 2 });
    expect(log).toEqual(["hold", "cancel"]);
  });
});

describe("the wheel", () => {
  let scrolled = 0;
  let focused = true;
  beforeEach(() => {
    scrolled = 0;
    focused = true;
    const scrollBy = (pixels: number): boolean => {
      scrolled += pixels;
      return true;
    };
    const more = { laneAt: () => view.state.lanes[0] ?? null, scrollBy, focused: () => focused };
    listenToWheel(area, gutter, Object.assign(view, more), controller.signal);
  });
  // Made by hand: the DOM of these tests knows only the deltas of a WheelEvent.
  const wheel = (init: WheelEventInit, on = area): boolean => {
    const event = new Event("wheel", { cancelable: true, bubbles: true });
    return on.dispatchEvent(Object.assign(event, { deltaX: 0, deltaY: 0, deltaMode: 0 }, init));
  };

  it("zooms at the pointer and keeps the page still", () => {
    expect(wheel({ deltaY: -120, clientX: 250 })).toBe(false);
    expect(span()).toBeLessThan(10);
    expect(view.state.t0 + span() * 0.25).toBeCloseTo(42.5);
  });

  it("moves with Shift and sideways", () => {
    wheel({ deltaY: 100, shiftKey: true });
    expect(view.state.t0).toBeCloseTo(41);
    wheel({ deltaX: 100, deltaY: 3 });
    expect(view.state.t0).toBeCloseTo(42);
    expect(span()).toBeCloseTo(10);
  });

  it("never goes beyond a few samples or the recording", () => {
    for (let k = 0; k < 200; k++) wheel({ deltaY: -200, clientX: 500 });
    expect(span()).toBeCloseTo(0.04);
    for (let k = 0; k < 200; k++) wheel({ deltaY: 200, clientX: 500 });
    expect([view.state.t0, view.state.t1]).toEqual([0, 100]);
  });

  it("belongs to the page without focus, unless it is sideways or a key claims it", () => {
    focused = false;
    expect(wheel({ deltaY: -120, clientX: 250 })).toBe(true);
    expect(wheel({ deltaY: 30 }, gutter)).toBe(true);
    expect([view.state.t0, view.state.t1, scrolled]).toEqual([40, 50, 0]);
    expect(wheel({ deltaX: 100, deltaY: 3 })).toBe(false);
    expect(view.state.t0).toBeCloseTo(41);
    expect(wheel({ deltaY: 100, shiftKey: true })).toBe(false);
    expect(view.state.t0).toBeCloseTo(42);
    for (const key of ["ctrlKey", "metaKey"]) {
      const before = span();
      expect(wheel({ deltaY: -20, clientX: 500, [key]: true })).toBe(false);
      expect(span()).toBeLessThan(before);
    }
  });

  it("with Alt increases the amplitude of the lane", () => {
    wheel({ deltaY: -100, altKey: true });
    const lane = view.state.lanes[0];
    if (!lane) throw new Error("no lane");
    const scale = view.state.scaleOf(lane.signals[0]);
    expect(scale.auto).toBe(false);
    expect(scale.max - scale.min).toBeLessThan(2.4);
    expect(span()).toBe(10);
  });

  it("over the names changes the lane, or scrolls where not all lanes fit", () => {
    const lane = view.state.lanes[0];
    if (!lane) throw new Error("no lane");
    const limits = (): number[] => {
      const { min, max } = view.state.scaleOf(lane.signals[0]);
      return [min, max];
    };
    wheel({ deltaY: -100 }, gutter);
    const [min = 0, max = 0] = limits();
    expect(max - min).toBeCloseTo(2.4 * Math.exp(-0.2), 3);
    wheel({ deltaX: -100, shiftKey: true }, gutter);
    const [low = 0, high = 0] = limits();
    expect(high - low).toBeCloseTo(max - min, 3);
    expect(low - min).toBeCloseTo(-0.05 * (max - min), 3);
    Object.assign(view.box, layoutOf(1110, 420, Array(40).fill(1), 1, 0));
    wheel({ deltaY: 30 }, gutter);
    expect(scrolled).toBe(30);
    expect(limits()).toEqual([low, high]);
  });
});

describe("the overview", () => {
  beforeEach(() => {
    const frameOf = (): [number, number] => [
      view.state.t0 * 10,
      Math.max(4, (view.state.t1 - view.state.t0) * 10),
    ];
    listenToOverview(area, Object.assign(view, { frameOf }), controller.signal);
  });

  it.each([
    ["the middle moves the window", 450, 550, [50, 60]],
    ["the left edge resizes", 400, 300, [30, 50]],
    ["the right edge resizes", 500, 700, [40, 70]],
    ["elsewhere goes there", 800, 800, [75, 85]],
    ["no edge passes the other", 400, 900, [49.96, 50]],
  ])("%s", (_, from, to, expected) => {
    area.dispatchEvent(pointer("pointerdown", from));
    area.dispatchEvent(pointer("pointermove", to));
    area.dispatchEvent(pointer("pointerup", to));
    expect(view.state.t0).toBeCloseTo(expected[0] as number);
    expect(view.state.t1).toBeCloseTo(expected[1] as number);
  });

  it("a window too narrow for grips can still be moved", () => {
    expect(gripAt(102, 100, 4, false)).toBe("middle");
    expect(gripAt(96, 100, 4, false)).toBe("start");
    expect(gripAt(109, 100, 4, false)).toBe("end");
  });
});

describe("keys", () => {
  const key = (name: string, more: KeyboardEventInit = {}): boolean =>
    press(new KeyboardEvent("keydown", { key: name, ...more }), [
      ...windowCommands(view.state),
      ...laneCommands(view.state, () => {}),
    ]);

  it.each([
    ["ArrowRight", {}, 41, 51],
    ["ArrowLeft", {}, 39, 49],
    ["ArrowRight", { shiftKey: true }, 45, 55],
    ["PageDown", {}, 50, 60],
    ["PageUp", {}, 30, 40],
    ["Home", {}, 0, 10],
    ["End", {}, 90, 100],
    ["+", {}, 41.666667, 48.333333],
    ["=", {}, 41.666667, 48.333333],
    ["-", {}, 37.5, 52.5],
  ])("%s %o", (name, more, t0, t1) => {
    expect(key(name, more)).toBe(true);
    expect(view.state.t0).toBeCloseTo(t0);
    expect(view.state.t1).toBeCloseTo(t1);
  });

  it("leaves other keys and shortcuts alone", () => {
    expect(key("x")).toBe(false);
    expect(key("ArrowLeft", { ctrlKey: true })).toBe(false);
    expect(view.state.t0).toBe(40);
  });

  it("asks the next command if one does not apply", () => {
    const ran: string[] = [];
    const commands = [
      { keys: ["x", "X"], text: "", run: () => false },
      { keys: ["X"], text: "", run: () => ran.push("second") },
      { keys: ["X"], text: "", run: () => ran.push("third") },
    ];
    expect(press(new KeyboardEvent("keydown", { key: "x" }), commands)).toBe(true);
    expect(ran).toEqual(["second"]);
  });

  it.each([
    [{ key: "a" }, "A"],
    [{ key: "A", shiftKey: true }, "Shift+A"],
    [{ key: "?", shiftKey: true }, "?"],
    [{ key: "+" }, "+"],
    [{ key: "z", metaKey: true }, "Mod+Z"],
    [{ key: "Z", ctrlKey: true, shiftKey: true }, "Mod+Shift+Z"],
    [{ key: "ArrowLeft", shiftKey: true, altKey: true }, "Alt+Shift+ArrowLeft"],
    [{ key: " " }, "Space"],
  ])("%o is called %s", (init, name) => {
    expect(keyName(new KeyboardEvent("keydown", init))).toBe(name);
  });
});
