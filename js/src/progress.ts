/** View of a background task: progress, message, and a button to cancel it. */

import type { TaskState } from "./data/protocol.ts";
import { durationText } from "./math/amounts.ts";
import { Announcer } from "./page/announcer.ts";
import { addElement } from "./page/element.ts";
import { liesOnDark, watchSurroundings } from "./page/surroundings.ts";
import { sendIfAlive } from "./sending.ts";
import { countView } from "./viewcount.ts";

/** The part of the task's model that is used here. */
export interface TaskModel {
  // biome-ignore lint/suspicious/noExplicitAny: traits are checked where they are read
  get(name: string): any;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
  send(content: unknown): void;
}

export const TASK_TRAITS = [
  "title",
  "state",
  "progress",
  "message",
  "elapsed",
  "remaining",
  "error",
  "error_traceback",
];

const NAMES: Record<TaskState, string> = {
  pending: "waiting",
  running: "running",
  done: "done",
  cancelled: "cancelled",
  failed: "failed",
};

function render({ model, el }: { model: TaskModel; el: HTMLElement }): () => void {
  const root = document.createElement("div");
  root.className = "vital-progress";
  const head = addElement(root, "div", "vital-progress-head");
  const title = addElement(head, "span", "vital-progress-title");
  const percent = addElement(head, "span", "vital-progress-percent");
  const cancel = addElement(head, "button", "vital-progress-cancel");
  cancel.type = "button";
  cancel.textContent = "Cancel";
  const track = addElement(root, "div", "vital-progress-track");
  track.setAttribute("role", "progressbar");
  track.setAttribute("aria-valuemin", "0");
  track.setAttribute("aria-valuemax", "100");
  const bar = addElement(track, "div", "vital-progress-bar");
  const message = addElement(root, "div", "vital-progress-message");
  const time = addElement(root, "div", "vital-progress-time");
  const failure = addElement(root, "div", "vital-progress-error");
  failure.setAttribute("role", "alert");
  const text = addElement(failure, "div", "vital-progress-error-text");
  const details = addElement(failure, "details", "vital-progress-details");
  addElement(details, "summary", "").textContent = "Traceback";
  const traceback = addElement(details, "pre", "vital-progress-traceback");

  const ended = new AbortController();
  const announcer = new Announcer(root, ended.signal);
  let told: TaskState | null = null;
  let asked = false;
  const update = (): void => {
    const state: TaskState = model.get("state") in NAMES ? model.get("state") : "pending";
    const share = Math.min(Math.max(Number(model.get("progress")) || 0, 0), 1);
    const active = state === "pending" || state === "running";
    if (!active) asked = false; // another task may follow
    const name = String(model.get("title") || "Task");
    root.setAttribute("data-state", state);
    title.textContent = name;
    // Only a finished task shows 100 %.
    const shown = state === "done" ? 100 : Math.min(Math.floor(share * 100), 99);
    percent.textContent = state === "running" ? `${shown} %` : NAMES[state];
    bar.style.width = `${state === "done" ? 100 : share * 100}%`;
    track.setAttribute("aria-label", name);
    track.setAttribute("aria-valuenow", String(shown));
    track.setAttribute("aria-valuetext", `${shown} %, ${NAMES[state]}`);
    const error = String(model.get("error") ?? "");
    const note = String(model.get("message") ?? "");
    const old = state === "done" || (state === "failed" && note === error);
    message.textContent = old ? "" : note;
    time.textContent = times(state, model.get("elapsed"), model.get("remaining"));
    cancel.hidden = !active;
    cancel.disabled = asked;
    cancel.textContent = asked ? "Cancelling …" : "Cancel";
    cancel.setAttribute("aria-label", `Cancel ${name}`);
    const trace = String(model.get("error_traceback") ?? "");
    failure.hidden = state !== "failed";
    text.textContent = error || "The task failed without an error message.";
    details.hidden = trace === "";
    traceback.textContent = trace;
    // Each state once and not each percent; the text of an error is told by its element.
    if (told !== null && told !== state && state !== "failed") {
      announcer.say(`${name}: ${NAMES[state]}`);
    }
    told = state;
  };
  const ask = (): void => {
    asked = true;
    sendIfAlive(model, { kind: "cancel" });
    update();
  };
  update();
  cancel.addEventListener("click", ask);
  for (const trait of TASK_TRAITS) model.on(`change:${trait}`, update);
  el.append(root);
  const suit = (): void => {
    root.style.colorScheme = liesOnDark(root) ? "dark" : "light";
  };
  watchSurroundings(root, suit, ended.signal);
  suit();
  const closed = countView(model);
  return () => {
    ended.abort();
    closed();
    cancel.removeEventListener("click", ask);
    for (const trait of TASK_TRAITS) model.off(`change:${trait}`, update);
    root.remove();
  };
}

function times(state: TaskState, elapsed: unknown, remaining: unknown): string {
  if (state === "pending" || typeof elapsed !== "number") return "";
  if (state !== "running") return `took ${durationText(elapsed)}`;
  const so = `${durationText(elapsed)} so far`;
  return typeof remaining === "number" ? `${so}, about ${durationText(remaining)} left` : so;
}

export default { render };
