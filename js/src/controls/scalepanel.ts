/** The panel of scales: gains of each kind, paper, grid, and the size of a millimetre. */
import { addElement } from "../page/element.ts";
import { keepPxPerMm, measuredPxPerMm } from "../page/screenscale.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import { CSS_MM } from "../state/scales.ts";
import { GRIDS, type Grid } from "../state/viewstate.ts";
import {
  chooseScale,
  type KindRow,
  scaleChoices,
  scaleValue,
  visibleKinds,
} from "./scalechoices.ts";
import { addButton, groupOf, Select } from "./toolbar.ts";

/** The long edge of a bank card (ISO/IEC 7810 ID-1). */
const CARD_MM = 85.6;
const GRID_TEXTS: Record<Grid, string> = { time: "round times", ecg: "ECG paper", none: "none" };
const WHICH: Record<string, string> = { respiration: "Respiration", pressure: "Pressure" };

export interface ScalePanel extends Feature {
  toggle(): void;
  readonly open: boolean;
}

export function scalePanel(host: ViewHost, shown: (open: boolean) => void): ScalePanel {
  const { state, signal } = host;
  const panel = addElement(host.body, "div", "vv-panel vv-scales");
  panel.hidden = true;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", "Scales");
  const rows = addElement(panel, "div", "vv-rows");
  const drawing = addElement(panel, "div", "vv-rows");
  const grid = new Select(labelled(drawing, "Grid"), {
    label: "Lines behind the traces",
    chosen: (value) => state.setDrawing({ grid: value as Grid }),
    signal,
  });
  const overlap = addElement(labelled(drawing, "Traces may leave their lanes"), "input", "");
  overlap.type = "checkbox";
  overlap.setAttribute("aria-label", "Traces may leave their lanes");
  const overlapped = (): void => state.setDrawing({ overlap: overlap.checked });
  overlap.addEventListener("change", overlapped, { signal });
  const screen = screenSize(panel, host);

  let built = "";
  let updates: (() => void)[] = [];
  const build = (kinds: readonly KindRow[]): void => {
    rows.replaceChildren();
    updates = kinds.map((row) => kindRow(rows, row, host));
  };
  const update = (): void => {
    if (panel.hidden) return;
    const kinds = visibleKinds(state);
    const key = JSON.stringify(kinds.map(({ kind, channels }) => [kind, channels.length]));
    if (key !== built) build(kinds);
    built = key;
    for (const one of updates) one();
    grid.offer(
      GRIDS.map((value) => ({ value, text: GRID_TEXTS[value] })),
      state.grid,
    );
    overlap.checked = state.overlap;
    screen();
  };
  const show = (open: boolean): void => {
    panel.hidden = !open;
    shown(open);
    update();
    if (open) panel.querySelector<HTMLElement>("select, button")?.focus();
    else host.focus();
  };
  // The focus stays in the panel's fields; Escape closes it from there too.
  const keydown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    show(false);
    event.preventDefault();
    event.stopPropagation();
  };
  panel.addEventListener("keydown", keydown, { signal });
  const outside = ({ target }: Event): void => {
    const [own, node] = [groupOf(host.toolbar, "scales"), target as Node];
    if (!panel.hidden && !panel.contains(node) && !own.contains(node)) show(false);
  };
  host.root.addEventListener("pointerdown", outside, { signal });
  return {
    get open() {
      return !panel.hidden;
    },
    toggle: () => show(panel.hidden !== false),
    changed: update,
  };
}

/** A line of the panel; returns where its controls go. */
function labelled(parent: HTMLElement, text: string): HTMLElement {
  const line = addElement(parent, "div", "vv-row");
  addElement(line, "span", "").textContent = text;
  return addElement(line, "div", "vv-group");
}

/** A line with the gain of a kind; returns a function that updates it. */
function kindRow(parent: HTMLElement, row: KindRow, { state, signal }: ViewHost): () => void {
  const { kind, channels } = row;
  const count = channels.length > 1 ? ` (${channels.length})` : "";
  const name = `${kind === "other" ? "Other" : (WHICH[kind] ?? kind)}${count}`;
  const group = labelled(parent, name);
  const step = (larger: boolean) => () => state.stepGain(larger, channels);
  const button = (text: string, label: string, larger: boolean): void => {
    addButton(group, { label: `${label} ${name}`, text, run: step(larger), signal }).tabIndex = 0;
  };
  button("−", "smaller traces:", false);
  const select = new Select(group, {
    label: `Scale of ${name}`,
    chosen: (value) => chooseScale(state, row, value),
    signal,
  });
  select.element.tabIndex = 0;
  button("+", "larger traces:", true);
  return () => select.offer(scaleChoices(state, row), scaleValue(state.scales, channels));
}

/** A bar that is matched to a bank card or a ruler; returns a function that updates it. */
function screenSize(panel: HTMLElement, host: ViewHost): () => void {
  const { state, signal } = host;
  const box = addElement(panel, "div", "vv-screen");
  const text = addElement(box, "div", "");
  text.textContent = "Size on this screen: match the bar to a bank card or to 85.6 mm of a ruler.";
  const bar = addElement(box, "div", "vv-card");
  const line = addElement(box, "div", "vv-row");
  const slider = addElement(line, "input", "");
  slider.type = "range";
  slider.min = "1.5";
  slider.max = "12";
  slider.step = "0.005";
  slider.setAttribute("aria-label", "CSS pixels of a millimetre");
  const figure = addElement(line, "span", "vv-figure");
  const keep = (size: number | null): void => {
    // This viewer follows also where the browser keeps nothing.
    state.setPxPerMm(size ?? CSS_MM);
    keepPxPerMm(size);
  };
  const moved = (): void => keep(Number(slider.value));
  slider.addEventListener("input", moved, { signal });
  const reset = { label: "Forget the size of the screen", text: "reset" };
  addButton(line, { ...reset, run: () => keep(null), signal }).tabIndex = 0;
  return () => {
    const size = state.scales.pxPerMm;
    bar.style.width = `${CARD_MM * state.scales.pxPerMm}px`;
    slider.value = String(size);
    const known = measuredPxPerMm() === null ? "not measured" : "measured";
    figure.textContent = `${size.toFixed(2)} px/mm, ${known}`;
  };
}
