/** Shows the recordings that a page contains, without a kernel. */
import { type EmbeddedDocument, Unpacker } from "./embedded/document.ts";
import { PageText } from "./embedded/pagetext.ts";
import { EmbeddedSession } from "./embedded/session.ts";
import { FIELDS } from "./fields.ts";
import type { FeatureMaker } from "./plot/feature.ts";
import { View } from "./plot/view.ts";

/** An element that contains a document, its bytes and a picture; a view replaces the picture. */
const MARK = "data-vital-embedded";

async function show(root: HTMLElement, features: readonly FeatureMaker[]): Promise<void> {
  if (root.getAttribute(MARK) !== "") return;
  root.setAttribute(MARK, "shown");
  const about = root.querySelector(".vital-document")?.textContent ?? "";
  const document = JSON.parse(about) as EmbeddedDocument;
  const text = new PageText(root);
  const unpacker = new Unpacker((from, to) => text.slice(from, to));
  const session = await EmbeddedSession.open(document, unpacker);
  for (const [name, field] of Object.entries(FIELDS)) {
    if (name in document.view) field.apply(session.state, document.view[name]);
  }
  const picture = root.querySelector<HTMLElement>(".vital-picture");
  const place = root.ownerDocument.createElement("div");
  root.prepend(place);
  const closed = new AbortController();
  closed.signal.addEventListener("abort", () => session.dispose(), { once: true });
  new View(session, place, closed.signal, features);
  picture?.remove();
  whenRemoved(root, () => closed.abort());
}

/** Calls back after an element was removed from its page. */
function whenRemoved(element: HTMLElement, removed: () => void): void {
  const observer = new MutationObserver(() => {
    if (element.isConnected) return;
    observer.disconnect();
    removed();
  });
  observer.observe(element.ownerDocument, { childList: true, subtree: true });
}

/** Replaces the pictures of all recordings in the page by views with these features. */
export function showAll(features: readonly FeatureMaker[]): void {
  for (const root of document.querySelectorAll<HTMLElement>(`[${MARK}]`)) {
    show(root, features).catch((error: unknown) => {
      const text = document.createElement("p");
      text.textContent = `This recording cannot be shown: ${error}`;
      root.prepend(text);
    });
  }
}
