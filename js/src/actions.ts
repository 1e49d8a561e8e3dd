/** The buttons below a panel: copy as Python, insert below, add to the recording, save. */

import { type KeepingModel, keepParent } from "./kept.ts";
import { copyText } from "./page/clipboard.ts";
import { addElement } from "./page/element.ts";
import { sendIfAlive } from "./sending.ts";
import { countView } from "./viewcount.ts";

/** The part of the model that is used here. */
export interface ActionsModel extends KeepingModel {
  // biome-ignore lint/suspicious/noExplicitAny: traits are checked where they are read
  get(name: string): any;
  send(content: unknown): void;
}

/** What JupyterLab offers to a page, where it is started so that pages may use it. */
interface Lab {
  commands: { execute(id: string, args?: unknown): Promise<unknown> };
  shell: {
    currentWidget: {
      content?: { activeCell?: { model?: { sharedModel?: { setSource(s: string): void } } } };
    } | null;
  };
}

/** Names of the formats that a result can be saved as. */
const FORMATS: Record<string, string> = {
  csv: "table (CSV)",
  parquet: "table (Parquet)",
  json: "table and recipe (JSON)",
  png: "picture (PNG)",
  svg: "picture (SVG)",
  html: "interactive figure (HTML)",
  "report.pdf": "report (PDF)",
  "report.html": "report (HTML)",
};

const TRAITS = ["code", "formats", "addable"];

/** JupyterLab, where it lets pages use it. */
export function lab(): Lab | null {
  return (globalThis as { jupyterapp?: Lab }).jupyterapp ?? null;
}

/** Puts code into a new cell below the active one; returns whether the host allowed it. */
export async function insertBelow(code: string): Promise<boolean> {
  const host = lab();
  if (!host) return false;
  await host.commands.execute("notebook:insert-cell-below");
  const model = host.shell.currentWidget?.content?.activeCell?.model?.sharedModel;
  model?.setSource(code);
  return model !== undefined;
}

function render({ model, el }: { model: ActionsModel; el: HTMLElement }): () => void {
  const root = document.createElement("div");
  root.className = "vital-actions";
  const row = addElement(root, "div", "vital-actions-row");
  const told = addElement(root, "div", "vital-actions-told");
  told.setAttribute("role", "status");
  const shown = addElement(root, "pre", "vital-actions-code");
  shown.hidden = true;
  shown.tabIndex = 0;

  const button = (text: string, tip: string, act: () => void): HTMLButtonElement => {
    const made = addElement(row, "button", "vital-actions-button");
    made.type = "button";
    made.textContent = text;
    made.title = tip;
    made.addEventListener("click", act);
    return made;
  };
  const code = (): string => String(model.get("code") ?? "");
  const tell = (text: string): void => {
    told.textContent = text;
  };
  const show = (): void => {
    shown.textContent = code();
    shown.hidden = !shown.hidden;
    view.setAttribute("aria-expanded", String(!shown.hidden));
    view.textContent = shown.hidden ? "Show code" : "Hide code";
  };

  button("Copy as Python", "Copy the code that computes this result", async () => {
    if (await copyText(code())) tell("the code was copied");
    else {
      if (shown.hidden) show();
      getSelection()?.selectAllChildren(shown);
      tell("the browser does not let this page copy; the code is selected: press Ctrl+C");
    }
  });
  const insert = button("Insert below", "Put this code into a new cell below", async () => {
    tell((await insertBelow(code())) ? "the code is in a new cell" : "this page cannot add cells");
  });
  const view = button("Show code", "Show the code that computes this result", show);
  view.setAttribute("aria-expanded", "false");
  const add = button("Add to recording", "Keep the result with the recording", () =>
    sendIfAlive(model, { kind: "act", action: "add", argument: "" }),
  );
  const save = addElement(row, "select", "vital-actions-save");
  save.setAttribute("aria-label", "Save the result");
  const chosen = (): void => {
    const form = save.value;
    save.value = "";
    if (form) {
      tell("saving …");
      sendIfAlive(model, { kind: "act", action: "save", argument: `${model.get("stem")}.${form}` });
    }
  };
  save.addEventListener("change", chosen);

  let offered = "";
  const update = (): void => {
    const formats: string[] = model.get("formats") ?? [];
    if (formats.join() !== offered) {
      offered = formats.join();
      save.replaceChildren();
      for (const [value, text] of [["", "Save …"], ...formats.map((f) => [f, FORMATS[f] ?? f])]) {
        const option = document.createElement("option");
        option.value = value ?? "";
        option.textContent = text ?? "";
        save.append(option);
      }
    }
    save.hidden = formats.length === 0;
    add.hidden = !model.get("addable");
    insert.hidden = lab() === null;
    shown.textContent = code();
  };
  const answer = (): void => {
    const message = String(model.get("told") ?? "");
    if (message) tell(message);
  };
  update();
  answer();
  for (const trait of TRAITS) model.on(`change:${trait}`, update);
  model.on("change:told", answer);
  el.append(root);
  /** Keeps plain keys from JupyterLab, where "1" or "R" makes a text of the cell, "D D" deletes it. */
  const hold = (event: KeyboardEvent): void => {
    if (event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(".vital-panel, .vital-workbench")?.contains(root)) event.stopPropagation();
  };
  /** Says why a field for several of a list keeps what was entered: ipywidgets is silent. */
  const refuse = ({ target: field }: Event): void => {
    if (!(field instanceof HTMLInputElement) || !field.list) return;
    if (field.closest(".vital-panel") !== root.closest(".vital-panel")) return;
    const known = [...field.list.options].map((one) => one.value);
    const entered = field.value.trim();
    if (!entered || known.length === 0) return;
    if (!known.includes(entered))
      tell(`'${entered}' cannot be chosen; available: ${known.map((k) => `'${k}'`).join(", ")}`);
  };
  // JupyterLab listens on the document, so this comes before.
  document.body.addEventListener("keydown", hold);
  document.addEventListener("change", refuse, true);
  /** A click on a row with a time in a table of this panel. */
  const follow = (event: Event): void => {
    const at = event.composedPath()[0];
    const line = at instanceof Element ? at.closest<HTMLElement>("[data-vital-time]") : null;
    if (!line || line.closest(".vital-panel") !== root.closest(".vital-panel")) return;
    if (getSelection()?.isCollapsed === false) return; // a text is selected to be copied
    const argument = line.getAttribute("data-vital-time") ?? "";
    sendIfAlive(model, { kind: "act", action: "show time", argument });
  };
  document.addEventListener("click", follow);
  const closed = countView(model);
  const forget = keepParent(model);
  return () => {
    closed();
    document.removeEventListener("click", follow);
    document.body.removeEventListener("keydown", hold);
    document.removeEventListener("change", refuse, true);
    forget();
    for (const trait of TRAITS) model.off(`change:${trait}`, update);
    model.off("change:told", answer);
    root.remove();
  };
}

export default { render };
