import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Announcer } from "../../src/page/announcer.ts";
import { News } from "../../src/plot/news.ts";

let parent: HTMLElement;
let controller: AbortController;
let announcer: Announcer;
const heard = (live: string, root = parent): string =>
  root.querySelector(`[aria-live="${live}"]`)?.textContent ?? "";
const polite = (root = parent): string => heard("polite", root).trim();

beforeEach(() => {
  vi.useFakeTimers();
  parent = document.createElement("div");
  controller = new AbortController();
  announcer = new Announcer(parent, controller.signal);
});
afterEach(() => {
  controller.abort();
  vi.useRealTimers();
});

describe("an announcer", () => {
  it("speaks the first and the last of many texts, and the same text again", () => {
    for (const text of ["a", "b", "c"]) announcer.say(text);
    expect(polite()).toBe("a");
    vi.runAllTimers();
    expect(polite()).toBe("c");
    const before = heard("polite");
    announcer.say("c");
    vi.runAllTimers();
    expect(polite()).toBe("c");
    expect(heard("polite")).not.toBe(before);
  });

  it("says errors at once, and nothing after its end", () => {
    announcer.say("a");
    announcer.say("b");
    announcer.alert("broken");
    expect(heard("assertive").trim()).toBe("broken");
    controller.abort();
    vi.runAllTimers();
    expect(polite()).toBe("a");
  });
});

describe("news", () => {
  it("are told once by all views of a session, and again when they come back", () => {
    const session = {};
    const other = document.createElement("div");
    const views = [
      new News(session, announcer),
      new News(session, new Announcer(other, controller.signal)),
    ];
    const all = (text: string): void => {
      for (const view of views) view.notice("error", text);
    };
    all("the file has changed");
    expect(heard("assertive").trim()).toBe("the file has changed");
    expect(heard("assertive", other)).toBe("");
    all("");
    const before = heard("assertive");
    all("the file has changed");
    expect(heard("assertive")).not.toBe(before);
    expect(heard("assertive", other)).toBe("");
  });

  it("of background work are its start and its end", () => {
    const news = new News({}, announcer);
    const texts: string[] = [];
    const work = (share: number | null): void => {
      const doing = "building overview";
      news.work(share === null ? null : { doing, active: true });
      vi.runAllTimers();
      if (texts.at(-1) !== heard("polite")) texts.push(heard("polite"));
    };
    for (const share of [0, 0.2, 0.4, 0.9, null, null]) work(share);
    expect(texts.map((text) => text.trim())).toEqual([
      "building overview",
      "building overview: done",
    ]);
  });
});
