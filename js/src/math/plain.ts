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

/** A number above 0; null for any other value. */
export function asPositive(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : null;
}

/** The entries of a dictionary whose values are valid. */
export function asRecord<T>(
  value: unknown,
  valid: ((entry: unknown) => entry is T) | ((entry: unknown) => boolean),
): Record<string, T> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter(([, entry]) => valid(entry))) as Record<string, T>;
}
