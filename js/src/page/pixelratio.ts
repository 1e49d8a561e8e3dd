/** Calls back when the device pixel ratio changes, for example on another screen or page zoom. */
export function watchPixelRatio(changed: () => void, signal: AbortSignal): void {
  if (!window.matchMedia) return;
  let query: MediaQueryList | null = null;
  // A media query matches one ratio only, so each change needs a new query.
  const next = (): void => {
    query?.removeEventListener("change", update);
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", update);
  };
  const update = (): void => {
    next();
    changed();
  };
  next();
  signal.addEventListener("abort", () => query?.removeEventListener("change", update), {
    once: true,
  });
}
