/** How large a millimetre is on this screen, as the user has measured it; kept in the browser. */

const KEY = "vital-widgets:device-pixels-per-mm";
const CHANGED = "vital-screen-scale";
/** Sizes that are possible: from a projector to a phone. */
const LEAST = 0.5;
const MOST = 60;

/** CSS pixels of a millimetre; null if the screen is not calibrated. */
export function measuredPxPerMm(): number | null {
  try {
    const size = Number(localStorage.getItem(KEY));
    // Zooming the page changes the CSS pixel and not the screen.
    return size >= LEAST && size <= MOST ? size / (window.devicePixelRatio || 1) : null;
  } catch {
    // The page may not use the storage.
    return null;
  }
}

/** Keeps a measured size in CSS pixels; null removes it. */
export function keepPxPerMm(size: number | null): void {
  try {
    if (size === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, String(size * (window.devicePixelRatio || 1)));
  } catch {
    // Without storage, nothing is kept.
  }
  window.dispatchEvent(new Event(CHANGED));
}

/** Calls back when the screen was calibrated, also in another tab, and when the page is zoomed. */
export function watchScreenScale(changed: () => void, signal: AbortSignal): void {
  window.addEventListener(CHANGED, changed, { signal });
  window.addEventListener("storage", changed, { signal });
  window.addEventListener("resize", changed, { signal });
}
