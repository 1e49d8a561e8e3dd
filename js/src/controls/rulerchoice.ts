/** The choice of a ruler of amplitude in the toolbar. */
import type { Feature, ViewHost } from "../plot/feature.ts";
import { groupOf, Select } from "./toolbar.ts";

interface Ruler {
  text: string;
  rulers: Readonly<Record<string, string>>;
}

/** The AASM scores slow waves of stage N3 from 75 µV, measured from peak to peak. */
const RULERS: readonly Ruler[] = [
  { text: "no ruler", rulers: {} },
  { text: "75 µV (N3)", rulers: { EEG: "75 µV" } },
  { text: "50 µV", rulers: voltages("50 µV") },
  { text: "100 µV", rulers: voltages("100 µV") },
  { text: "200 µV", rulers: voltages("200 µV") },
  { text: "1 mV (ECG)", rulers: { ECG: "1 mV" } },
  { text: "0.1 mV (ECG)", rulers: { ECG: "0.1 mV" } },
];

function voltages(span: string): Record<string, string> {
  return Object.fromEntries(["EEG", "EOG", "EMG"].map((kind) => [kind, span]));
}

const OTHER = "other";

export function rulerChoice(host: ViewHost): Feature {
  const { state, signal } = host;
  const select = new Select(groupOf(host.toolbar, "measure"), {
    label: "Ruler: two lines in a lane at a fixed distance",
    chosen: (value) => {
      const ruler = RULERS[Number(value)];
      if (ruler) state.measure.setRulers(ruler.rulers);
      host.focus();
    },
    signal,
  });
  /** Offers those that fit a visible channel. */
  const show = (): void => {
    const now = JSON.stringify(state.measure.rulers);
    const kinds = new Set(state.signals.map(({ kind }) => kind));
    const choices = RULERS.flatMap(({ text, rulers }, k) => {
      const fits = Object.keys(rulers).some((kind) => kinds.has(kind));
      const chosen = JSON.stringify(rulers) === now;
      return fits || chosen || k === 0 ? [{ value: String(k), text }] : [];
    });
    const chosen = RULERS.findIndex(({ rulers }) => JSON.stringify(rulers) === now);
    if (chosen < 0) choices.push({ value: OTHER, text: "other ruler" });
    select.offer(choices, chosen < 0 ? OTHER : String(chosen));
    select.element.hidden = choices.length < 2;
  };
  show();
  return {
    changed(change) {
      if (change === "measure" || change === "lanes") show();
    },
  };
}
