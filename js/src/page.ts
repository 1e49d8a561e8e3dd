/** The script of a shared page. */
import { showAll } from "./embeddedviews.ts";
import { FEATURES } from "./features.ts";

showAll(FEATURES);
