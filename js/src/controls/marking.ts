/** Marking by hand: the keys, the row of controls, the card of the selected marks. */
import type { Command } from "../gestures/commands.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import { currentEpoch } from "../plot/markselection.ts";
import { momentary } from "../state/marktasks.ts";
import { MarkBar } from "./markbar.ts";
import { MarkCard } from "./markcard.ts";
import { MarkDrags } from "./markdrags.ts";
import { Marker, type ShownMark } from "./marker.ts";
import { ReaderPanel } from "./markreaders.ts";
import { DISAGREEMENTS, MarkWalk } from "./markwalk.ts";

/** Keys that a task may use; capital letters and small ones are the same key. */
const TASK_KEYS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/"];

/** Seconds on both sides of beats that are marked as noise. */
const AROUND = 0.05;

export function marking(host: ViewHost): Feature {
  const { state, signal } = host;
  const { marking } = state;
  const marker = new Marker(host);
  const drags = new MarkDrags(host, marker);
  const walk = new MarkWalk(host, marker);
  const card = new MarkCard(host, marker);
  let panel: ReaderPanel | null = null;
  let last: string | null = null;

  // A page without a kernel may contain a view in which something was being marked.
  if (!host.session.marks) marking.set({ task: null });

  const usual = (): string => {
    const kinds = new Set(state.description.channels.map(({ kind }) => kind));
    return kinds.has("EEG") ? "sleep" : kinds.has("ECG") ? "beats" : "artefacts";
  };
  const toggle = (): void => {
    const refused = marker.refusal();
    marker.say(refused);
    const ends = marking.task !== null || refused !== "";
    marking.set({ task: ends ? null : (last ?? usual()) });
  };
  const openReaders = (open: boolean): void => {
    panel ??= new ReaderPanel(host, marker, walk, () => openReaders(false));
    panel.element.hidden = !open;
    bar.readers.setAttribute("aria-expanded", String(open));
    panel.show();
    if (open) panel.focus();
    else host.focus();
  };
  const isOpen = (): boolean => panel !== null && !panel.element.hidden;
  const leave = (): boolean => {
    if (isOpen()) openReaders(false);
    else if (card.message !== "") card.say("");
    else if (marking.selected.size > 0) marking.select([]);
    else if (marking.task) marking.set({ task: null });
    else return false;
    return true;
  };

  /** A key marks; a button chooses what the next mark says. */
  const choose = (text: string, marks: boolean): void => {
    marking.choose(text);
    const selected = marker.selected();
    if (lasts(text)) markStretch(text, selected);
    else if (selected.length > 0) void marker.change(selected, () => ({ text }));
    else if (marking.task?.epochs) void marker.scoreNext(text);
    else if (marks) mark(text);
  };
  const mark = (text: string): void => {
    const { selection } = state;
    const place = drags.place();
    if (!place && !selection) {
      marker.say("Point at a place, or press K for a cursor, and then the key of the mark.");
      return;
    }
    const channel = drags.channelOf(place?.lane ?? null, false);
    const [onset, end] = selection ?? [place?.t ?? 0, place?.t ?? 0];
    const made = { onset, duration: end - onset, text, channel };
    void marker.create([place?.near && !selection ? { ...made, near: place.near } : made]);
    if (selection) state.setSelection(null);
  };
  const lasts = (text: string): boolean =>
    marking.task?.moments === true && !momentary(marking.task, text);
  /** Among moments, a stretch is marked over the selected time or marks, or by the next drag. */
  const markStretch = (text: string, selected: readonly ShownMark[]): void => {
    const times = selected.map(({ onset }) => onset);
    const around: [number, number] = [Math.min(...times) - AROUND, Math.max(...times) + AROUND];
    const range = times.length > 0 ? around : state.selection;
    if (!range) {
      marker.say(`Drag over what is ${text}.`);
      return;
    }
    const [onset, end] = [Math.max(0, range[0]), Math.min(range[1], state.duration)];
    marking.select([]);
    if (state.selection) state.setSelection(null);
    void marker.create([{ onset, duration: end - onset, text, channel: -1 }]);
  };
  const press = (key: string) => (): boolean => {
    const kind = marking.task?.kinds.find((one) => one.key === key);
    if (!kind) return false;
    choose(kind.text, true);
    return true;
  };

  const bar = new MarkBar(host, marker, {
    toggle,
    leave: () => marking.set({ task: null }),
    press: (text) => choose(text, false),
    undo: (redo) => void marker.undo(redo),
    readers: () => openReaders(!isOpen()),
  });
  const show = (): void => {
    bar.show();
    card.show();
    panel?.show();
    host.root.classList.toggle("vv-marks", marking.task !== null);
    const { task } = marking;
    // A button of a panel has begun it: the next keys mark.
    const begun = task !== null && !host.root.hasAttribute("data-marking");
    if (begun && document.activeElement?.closest(".vital-panel")) host.focus();
    if (task) host.root.setAttribute("data-marking", task.name);
    else host.root.removeAttribute("data-marking");
    const epoch = currentEpoch(state);
    if (epoch !== null) host.root.setAttribute("data-current-epoch", String(epoch));
    else host.root.removeAttribute("data-current-epoch");
    host.root.setAttribute("data-selected", String(marking.selected.size));
  };
  const off = host.session.onData(show);
  signal.addEventListener("abort", off, { once: true });
  const outside = (event: PointerEvent): void => {
    const inside = panel?.element.contains(event.target as Node);
    if (isOpen() && !inside && !bar.readers.contains(event.target as Node)) openReaders(false);
  };
  host.root.addEventListener("pointerdown", outside, { signal });

  const whileSelected = (run: () => unknown) => (): unknown =>
    marking.selected.size > 0 && run() !== false;
  const step = (): number => {
    const [lane] = host.drawn();
    const pixel = (state.t1 - state.t0) / host.layout().plotWidth;
    return Math.max(lane ? 1 / lane.channel.fs : 0, pixel);
  };
  const shift = (by: number, edge: "end" | null): (() => unknown) =>
    whileSelected(() => drags.shift(marking.selected, by * step(), edge));
  const toEpoch = (by: number) => (): boolean => {
    const epoch = currentEpoch(state);
    if (epoch === null || host.cursor) return false;
    marker.goToEpoch(epoch + by);
    return true;
  };
  const moved = "move the selected marks; with Shift their ends";
  const walked = "next, previous disagreement of readers";
  const commands: Command[] = [
    ...TASK_KEYS.map((key) => ({ keys: [key], text: "", run: press(key) })),
    { keys: ["Escape"], text: "", run: leave },
    {
      keys: ["D"],
      text: "mark on, off; the keys of the task are in the row above the lanes",
      topic: "marks",
      run: toggle,
    },
    {
      keys: ["Delete", "Backspace"],
      text: "delete the selected marks",
      topic: "marks",
      run: whileSelected(() => marker.delete(marker.selected())),
    },
    {
      keys: ["Enter"],
      text: "change what the selected marks say",
      topic: "marks",
      run: whileSelected(() => card.focus()),
    },
    { keys: ["Mod+Z"], text: "undo, redo", topic: "marks", run: () => void marker.undo(false) },
    {
      keys: ["Mod+Shift+Z", "Mod+Y"],
      text: "undo, redo",
      topic: "marks",
      run: () => void marker.undo(true),
    },
    { keys: ["Alt+ArrowLeft"], text: moved, topic: "marks", run: shift(-1, null) },
    { keys: ["Alt+ArrowRight"], text: moved, topic: "marks", run: shift(1, null) },
    { keys: ["Alt+Shift+ArrowLeft"], text: "", run: shift(-1, "end") },
    { keys: ["Alt+Shift+ArrowRight"], text: "", run: shift(1, "end") },
    {
      keys: ["J"],
      text: "select the next, the previous mark of my layer",
      topic: "marks",
      run: () => void walk.step(marker.layer().name, true),
    },
    {
      keys: ["Shift+J"],
      text: "select the next, the previous mark of my layer",
      topic: "marks",
      run: () => void walk.step(marker.layer().name, false),
    },
    { keys: ["I"], text: walked, topic: "marks", run: () => void walk.step(DISAGREEMENTS, true) },
    {
      keys: ["Shift+I"],
      text: walked,
      topic: "marks",
      run: () => void walk.step(DISAGREEMENTS, false),
    },
    { keys: ["ArrowLeft"], text: "", run: toEpoch(-1) },
    { keys: ["ArrowRight"], text: "", run: toEpoch(1) },
  ];
  show();
  return {
    commands,
    claim: (event) => drags.claim(event),
    hold: (event) => drags.hold(event),
    changed(change) {
      if (change === "marking") {
        const name = marking.task?.name ?? null;
        // What the task sets is a choice of this view: it is told to Python, also if the task came from there.
        if (name !== null && name !== last) queueMicrotask(() => marker.prepare());
        last = name ?? last;
      }
      if (change === "marking" || change === "window" || change === "time") show();
    },
  };
}
