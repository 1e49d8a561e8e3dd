/** Drags of rows: a line shows where the row will be put. */
import { addElement } from "../page/element.ts";
import { ROW_HEIGHT, type VirtualList } from "./virtuallist.ts";

/** Movement (px) from which on a press is a drag. */
const LEAST = 4;
/** Near the edges of the list (px), it scrolls by so much for each movement. */
const EDGE = 18;

export interface RowDragTarget {
  /** A row was pressed; `part` is the element in it. */
  pressed(row: number, part: Element, event: PointerEvent): void;
  /** The places where a row can be put. */
  places(row: number): number[];
  dropped(row: number, place: number): void;
}

export function listenToRows(
  list: VirtualList,
  target: RowDragTarget,
  grip: string,
  signal: AbortSignal,
): void {
  const { element } = list;
  let drag: { id: number; row: number; y: number; places: number[] | null } | null = null;
  const line = addElement(element, "div", "vv-drop");
  line.hidden = true;
  let place = 0;

  const down = (event: PointerEvent): void => {
    if (drag || (event.button !== 0 && event.pointerType === "mouse")) return;
    const part = event.target as Element;
    const row = list.rowAt(event.clientY);
    target.pressed(row, part, event);
    // Fingers scroll the list, except at the grip.
    if (event.pointerType === "touch" && !part.closest(grip)) return;
    drag = { id: event.pointerId, row, y: event.clientY, places: null };
  };
  const move = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return;
    if (!drag.places) {
      if (Math.abs(event.clientY - drag.y) < LEAST) return;
      drag.places = target.places(drag.row);
      element.setPointerCapture?.(event.pointerId);
    }
    const { top, bottom } = element.getBoundingClientRect();
    if (event.clientY < top + EDGE) element.scrollTop -= ROW_HEIGHT / 2;
    else if (event.clientY > bottom - EDGE) element.scrollTop += ROW_HEIGHT / 2;
    const wanted = list.placeAt(event.clientY);
    const distance = (one: number): number => Math.abs(one - wanted);
    place = drag.places.reduce((a, b) => (distance(b) < distance(a) ? b : a), drag.row);
    if (!drag.places.includes(place)) place = drag.places[0] ?? drag.row;
    line.style.top = `${place * ROW_HEIGHT}px`;
    line.hidden = false;
  };
  const end = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return;
    const { row, places } = drag;
    drag = null;
    line.hidden = true;
    if (event.type === "pointerup" && places) target.dropped(row, place);
  };
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
    element.addEventListener(type, end, { signal });
  }
}
