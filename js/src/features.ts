/** The features of a viewer: the first one is asked first and drawn first. */
import { filters, montages } from "./controls/lanechoice.ts";
import { link } from "./controls/link.ts";
import { play } from "./controls/play.ts";
import { scales } from "./controls/scales.ts";
import { share } from "./controls/share.ts";
import { clockTime, epochs } from "./controls/timeaxis.ts";
import { toolbar } from "./controls/toolbar.ts";
import { formerWindows, goTo, windowLength } from "./controls/windows.ts";
import { absent } from "./plot/absent.ts";
import { calibration } from "./plot/calibration.ts";
import { epochGrid } from "./plot/epochgrid.ts";
import type { FeatureMaker } from "./plot/feature.ts";
import { help } from "./plot/help.ts";
import { dateLines } from "./plot/midnights.ts";
import { annotations, crosshair, selection } from "./plot/overlay.ts";
import { wheelHint } from "./plot/wheelhint.ts";

export const FEATURES: readonly FeatureMaker[] = [
  toolbar,
  formerWindows,
  windowLength,
  goTo,
  clockTime,
  play,
  epochs,
  scales,
  montages,
  filters,
  link,
  share,
  help,
  absent,
  dateLines,
  epochGrid,
  calibration,
  annotations,
  selection,
  crosshair,
  wheelHint,
];
