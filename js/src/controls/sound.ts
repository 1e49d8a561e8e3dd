/** Plays the trace of a channel in the window as a tone whose pitch follows the amplitude. */
import { spanText } from "../math/clock.ts";
import { melodyOf, soundSeconds } from "../math/sound.ts";
import { reducedMotion } from "../page/motion.ts";
import type { Feature, Frame, ViewHost } from "../plot/feature.ts";
import type { DrawnLane } from "../plot/lanes.ts";
import { addButton, enable, groupOf } from "./toolbar.ts";

const SPEAKER =
  "M1 5.5h3L8 2v12L4 10.5H1zM10 5.2l1-1.2a5 5 0 0 1 0 8l-1-1.2a3.4 3.4 0 0 0 0-5.6zm2.2-2.6 1-1.2" +
  "a8.4 8.4 0 0 1 0 13.2l-1-1.2a6.8 6.8 0 0 0 0-10.8z";
/** Steps of the melody in a second. */
const RATE = 100;
/** Time in which the tone fades (s), so that nothing clicks. */
const FADE = 0.02;

interface Playing {
  context: AudioContext;
  tone: OscillatorNode;
  fader: GainNode;
  began: number;
  seconds: number;
}

export function sound(host: ViewHost): Feature {
  const { state, signal } = host;
  let playing: Playing | null = null;
  let heard: readonly [number, number] = [0, 0];

  const laneOf = (): DrawnLane | undefined => {
    const lines = host.drawn().filter(({ channel }) => (channel.style ?? "line") === "line");
    return lines.find(({ channel }) => channel.name === host.cursor?.channel) ?? lines[0];
  };
  const stop = (): boolean => {
    const was = playing;
    if (!was) return false;
    playing = null;
    const { context, tone, fader } = was;
    tone.onended = null;
    const now = context.currentTime;
    fader.gain.setTargetAtTime(0, now, FADE / 4);
    tone.stop(now + FADE);
    // Each time its own: a browser allows few of them, and a closed one costs nothing.
    setTimeout(() => void context.close(), FADE * 2000);
    show();
    return true;
  };
  const start = (): void => {
    const lane = laneOf();
    if (!lane || typeof AudioContext !== "function") return;
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    const fader = context.createGain();
    tone.connect(volume).connect(fader).connect(context.destination);
    const seconds = soundSeconds(state.t1 - state.t0);
    const { columns, scale, channel } = lane;
    const steps = Math.round(seconds * RATE);
    const limits = [scale.min, scale.max] as const;
    const { pitch, loudness } = melodyOf(columns.lo, columns.hi, columns.length, limits, steps);
    const began = context.currentTime + FADE;
    tone.frequency.setValueCurveAtTime(pitch, began, seconds);
    volume.gain.setValueAtTime(0, context.currentTime);
    volume.gain.setValueCurveAtTime(loudness, began, seconds);
    // Not of the volume: on a busy machine its curve begins later, and nothing may overlap it.
    fader.gain.setTargetAtTime(0, began + seconds, FADE / 4);
    tone.start(began);
    tone.stop(began + seconds + FADE);
    tone.onended = () => stop();
    playing = { context, tone, fader, began, seconds };
    heard = [state.t0, state.t1];
    host.say(`${channel.name} as sound, ${spanText(seconds)}`);
    show();
  };
  const toggle = (): void => {
    if (!stop()) start();
  };
  const button = addButton(groupOf(host.toolbar, "read"), {
    label: "Hear the window: pitch follows the amplitude (H)",
    icon: SPEAKER,
    run: toggle,
    signal,
  });
  const show = (): void => {
    button.setAttribute("aria-pressed", String(playing !== null));
    enable(button, typeof AudioContext === "function");
    host.touch();
  };
  show();
  const hidden = (): void => {
    if (document.hidden) stop();
  };
  document.addEventListener("visibilitychange", hidden, { signal });
  signal.addEventListener("abort", () => void stop(), { once: true });
  return {
    commands: [
      {
        keys: ["H"],
        topic: "cursor",
        text: "hear the window: the pitch follows the amplitude; again: stop",
        run: toggle,
      },
      { keys: ["Escape"], text: "", run: stop },
    ],
    changed(change) {
      if (change === "lanes") stop();
      if (change === "window" && (state.t0 !== heard[0] || state.t1 !== heard[1])) stop();
    },
    paint(g, { box, theme }: Frame) {
      if (!playing) return;
      const { context, began, seconds } = playing;
      const share = Math.max(0, Math.min((context.currentTime - began) / seconds, 1));
      g.fillStyle = theme.accentCss;
      g.fillRect(share * box.plotWidth - 1, box.lanesTop, 2, box.lanesHeight);
      if (!reducedMotion()) host.touch();
    },
  };
}
