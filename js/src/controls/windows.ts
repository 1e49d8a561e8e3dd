/** Controls of the window: former windows, its length, and going to a position. */
import { PositionError, parsePosition } from "../math/position.ts";
import { spanChoices } from "../math/spans.ts";
import { addElement } from "../page/element.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import type { ViewState } from "../state/viewstate.ts";
import { addButton, addField, enable, groupOf, Select } from "./toolbar.ts";

const BACK = "M10.5 2.5 12 4 8 8l4 4-1.5 1.5L5 8z";
const FORWARD = "M5.5 2.5 4 4l4 4-4 4 1.5 1.5L11 8z";

/** Back and forward through former windows. */
export function formerWindows(host: ViewHost): Feature {
  const { state, signal } = host;
  const group = groupOf(host.toolbar, "history");
  const goBack = () => state.goBack();
  const goForward = () => state.goForward();
  const back = addButton(group, {
    label: "Back to the former window (B)",
    icon: BACK,
    run: goBack,
    signal,
  });
  const forward = addButton(group, {
    label: "Forward again (Shift + B)",
    icon: FORWARD,
    run: goForward,
    signal,
  });
  const update = (): void => {
    enable(back, state.history.canGoBack);
    enable(forward, state.history.canGoForward);
  };
  update();
  const text = "back, forward through former windows";
  return {
    commands: [
      { keys: ["B"], topic: "time", text, run: goBack },
      { keys: ["Shift+B"], topic: "time", text, run: goForward },
    ],
    changed: (change) => {
      if (change === "window") update();
    },
  };
}

/** Lengths of windows by the digit that is pressed with Alt; infinite: the whole recording. */
const BY_DIGIT = [Number.POSITIVE_INFINITY, 1, 5, 10, 30, 60, 300, 600, 3600, 86400];
const DIGITS =
  "window of 1 s; 2 to 9: 5, 10, 30 s, 1, 5, 10 min, 1 h, 1 day; 0: the whole recording";

/** The length of the window. */
export function windowLength(host: ViewHost): Feature {
  const { state, signal } = host;
  const select = new Select(groupOf(host.toolbar, "window"), {
    label: "Length of the window (Alt + digit)",
    chosen: (value) => state.setSpan(Number(value)),
    signal,
  });
  select.element.classList.add("vv-length");
  let shown = "";
  const update = (): void => {
    const { minSpan, duration, epochs } = state;
    // Rounded, because it changes a little whenever the window is moved.
    const span = Number((state.t1 - state.t0).toPrecision(9));
    const key = [minSpan, duration, span, epochs?.length].join();
    if (key === shown) return;
    shown = key;
    select.offer(...spanChoices(span, minSpan, duration, epochs?.length ?? null));
  };
  update();
  return {
    commands: BY_DIGIT.map((span, digit) => ({
      keys: [`Alt+${digit}`],
      topic: "time",
      text: digit === 1 ? DIGITS : "",
      run: () => state.setSpan(span),
    })),
    changed: (change) => {
      if (change === "window" || change === "lanes" || change === "time") update();
    },
  };
}

const EXAMPLES =
  "Go to (G), for example\n01:23:45\n+90 s, -5 min\n2024-03-01 01:23:45\n" +
  "#25000 (sample)\nepoch 120, e120\nstart, end";

/** A field for a position in time. */
export function goTo(host: ViewHost): Feature {
  const { state, signal, toolbar } = host;
  const group = groupOf(toolbar, "window");
  const field = addField(group, EXAMPLES);
  field.classList.add("vv-goto");
  field.placeholder = "go to …";
  field.setAttribute("aria-label", "Go to");
  const message = addElement(host.body, "div", "vv-message");
  message.setAttribute("role", "alert");
  message.hidden = true;
  const say = (text: string): void => {
    message.textContent = text;
    message.hidden = text === "";
    if (text === "") field.removeAttribute("aria-invalid");
    else field.setAttribute("aria-invalid", "true");
  };
  const leave = (): void => {
    field.value = "";
    host.focus();
  };
  const keydown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") leave();
    else if (event.key === "Enter") {
      try {
        goToPosition(state, field.value);
        leave();
      } catch (error) {
        if (!(error instanceof PositionError)) throw error;
        say(error.message);
        field.select();
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const hide = (): void => {
    say("");
    toolbar.hidden = !state.toolbar;
  };
  field.addEventListener("keydown", keydown, { signal });
  field.addEventListener("input", () => say(""), { signal });
  field.addEventListener("blur", hide, { signal });
  const open = (): void => {
    toolbar.hidden = false;
    field.focus();
    field.select();
  };
  return {
    commands: [{ keys: ["G"], topic: "time", text: "go to a time, sample or epoch", run: open }],
  };
}

function goToPosition(state: ViewState, text: string): void {
  const { t0, t1, duration, description, epochs, clock } = state;
  const t = parsePosition(text, {
    t0,
    t1,
    duration,
    start: description.start,
    elapsed: clock === null,
    epochs,
    channels: description.channels,
    channel: state.signals[0]?.name ?? null,
  });
  state.jump(t, t + (t1 - t0));
}
