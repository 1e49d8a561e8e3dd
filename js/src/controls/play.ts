/** Plays the recording: the window moves by itself until it reaches the end or is moved. */
import { pageOf } from "../math/epochs.ts";
import { reducedMotion } from "../page/motion.ts";
import type { Feature, ViewHost } from "../plot/feature.ts";
import { addButton, enable, groupOf, relabel, Select } from "./toolbar.ts";

const PLAY = { label: "Play (Space)", icon: "M4 2.5v11l9.5-5.5z" };
const STOP = { label: "Stop (Space)", icon: "M4 3h3v10H4zM9 3h3v10H9z" };
const SPEEDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 300, 1000];
/** Longest time between two frames (ms): after a longer pause the window continues, not jumps. */
const LONGEST = 250;
/** Shortest time on a page (ms) if motion is reduced. */
const SHORTEST_PAGE = 1000;

export function play(host: ViewHost): Feature {
  const { state, signal } = host;
  const group = groupOf(host.toolbar, "play");
  let frame = 0;
  let before: number | null = null;
  /** The window that was set last: any other one means that somebody moved it. */
  let own: readonly [number, number] = [0, 0];
  /** Time on the present page. */
  let waited = 0;

  const playing = (): boolean => frame !== 0;
  const atEnd = (): boolean => state.t1 >= state.duration;
  const stop = (): void => {
    cancelAnimationFrame(frame);
    frame = 0;
    show();
  };
  const start = (): void => {
    if (atEnd()) return;
    before = null;
    waited = 0;
    own = [state.t0, state.t1];
    frame = requestAnimationFrame(step);
    show();
  };
  const toggle = (): void => (playing() ? stop() : start());
  const step = (now: number): void => {
    const moved = state.t0 !== own[0] || state.t1 !== own[1];
    if (moved || state.busy || atEnd() || host.plot.clientWidth === 0) {
      stop();
      return;
    }
    const passed = before === null ? 0 : Math.min(now - before, LONGEST);
    before = now;
    advance(passed);
    own = [state.t0, state.t1];
    frame = requestAnimationFrame(step);
  };
  const advance = (passed: number): void => {
    const { speed } = state.time;
    if (!reducedMotion()) {
      state.pan((passed / 1000) * speed);
      return;
    }
    // Without motion, pages are turned in the same time.
    waited += passed;
    if (waited < Math.max(SHORTEST_PAGE, (1000 * (state.t1 - state.t0)) / speed)) return;
    waited = 0;
    state.setWindow(...pageOf(state.epochs, [state.t0, state.t1], 1));
  };

  const button = addButton(group, { ...PLAY, run: toggle, signal });
  const speeds = new Select(group, {
    label: "Speed of playing, ×1 is real time",
    chosen: (value) => state.setTime({ speed: Number(value) }),
    signal,
  });
  let shown: boolean | null = null;
  const show = (): void => {
    enable(button, playing() || !atEnd());
    if (shown === playing()) return;
    shown = playing();
    offer();
    relabel(button, shown ? STOP : PLAY);
    host.root.toggleAttribute("data-playing", shown);
  };
  const offer = (): void => {
    const { speed } = state.time;
    const all = [...new Set([...SPEEDS, speed])].sort((a, b) => a - b);
    speeds.offer(
      all.map((one) => ({ value: String(one), text: `×${one}` })),
      String(speed),
    );
    // The usual speed can be changed while it plays.
    speeds.element.hidden = !playing() && speed === 1;
  };
  show();
  const hidden = (): void => {
    if (document.hidden && playing()) stop();
  };
  document.addEventListener("visibilitychange", hidden, { signal });
  // Scrolled out of sight, or in a tab that is not shown.
  if (typeof IntersectionObserver === "function") {
    const sight = new IntersectionObserver((entries) => {
      if (playing() && entries.at(-1)?.isIntersecting === false) stop();
    });
    sight.observe(host.root);
    signal.addEventListener("abort", () => sight.disconnect(), { once: true });
  }
  signal.addEventListener("abort", () => cancelAnimationFrame(frame), { once: true });
  return {
    commands: [{ keys: ["Space"], topic: "time", text: "play, stop", run: toggle }],
    changed: (change) => {
      if (change === "window") show();
      if (change === "time") offer();
    },
  };
}
