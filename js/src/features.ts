/** The features of a viewer: the first one is asked first and drawn first. */
import { toolbar } from "./controls/toolbar.ts";
import type { FeatureMaker } from "./plot/feature.ts";
import { help } from "./plot/help.ts";
import { annotations, crosshair, selection } from "./plot/overlay.ts";

export const FEATURES: readonly FeatureMaker[] = [toolbar, help, annotations, selection, crosshair];
