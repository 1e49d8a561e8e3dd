/** Calls back when the device pixel ratio changes: another screen, another zoom of the page. */
export function watchPixelRatio(changed: () => void, signal: AbortSignal): void {
  if (!window.matchMedia) return;
  let query: MediaQueryList | null = null;
  // A query holds for one ratio only, so each change needs another.
  const next = (): void => {
    query?.removeEventListener("change", told);
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", told);
  };
  const told = (): void => {
    next();
    changed();
  };
  next();
  signal.addEventListener("abort", () => query?.removeEventListener("change", told), {
    once: true,
  });
}
