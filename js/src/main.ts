/** The front end: one bundle with every kind of widget; each widget's loader asks for its own. */
import progress from "./progress.ts";
import { viewer } from "./viewer.ts";

/** The wire has no looks: its messages are read by the viewer's model. */
const wire = {};

export const kinds = { viewer, progress, wire };
