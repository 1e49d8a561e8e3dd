import { beforeEach, describe, expect, it } from "vitest";
import { Marker } from "../../src/controls/marker.ts";
import type { EditOutcome, Legend, MarkEdit } from "../../src/data/types.ts";
import type { ViewHost } from "../../src/plot/feature.ts";
import { currentEpoch } from "../../src/plot/markselection.ts";
import { ViewState } from "../../src/state/viewstate.ts";
import { describe8, emptySource, idleSession, markSet } from "../fixtures.ts";

const legend: Legend = {
  layers: [],
  notes: [],
  reader: "anna",
  blind: false,
  revision: 1,
  undo: 0,
  redo: 0,
};

let state: ViewState;
let marker: Marker;
let said: string[];
let refusal: string;
let controller: AbortController;
let answer: (outcome: EditOutcome) => void;
const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

beforeEach(() => {
  state = new ViewState(describe8(300, 100, 2));
  state.setTime({ epochLength: 30 });
  state.setWindow(0, 30);
  state.marking.set({ task: "sleep" });
  said = [];
  refusal = "";
  controller = new AbortController();
  const marks = {
    refusal: () => refusal,
    edit: (_: MarkEdit) => ({
      ids: [],
      done: new Promise<EditOutcome>((resolve) => {
        answer = resolve;
      }),
    }),
    now: (id: number) => id,
    compare: () => Promise.reject(new Error("not here")),
  };
  const source = { ...emptySource, annotations: () => markSet(0, 300, []), legend: () => legend };
  const host = {
    state,
    session: idleSession(state, { source, marks }),
    signal: controller.signal,
    say: () => {},
    layout: () => ({ plotWidth: 600 }),
  };
  marker = new Marker(host as unknown as ViewHost);
  marker.say = (text) => said.push(text);
});

describe("a score that is refused", () => {
  it("leaves the epoch where marks cannot be changed", async () => {
    refusal = "Marks cannot be changed.";
    await marker.scoreNext("W");
    expect(currentEpoch(state)).toBe(1);
    expect(state.t0).toBe(0);
    expect(said).toContain(refusal);
  });

  it("leads back to the epoch when the kernel has refused it", async () => {
    const scored = marker.scoreNext("W");
    expect(currentEpoch(state)).toBe(2);
    await settle();
    answer({ error: "the disk is full", ids: [] });
    await scored;
    expect(currentEpoch(state)).toBe(1);
    expect(said).toContain("the disk is full");
  });

  it("moves nobody who has gone elsewhere, and no view that is closed", async () => {
    const first = marker.scoreNext("W");
    marker.goToEpoch(7);
    await settle();
    answer({ error: "the disk is full", ids: [] });
    await first;
    expect(currentEpoch(state)).toBe(7);

    const second = marker.scoreNext("W");
    controller.abort();
    await settle();
    answer({ error: "the disk is full", ids: [] });
    await second;
    expect(currentEpoch(state)).toBe(8);
  });
});

it("an accepted score goes to the next epoch", async () => {
  const scored = marker.scoreNext("W");
  await settle();
  answer({ error: "", ids: [1] });
  await scored;
  expect(currentEpoch(state)).toBe(2);
});
