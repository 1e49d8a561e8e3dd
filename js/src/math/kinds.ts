/** How the amplitude of each kind of signal is read. */

export interface KindScale {
  /** Units in which the kind is read. */
  units: string;
  /** Gains are written in mm for each unit, not in units for each mm. */
  inverse: boolean;
  /** Usual gains, from small to large traces. */
  steps: readonly number[];
}

const MICROVOLTS = [1000, 700, 500, 300, 200, 150, 100, 70, 50, 30, 20, 15, 10, 7, 5, 3, 2, 1, 0.5];
const microvolts: KindScale = { units: "µV", inverse: false, steps: MICROVOLTS };
const ecg: KindScale = {
  units: "mV",
  inverse: true,
  steps: [0.625, 1.25, 2.5, 5, 10, 20, 40, 80, 160],
};

/** Kinds whose channels share one scale: their amplitudes are compared. */
const SHARED: Readonly<Record<string, KindScale>> = {
  ECG: ecg,
  EEG: microvolts,
  EOG: microvolts,
  EMG: microvolts,
};

/** Null for kinds whose channels have scales of their own. */
export function kindScale(kind: string): KindScale | null {
  return SHARED[kind] ?? null;
}

/** The next usual gain; beyond the usual ones, a factor of 1.25. */
export function nextGain({ steps, inverse }: KindScale, written: number, larger: boolean): number {
  const grows = inverse === larger;
  const close = 1 + 1e-3;
  const beyond = steps.filter((step) => (grows ? step > written * close : step < written / close));
  const [first] = larger ? beyond : [...beyond].reverse();
  return first ?? written * (grows ? 1.25 : 0.8);
}

/** The span that suits most of several channels: the largest that is no exception. */
export function commonSpan(spans: readonly number[]): number {
  const sorted = [...spans].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 1;
  return sorted.findLast((span) => span <= 3 * median) ?? median;
}
