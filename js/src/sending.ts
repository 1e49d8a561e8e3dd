/** Messages that nobody needs to receive. */

/** Sends a message; does nothing if the kernel was stopped or restarted in the meantime. */
export function sendIfAlive(
  model: { send?(content: unknown): void } | null,
  content: unknown,
): void {
  try {
    model?.send?.(content);
  } catch {
    // The comm is closed: Jupyter throws "Cannot send".
  }
}
