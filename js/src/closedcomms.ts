/**
 * Frees what closed comms keep in the page.
 *
 * JupyterLab (4.4 to 4.6) connects each comm to the status of its kernel and never disconnects it: a
 * closed comm exists as long as the connection to the kernel. Its handlers belong to the model of
 * the widget, so all traits, views and elements of every closed widget would exist as long too.
 * After `freeClosedComms`, a comm that was closed has no handlers.
 */

/** The part of a comm of JupyterLab that is used here. */
interface Comm {
  dispose(): void;
  onClose: unknown;
  onMsg: unknown;
}

/** The comm of ipywidgets' models, which contains that of JupyterLab; other hosts have others. */
type CommModel = { comm?: { jsServicesComm?: Comm } };

const page = globalThis as { vitalComms?: WeakSet<object> };

/** Lets all comms of the kind that a model has forget their handlers when they are closed. */
export function freeClosedComms(model: unknown): void {
  const comm = (model as CommModel).comm?.jsServicesComm;
  const kind: Comm | null = comm ? Object.getPrototypeOf(comm) : null;
  page.vitalComms ??= new WeakSet();
  if (!kind || typeof kind.dispose !== "function" || page.vitalComms.has(kind)) return;
  page.vitalComms.add(kind);
  const dispose = kind.dispose;
  kind.dispose = function (this: Comm): void {
    dispose.call(this);
    this.onClose = undefined;
    this.onMsg = undefined;
  };
}
