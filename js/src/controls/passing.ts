/** Messages over the lanes that go by themselves. */
import { addElement } from "../page/element.ts";
import type { ViewHost } from "../plot/feature.ts";

/** Time for which a message is shown (ms). */
const SHOWN = 2500;

/** Shows a text for a moment; the empty text hides it. */
export function passingMessage(
  { body, signal }: ViewHost,
  role?: "status",
): (text: string) => void {
  const message = addElement(body, "div", "vv-passing");
  if (role) message.setAttribute("role", role);
  message.hidden = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  const say = (text: string): void => {
    message.textContent = text;
    message.hidden = text === "";
    clearTimeout(timer);
    if (text !== "") timer = setTimeout(() => say(""), SHOWN);
  };
  return say;
}
