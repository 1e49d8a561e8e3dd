/** Follows the model of the feed that tells when marks were changed. */
import type { TraitModel } from "./traits.ts";

type FeedModel = Pick<TraitModel, "on" | "off">;

/** Calls back after each change of marks; returns a function that ends it. */
export function followMarks(found: Promise<FeedModel>, changed: () => void): () => void {
  let feed: FeedModel | null = null;
  let ended = false;
  found.then(
    (model) => {
      if (ended) return;
      feed = model;
      feed.on("change:revision", changed);
    },
    () => {
      // A notebook that was opened without a kernel has no feed.
    },
  );
  return () => {
    ended = true;
    feed?.off("change:revision", changed);
  };
}
