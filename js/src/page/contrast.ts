/** Whether the user wants more contrast, and colours of the system that replace those of the page. */
const MORE = "(prefers-contrast: more)";
const FORCED = "(forced-colors: active)";

const matches = (query: string): boolean => window.matchMedia?.(query).matches ?? false;

export function moreContrast(): boolean {
  return matches(MORE) || matches(FORCED);
}

/** Calls back when this changes. */
export function watchContrast(changed: () => void, signal: AbortSignal): void {
  for (const query of [MORE, FORCED]) {
    window.matchMedia?.(query).addEventListener("change", changed, { signal });
  }
}
