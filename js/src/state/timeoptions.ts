/** How a viewer shows time and moves through it. */
import type { Epochs } from "../math/epochs.ts";

export interface TimeOptions {
  /** Show the time since the start although the clock time is known. */
  elapsed: boolean;
  /** Length of an epoch in seconds; null without epochs. */
  epochLength: number | null;
  /** Start of epoch 1 in seconds. */
  epochStart: number;
  /** Speed of playing, 1 is real time. */
  speed: number;
  /** The pages that show a viewer share one window. */
  follow: boolean;
}

export const TIME_OPTIONS: Readonly<TimeOptions> = {
  elapsed: false,
  epochLength: null,
  epochStart: 0,
  speed: 1,
  follow: true,
};

export function epochsOf({ epochLength, epochStart }: TimeOptions): Epochs | null {
  if (epochLength === null || !(epochLength > 0)) return null;
  return { length: epochLength, start: epochStart };
}
