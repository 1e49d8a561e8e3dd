/**
 * Keeps the picture of a viewer, a panel or a workbench in a notebook up to date: when the notebook
 * is saved, the output of the cell gets the picture of what was left, without being drawn again.
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
  metadata?: Record<string, unknown>;
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
  widget_manager?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  on(event: string, callback: (...args: any[]) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked where they are read
  off(event: string, callback: (...args: any[]) => void): void;
  send?(content: unknown): void;
  // biome-ignore lint/suspicious/noExplicitAny: traits are checked where they are read
  get?(name: string): any;
}

/** What the kernel answers. */
interface Kept {
  kind: "kept";
  model: string;
  picture: string;
  html: string | null;
  /** Width of the picture in CSS pixels, if the output may have been displayed without one. */
  width?: number;
}

/** Follows the changes that `changed` reports; returns a function that ends this. */
export function keepPicture(
  model: KeepingModel,
  changed: (callback: () => void) => () => void,
): () => void {
  const { context } = (model.widget_manager ?? {}) as { context?: NotebookContext };
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

/** Keeps the picture of a parent that Python draws: `turn` grows when there is something new. */
export function keepParent(model: KeepingModel): () => void {
  return keepPicture(model, (callback) => {
    model.on("change:turn", callback);
    if (Number(model.get?.("turn")) > 0) callback(); // changed before this view was made
    return () => model.off("change:turn", callback);
  });
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
  const fresh: Output = { ...output, data: { ...output.data, "image/png": kept.picture } };
  if (kept.width) {
    fresh.metadata = { ...output.metadata, "image/png": { width: kept.width } };
  }
  const replaced: Output[] = [fresh];
  if (kept.html !== null && String(next?.data?.["text/html"] ?? "").includes(WAITING)) {
    replaced.push({ ...next, data: { ...next?.data, "text/html": kept.html } });
  }
  // With this origin JupyterLab does not draw the output again.
  cell.updateOutputs(at, at + replaced.length, replaced, "silent-change");
  return true;
}
