/** What can be chosen for scales, paper and grid, as texts. */
import { gainValue } from "../math/gain.ts";
import { kindScale } from "../math/kinds.ts";
import type { ViewState } from "../state/viewstate.ts";
import type { Choice } from "./toolbar.ts";

type Channel = ViewState["signals"][number];

const SPEEDS = [12.5, 25, 50, 100];
const PAGES = [10, 15, 20, 30, 60];
const FREE = { value: "free", text: "speed: free" };

const choice = (value: string): Choice => ({ value, text: value });

/** Paper speeds and pages; another one that is set is among them. */
export function paceChoices({ pace }: ViewState): Choice[] {
  const speeds = withOther(SPEEDS, pace.paperSpeed).map((speed) => choice(`${speed} mm/s`));
  const pages = withOther(PAGES, pace.page).map((page) => choice(`${page} s a page`));
  return [FREE, ...speeds, ...pages];
}

export function paceValue({ pace }: ViewState): string {
  if (pace.paperSpeed !== null) return `${pace.paperSpeed} mm/s`;
  return pace.page === null ? FREE.value : `${pace.page} s a page`;
}

export function choosePace(state: ViewState, value: string): void {
  const number = Number.parseFloat(value);
  if (value.endsWith("mm/s")) state.setPace({ paperSpeed: number });
  else state.setPace(value === FREE.value ? {} : { page: number });
}

function withOther(usual: readonly number[], set: number | null): number[] {
  const all = set === null || usual.includes(set) ? [...usual] : [...usual, set];
  return all.sort((a, b) => a - b);
}

export interface KindRow {
  kind: string;
  channels: Channel[];
}

/** The kinds of the visible signals, in the order of the lanes. */
export function visibleKinds({ signals }: ViewState): KindRow[] {
  const rows = new Map<string, Channel[]>();
  for (const channel of signals) {
    rows.set(channel.kind, [...(rows.get(channel.kind) ?? []), channel]);
  }
  return [...rows].map(([kind, channels]) => ({ kind, channels }));
}

/** Scales of a kind: fitted, automatic, the usual gains, and the one that is set. */
export function scaleChoices({ scales }: ViewState, { kind, channels }: KindRow): Choice[] {
  const usual = kindScale(kind);
  const steps = (usual?.steps ?? []).map((step) =>
    String(
      gainValue({
        form: "mm",
        perMm: usual?.inverse ? 1 / step : step,
        units: usual?.units ?? "",
        inverse: usual?.inverse ?? false,
      }),
    ),
  );
  const set = scaleValue(scales, channels);
  const known = ["fitted", "auto", ...steps];
  return (known.includes(set) ? known : [...known, set]).map(choice);
}

/** The scale that all channels of a kind have; the first one of several. */
export function scaleValue(scales: ViewState["scales"], [channel]: Channel[]): string {
  if (!channel) return "fitted";
  const gain = scales.gain(channel);
  if (gain === null) return "fitted";
  if (gain.form !== "limits") return String(gainValue(gain));
  const { units, factor } = scales.shown(channel);
  const [min, max] = gain.limits.map((limit) => Number((limit * factor).toPrecision(3)));
  return `${min} … ${max} ${units}`.replaceAll("-", "−").trim();
}

/** Sets the scale of all channels of a kind. */
export function chooseScale(state: ViewState, { kind, channels }: KindRow, value: string): void {
  if (value === "fitted") {
    state.fitScales(channels);
    return;
  }
  const values = { ...state.scales.values, [kind]: value };
  // A channel counts before its kind.
  for (const { name } of channels) if (name !== kind) delete values[name];
  state.setScales({ values });
}
