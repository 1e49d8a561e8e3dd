/** The script in the output of a saved cell. It is small: a notebook keeps it for each viewer. */
import { calipers } from "./controls/calipers.ts";
import { overflow } from "./controls/overflow.ts";
import { play } from "./controls/play.ts";
import { rulerChoice } from "./controls/rulerchoice.ts";
import { scales } from "./controls/scales.ts";
import { clockTime, epochs } from "./controls/timeaxis.ts";
import { toolbar } from "./controls/toolbar.ts";
import { formerWindows, goTo, windowLength } from "./controls/windows.ts";
import { showAll } from "./embeddedviews.ts";
import { absent } from "./plot/absent.ts";
import { badge } from "./plot/badge.ts";
import { calibration } from "./plot/calibration.ts";
import { caliperLines } from "./plot/caliperlines.ts";
import { epochGrid } from "./plot/epochgrid.ts";
import type { FeatureMaker } from "./plot/feature.ts";
import { help } from "./plot/help.ts";
import { leaving } from "./plot/leaving.ts";
import { annotations } from "./plot/marks.ts";
import { dateLines } from "./plot/midnights.ts";
import { crosshair, selection } from "./plot/overlay.ts";
import { readings } from "./plot/readings.ts";
import { rulers } from "./plot/rulers.ts";
import { spectrograms } from "./plot/spectrogramstrip.ts";
import { wheelHint } from "./plot/wheelhint.ts";

/** What reads and moves; no panels, and nothing that needs a kernel. */
const FEATURES: readonly FeatureMaker[] = [
  toolbar,
  overflow,
  formerWindows,
  windowLength,
  goTo,
  clockTime,
  play,
  epochs,
  scales,
  calipers,
  rulerChoice,
  help,
  absent,
  spectrograms,
  dateLines,
  epochGrid,
  calibration,
  rulers,
  annotations,
  selection,
  crosshair,
  wheelHint,
  readings,
  caliperLines,
  badge,
  leaving,
];

showAll(FEATURES);
