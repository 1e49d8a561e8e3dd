/** The features of a viewer: the first one is asked first and drawn first. */

import { calipers } from "./controls/calipers.ts";
import { channels } from "./controls/channels.ts";
import { cursor } from "./controls/cursor.ts";
import { filters, montages } from "./controls/lanechoice.ts";
import { link } from "./controls/link.ts";
import { marking } from "./controls/marking.ts";
import { marks } from "./controls/markview.ts";
import { measurements } from "./controls/measurements.ts";
import { overflow } from "./controls/overflow.ts";
import { play } from "./controls/play.ts";
import { rulerChoice } from "./controls/rulerchoice.ts";
import { scales } from "./controls/scales.ts";
import { share } from "./controls/share.ts";
import { sound } from "./controls/sound.ts";
import { clockTime, epochs } from "./controls/timeaxis.ts";
import { toolbar } from "./controls/toolbar.ts";
import { formerWindows, goTo, windowLength } from "./controls/windows.ts";
import { absent } from "./plot/absent.ts";
import { badge } from "./plot/badge.ts";
import { calibration } from "./plot/calibration.ts";
import { caliperLines } from "./plot/caliperlines.ts";
import { epochGrid } from "./plot/epochgrid.ts";
import type { FeatureMaker } from "./plot/feature.ts";
import { help } from "./plot/help.ts";
import { leaving } from "./plot/leaving.ts";
import { annotations } from "./plot/marks.ts";
import { markSelection } from "./plot/markselection.ts";
import { dateLines } from "./plot/midnights.ts";
import { crosshair, selection } from "./plot/overlay.ts";
import { readings } from "./plot/readings.ts";
import { rulers } from "./plot/rulers.ts";
import { spectrograms } from "./plot/spectrogramstrip.ts";
import { spokenWindow } from "./plot/spokenwindow.ts";
import { timeMark } from "./plot/timemark.ts";
import { wheelHint } from "./plot/wheelhint.ts";

export const FEATURES: readonly FeatureMaker[] = [
  toolbar,
  overflow,
  marking,
  marks,
  formerWindows,
  windowLength,
  goTo,
  clockTime,
  play,
  epochs,
  scales,
  channels,
  montages,
  filters,
  link,
  share,
  calipers,
  rulerChoice,
  cursor,
  sound,
  help,
  absent,
  spectrograms,
  dateLines,
  epochGrid,
  calibration,
  rulers,
  annotations,
  markSelection,
  selection,
  timeMark,
  crosshair,
  wheelHint,
  readings,
  caliperLines,
  badge,
  measurements,
  spokenWindow,
  leaving,
];
