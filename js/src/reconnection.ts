/** Finds out that the connection to the kernel is back after it was lost. */

/** The parts of JupyterLab's kernel connection that are used here; other hosts have none. */
type Signal = {
  connect(slot: (sender: unknown, status: unknown) => void): unknown;
  disconnect(slot: (sender: unknown, status: unknown) => void): unknown;
};

function signalOf(manager: unknown): Signal | null {
  const { kernel } = (manager ?? {}) as { kernel?: { connectionStatusChanged?: Signal } | null };
  return kernel?.connectionStatusChanged ?? null;
}

/** Calls back when the network or the kernel's connection is back; returns a function to end. */
export function watchReconnection(manager: unknown, resumed: () => void): () => void {
  let lost = false;
  const changed = (_: unknown, status: unknown): void => {
    if (status === "connected" && lost) resumed();
    lost = status !== "connected";
  };
  const signal = signalOf(manager);
  signal?.connect(changed);
  window.addEventListener("online", resumed);
  return () => {
    signal?.disconnect(changed);
    window.removeEventListener("online", resumed);
  };
}
