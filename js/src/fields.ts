/** The public traits of a viewer: how each is read from the state and applied to it. */
import { parseGain, type ScaleValue } from "./math/gain.ts";
import { asNames, asPositive, asRange, asRecord } from "./math/plain.ts";
import { COLORED_BY, channelsOf } from "./state/lane.ts";
import { asFilters, asMenu, asMontage } from "./state/lanechoice.ts";
import { MARKS_COLORED_BY } from "./state/markstate.ts";
import { asCaliper, caliperValue } from "./state/measurestate.ts";
import { type Change, GRIDS, type Grid, type ViewState } from "./state/viewstate.ts";

/** A trait that the front end follows. */
export interface Field {
  apply(state: ViewState, value: unknown): void;
  /** For traits that the front end also sets: the change after which it is sent, and its value. */
  sent?: {
    after: Change;
    value(state: ViewState): unknown;
    /** "now" by default; "later": when no more changes come. */
    when?(state: ViewState): "now" | "later" | "never";
  };
}

const isScale = (value: unknown): value is ScaleValue => parseGain(value) !== null;
const isText = (value: unknown): value is string => typeof value === "string";
const asGrid = (value: unknown): Grid => GRIDS.find((grid) => grid === value) ?? "time";
const isPositive = (value: unknown): value is number => asPositive(value) !== null;

/** The valid entries of a dictionary. */
function asMap<T>(value: unknown, valid: (entry: unknown) => entry is T): Map<string, T> {
  return new Map(Object.entries(asRecord(value, valid)));
}

export const FIELDS: Readonly<Record<string, Field>> = {
  channels: {
    apply: (state, value) => state.setLanes({ names: asNames(value) }),
    sent: {
      after: "arrangement",
      value: ({ laneOptions, description }) =>
        laneOptions.names ?? channelsOf(description.channels).map(({ name }) => name),
    },
  },
  overlaid: {
    apply: (state, value) => state.setLanes({ overlaid: asMap(value, isText) }),
    sent: {
      after: "arrangement",
      value: ({ laneOptions }) => Object.fromEntries(laneOptions.overlaid),
    },
  },
  heights: {
    apply: (state, value) => state.setLanes({ weights: asMap(value, isPositive) }),
    sent: {
      after: "arrangement",
      value: ({ laneOptions }) => Object.fromEntries(laneOptions.weights),
    },
  },
  colors: {
    apply: (state, value) => state.setLanes({ colors: asMap(value, isText) }),
    sent: {
      after: "arrangement",
      value: ({ laneOptions }) => Object.fromEntries(laneOptions.colors),
    },
  },
  color_by: {
    apply(state, value) {
      state.setLanes({ colorBy: COLORED_BY.find((one) => one === value) ?? "channel" });
    },
    sent: { after: "arrangement", value: ({ laneOptions }) => laneOptions.colorBy },
  },
  lanes_per_page: {
    apply: (state, value) => state.setLanes({ perPage: asPositive(value) }),
    sent: { after: "arrangement", value: ({ laneOptions }) => laneOptions.perPage },
  },
  montage: {
    apply: (state, value) => state.setChoice({ montage: asMontage(value) }),
  },
  filters: {
    apply: (state, value) => state.setChoice({ filters: asFilters(value) }),
  },
  _lane_menu: {
    apply: (state, value) => state.setChoice(asMenu(value)),
  },
  height: {
    apply: (state, value) => state.setHeight(Number(value)),
  },
  t_range: {
    apply(state, value) {
      const range = asRange(value);
      if (range) state.goTo(...range);
    },
    sent: {
      after: "window",
      value: ({ t0, t1 }) => [t0, t1],
      // The kernel notes the windows of linked viewers itself: it is told of the one that is moved.
      when: ({ led, time }) => (!time.follow ? "never" : led ? "later" : "now"),
    },
  },
  time_axis: {
    apply: (state, value) => state.setTime({ elapsed: value === "elapsed" }),
    sent: { after: "time", value: ({ time }) => (time.elapsed ? "elapsed" : "clock") },
  },
  epoch_length: {
    apply: (state, value) => state.setTime({ epochLength: asPositive(value) }),
    sent: { after: "time", value: ({ time }) => time.epochLength },
  },
  epoch_start: {
    apply: (state, value) => state.setTime({ epochStart: asPositive(value) ?? 0 }),
  },
  play_speed: {
    apply: (state, value) => state.setTime({ speed: asPositive(value) ?? 1 }),
    sent: { after: "time", value: ({ time }) => time.speed },
  },
  follow: {
    apply: (state, value) => state.setTime({ follow: value !== false }),
  },
  toolbar: {
    apply: (state, value) => state.setToolbar(value !== false),
  },
  _link_origin: {
    apply: (state, value) => state.setLink({ origin: Number(value) || 0 }),
  },
  link_group: {
    apply: (state, value) => state.setLink({ group: typeof value === "string" ? value : "" }),
    sent: { after: "link", value: ({ link }) => link.group },
  },
  scales: {
    apply: (state, value) => state.setScales({ values: asRecord(value, isScale) }),
    sent: { after: "scales", value: ({ scales }) => scales.values },
  },
  positions: {
    apply: (state, value) => state.setScales({ positions: asRecord(value, Number.isFinite) }),
    sent: { after: "scales", value: ({ scales }) => scales.positions },
  },
  paper_speed: {
    apply(state, value) {
      const { page } = state.pace;
      state.setPace({ paperSpeed: asPositive(value), page: asPositive(value) ? null : page });
    },
    sent: { after: "pace", value: ({ pace }) => pace.paperSpeed },
  },
  page: {
    apply(state, value) {
      const { paperSpeed } = state.pace;
      state.setPace({ page: asPositive(value), paperSpeed: asPositive(value) ? null : paperSpeed });
    },
    sent: { after: "pace", value: ({ pace }) => pace.page },
  },
  grid: {
    apply: (state, value) => state.setDrawing({ grid: asGrid(value) }),
    sent: { after: "drawing", value: ({ grid }) => grid },
  },
  overlap: {
    apply: (state, value) => state.setDrawing({ overlap: value === true }),
    sent: { after: "drawing", value: ({ overlap }) => overlap },
  },
  aggregator: {
    apply: (state, value) => state.setDrawing({ aggregator: isText(value) ? value : "minmax" }),
  },
  layers: {
    apply: (state, value) => state.marks.set({ layers: asNames(value) }),
    sent: { after: "marks", value: ({ marks }) => marks.options.layers },
  },
  hidden_texts: {
    apply: (state, value) => state.marks.set({ hiddenTexts: asNames(value) ?? [] }),
    sent: { after: "marks", value: ({ marks }) => marks.options.hiddenTexts },
  },
  layer_colors: {
    apply: (state, value) => state.marks.set({ colors: asRecord(value, isText) }),
    sent: { after: "marks", value: ({ marks }) => marks.options.colors },
  },
  color_marks_by: {
    apply(state, value) {
      state.marks.set({ colorBy: MARKS_COLORED_BY.find((one) => one === value) ?? "auto" });
    },
    sent: { after: "marks", value: ({ marks }) => marks.options.colorBy },
  },
  caliper: {
    apply: (state, value) => state.measure.setCaliper(asCaliper(value)),
    sent: { after: "measure", value: ({ measure }) => caliperValue(measure.caliper) },
  },
  rulers: {
    apply: (state, value) => state.measure.setRulers(asRecord(value, isText)),
    sent: { after: "measure", value: ({ measure }) => ({ ...measure.rulers }) },
  },
  marking: {
    apply: (state, value) => state.marking.set({ task: isText(value) ? value : null }),
    sent: { after: "marking", value: ({ marking }) => marking.options.task },
  },
  hotkeys: {
    apply: (state, value) => state.marking.set({ hotkeys: asRecord(value, isText) }),
  },
  marking_layer: {
    apply: (state, value) => state.marking.set({ layer: isText(value) ? value : "" }),
    sent: { after: "marking", value: ({ marking }) => marking.options.layer },
  },
  reader: {
    apply: (state, value) => state.marking.set({ reader: isText(value) ? value : "" }),
    sent: { after: "marking", value: ({ marking }) => marking.options.reader },
  },
  blind: {
    apply: (state, value) => state.marking.set({ blind: value === true }),
    sent: { after: "marking", value: ({ marking }) => marking.options.blind },
  },
  selection: {
    apply: (state, value) => state.setSelection(asRange(value)),
    sent: {
      after: "selection",
      value: ({ selection }) => (selection === null ? null : [...selection]),
    },
  },
};
