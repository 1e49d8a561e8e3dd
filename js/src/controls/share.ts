/** Copies the picture of a view to the clipboard, and downloads it. */
import { relativeText } from "../math/clock.ts";
import { addElement } from "../page/element.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import { pngOf, snapshot } from "../plot/snapshot.ts";
import { passingMessage } from "./passing.ts";
import { addButton, groupOf } from "./toolbar.ts";

const COPY = "M5 1h9v10h-3v4H2V5h3zm1.2 1.2V5H11v4.8h1.8V2.2zM3.2 6.2v7.6h6.6V6.2z";
const DOWNLOAD = "M7.3 1h1.4v7.3l2.5-2.5 1 1L8 11 3.8 6.8l1-1 2.5 2.5zM2 12.5h12V14H2z";

export function share(host: ViewHost): Feature {
  const { signal } = host;
  const group = groupOf(host.toolbar, "share");
  // Not in the toolbar, where there may be no room for it.
  const say = passingMessage(host, "status");
  const picture = (): Promise<Blob> => {
    const { backgroundColor } = getComputedStyle(host.root);
    return pngOf(snapshot(host.body, backgroundColor));
  };
  const download = async (): Promise<void> => {
    try {
      save(await picture(), fileName(host));
      say("saved");
    } catch (error) {
      say(`not saved: ${error}`);
    }
  };
  const copy = async (): Promise<void> => {
    try {
      // The promise keeps the permission of the gesture in browsers that need it.
      await navigator.clipboard.write([new ClipboardItem({ "image/png": picture() })]);
      say("copied");
    } catch {
      say("the browser does not allow copying; download the picture instead");
    }
  };
  const label = "Copy as picture (Mod + C)";
  if (clipboard()) {
    addButton(group, { label, icon: COPY, run: () => void copy(), signal });
  }
  addButton(group, {
    label: "Download as PNG",
    icon: DOWNLOAD,
    run: () => void download(),
    signal,
  });
  return {
    commands: [
      {
        keys: ["Mod+C"],
        text: "copy the view as a picture",
        run: () => {
          // A selected text is copied by the browser.
          if (!clipboard() || !getSelection()?.isCollapsed) return false;
          void copy();
          return true;
        },
      },
    ],
  };
}

/** Whether pictures can be copied: not in pages that were loaded without encryption. */
const clipboard = (): boolean => "clipboard" in navigator && "write" in navigator.clipboard;

/** For example `night 0.02.10.png`. */
function fileName({ state }: ViewHost): string {
  const name = state.description.name.replace(/\.\w{1,5}$/, "").replace(/[^\p{L}\p{N} _-]+/gu, "_");
  return `${name || "recording"} ${relativeText(state.t0).replaceAll(":", ".")}.png`;
}

function save(picture: Blob, name: string): void {
  const link = addElement(document.body, "a", "");
  link.href = URL.createObjectURL(picture);
  link.download = name;
  link.click();
  link.remove();
  // The browser has begun the download by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
