/** A widget without a picture: it reports the views of what contains it; see widgets/presence.py. */
import { countView, type ShownModel } from "./viewcount.ts";

function render({ model }: { model: ShownModel }): () => void {
  return countView(model);
}

export default { render };
