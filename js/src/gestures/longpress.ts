/** A finger that rests on an area. */

/** Time after which a press is long (ms), and how far the finger may move (CSS pixels). */
const LONG = 500;
const SLOP = 8;

/** Calls back when one finger rests on the area for half a second. */
export function listenToLongPress(
  area: HTMLElement,
  pressed: (event: PointerEvent) => void,
  signal: AbortSignal,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let began: PointerEvent | null = null;
  const stop = (): void => {
    clearTimeout(timer);
    began = null;
  };
  const down = (event: PointerEvent): void => {
    const first = began === null;
    stop();
    if (event.pointerType !== "touch" || !first) return;
    began = event;
    timer = setTimeout(() => {
      stop();
      pressed(event);
    }, LONG);
  };
  const move = (event: PointerEvent): void => {
    if (!began) return;
    const far = Math.hypot(event.clientX - began.clientX, event.clientY - began.clientY);
    if (far > SLOP) stop();
  };
  area.addEventListener("pointerdown", down, { signal });
  area.addEventListener("pointermove", move, { signal });
  for (const end of ["pointerup", "pointercancel"] as const) {
    area.addEventListener(end, stop, { signal });
  }
  signal.addEventListener("abort", stop, { once: true });
}
