/** A widget without a picture: it reports the views of what contains it; see widgets/presence.py. */
import { type KeepingModel, keepParent } from "./kept.ts";
import { countView, type ShownModel } from "./viewcount.ts";

function render({ model }: { model: ShownModel & KeepingModel }): () => void {
  const closed = countView(model);
  const forget = keepParent(model);
  return () => {
    closed();
    forget();
  };
}

export default { render };
