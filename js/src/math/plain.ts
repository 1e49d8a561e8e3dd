/** Checks of plain values that come from Python or from a saved notebook. */

/** Returns `[t0, t1]`, or null for any other value. */
export function asRange(value: unknown): [number, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [a, b] = value.map(Number) as [number, number];
  return Number.isFinite(a) && Number.isFinite(b) ? [a, b] : null;
}

/** Names of channels; null (all channels) if the value is not a list. */
export function asNames(value: unknown): string[] | null {
  return Array.isArray(value) ? value.map(String) : null;
}
