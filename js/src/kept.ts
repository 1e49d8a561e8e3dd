/**
 * Keeps the picture of a viewer in a notebook up to date: when the notebook is saved, the output of
 * the cell gets the picture of the window that was left, without being drawn again.
 *
 * This uses what the widget manager of JupyterLab and Notebook knows of its notebook. In other
 * hosts the picture stays the one of the moment when the viewer was displayed.
 */
import { sendIfAlive } from "./sending.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";
const WAITING = 'data-vital-embedded="waiting"';
/** The kernel is asked for a picture when the view has not changed for this time (ms). */
const REST = 1500;

interface Output {
  data?: Record<string, unknown>;
}

interface SharedCell {
  getOutputs?(): Output[];
  updateOutputs?(start: number, end: number, outputs: Output[], origin: string): void;
}

/** The part of JupyterLab's document context that is used here. */
interface NotebookContext {
  saveState?: {
    connect(slot: (sender: unknown, state: string) => void): void;
    disconnect(slot: (sender: unknown, state: string) => void): void;
  };
  model?: { cells?: Iterable<{ sharedModel?: SharedCell }> };
}

export interface KeepingModel {
  widget_manager: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  off(event: string, callback: (...args: any[]) => void): void;
  send?(content: unknown): void;
}

/** What the kernel answers. */
interface Kept {
  kind: "kept";
  model: string;
  picture: string;
  html: string | null;
}

/** Follows the changes that `changed` reports; returns a function that ends this. */
export function keepPicture(
  model: KeepingModel,
  changed: (callback: () => void) => () => void,
): () => void {
  const { context } = model.widget_manager as { context?: NotebookContext };
  const saving = context?.saveState;
  if (!context || !saving?.connect) return () => {};
  let kept: Kept | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const receive = (content: Kept): void => {
    if (content?.kind === "kept") kept = content;
  };
  const save = (_: unknown, state: string): void => {
    if (state !== "started" || !kept) return;
    for (const { sharedModel } of context.model?.cells ?? []) {
      if (sharedModel && put(sharedModel, kept)) return;
    }
  };
  const off = changed(() => {
    clearTimeout(timer);
    timer = setTimeout(() => sendIfAlive(model, { kind: "keep" }), REST);
  });
  model.on("msg:custom", receive);
  saving.connect(save);
  return () => {
    clearTimeout(timer);
    off();
    model.off("msg:custom", receive);
    saving.disconnect(save);
  };
}

/** Puts a picture into the output of its cell; returns whether it is in this cell. */
function put(cell: SharedCell, kept: Kept): boolean {
  const outputs = cell.getOutputs?.() ?? [];
  const isOurs = ({ data }: Output): boolean =>
    (data?.[VIEW] as { model_id?: string } | undefined)?.model_id === kept.model;
  const at = outputs.findIndex(isOurs);
  const output = outputs[at];
  if (!output || !cell.updateOutputs) return false;
  const next = outputs[at + 1];
  const replaced: Output[] = [{ ...output, data: { ...output.data, "image/png": kept.picture } }];
  if (kept.html !== null && String(next?.data?.["text/html"] ?? "").includes(WAITING)) {
    replaced.push({ ...next, data: { ...next?.data, "text/html": kept.html } });
  }
  // With this origin JupyterLab does not draw the output again.
  cell.updateOutputs(at, at + replaced.length, replaced, "silent-change");
  return true;
}
