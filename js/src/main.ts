/** The front end: one bundle with all kinds of widgets, of which a loader selects one. */
import actions from "./actions.ts";
import instrument from "./instrument.ts";
import presence from "./presence.ts";
import progress from "./progress.ts";
import { viewer } from "./viewer.ts";

/** The wire has no view: the viewer reads its messages. */
const wire = {};

export const kinds = { viewer, progress, actions, instrument, presence, wire };
