"""Seconds from a gesture to the last change of the picture, for a viewer of any kind.

A script that runs in each frame before all others notes drawing on canvases, changes of SVG
elements, images that were loaded, and open requests. What it takes is the frame after the one that
was painted. A gesture has ended when nothing has changed for 300 ms, no request is open, and the
kernel has answered a message that was sent after that, upon which nothing changed for 1 s.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab import Notebook
    from playwright.sync_api import Frame

WATCHER = """
window.vitalPicture = { selector: null, armed: false, gesture: null, painted: null, changes: 0,
                        pending: 0 };
{
  const picture = window.vitalPicture;
  const nextFrame = window.requestAnimationFrame.bind(window);
  let drawing = false; // what is drawn in a frame's callback is painted in that frame
  const paintedAt = () => new Promise((resolve) => {
    const note = () => resolve(performance.now());
    if (drawing) nextFrame(note);
    else nextFrame(() => nextFrame(note));
  });
  const changed = async (time) => {
    if (picture.gesture === null) return;
    picture.changes += 1;
    picture.painted = await (time ?? paintedAt());
  };
  window.requestAnimationFrame = (callback) => nextFrame((now) => {
    drawing = true;
    try { callback(now); } finally { queueMicrotask(() => { drawing = false; }); }
  });
  const shown = (element) => picture.selector && element.matches?.(picture.selector);
  const context = CanvasRenderingContext2D.prototype;
  for (const name of ["stroke", "fill", "fillRect", "clearRect", "drawImage", "putImageData"]) {
    const draw = context[name];
    context[name] = function (...values) {
      if (shown(this.canvas)) changed();
      return draw.apply(this, values);
    };
  }
  new MutationObserver((all) => {
    const svg = ({ target }) => target.closest?.("svg") && target.closest(picture.selector);
    if (picture.selector && all.some(svg)) changed();
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  // Some send the same picture again and again. One that was sent as JPEG is sent once more without
  // loss when it has not changed for 300 ms: that one is not counted.
  let jpeg = false;
  let last = null;
  const sums = new Map();
  const address = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    const url = address.call(URL, blob);
    jpeg ||= blob.type === "image/jpeg";
    const lossless = jpeg && blob.type === "image/png";
    const sum = (bytes) => new Uint8Array(bytes).reduce((all, byte) => (all * 31 + byte) | 0, 0);
    if (blob.type.startsWith("image/") && !lossless) sums.set(url, blob.arrayBuffer().then(sum));
    return url;
  };
  document.addEventListener("load", async ({ target }) => {
    if (!shown(target) || !sums.has(target.src)) return;
    const time = paintedAt();
    const sum = await sums.get(target.src);
    sums.delete(target.src);
    if (sum !== last) changed(time);
    last = sum;
  }, { capture: true });
  const request = window.fetch;
  window.fetch = (...values) => {
    picture.pending += 1;
    return request.apply(window, values).finally(() => { picture.pending -= 1; });
  };
  for (const kind of ["wheel", "pointermove"]) {
    window.addEventListener(kind, (event) => {
      if (picture.armed) picture.gesture = event.timeStamp;
    }, { capture: true });
  }
}
"""
ARM = "() => Object.assign(vitalPicture, { armed: true, gesture: null, painted: null })"
AT_REST = """() => vitalPicture.painted !== null && vitalPicture.pending === 0
  && performance.now() - vitalPicture.painted > 300"""
STATE = "() => [vitalPicture.changes, vitalPicture.painted - vitalPicture.gesture]"


def gesture_times(
    notebook: Notebook, frame: Frame, picture: str, rounds: int, *, wheel: bool
) -> dict[str, list[float]]:
    """Seconds from the last event of a gesture to the last change of the picture, by kind.

    A zoom is a turn of the wheel, or a drag that draws a box of 60 % of the width where the wheel
    does not zoom. A pan is a drag, with the shift key where a plain drag draws a box.
    """
    mouse, keyboard = notebook.page.mouse, notebook.page.keyboard
    frame.locator(picture).first.evaluate("(element) => element.scrollIntoView()")
    box = frame.locator(picture).first.bounding_box()
    assert box is not None
    frame.evaluate("(selector) => { vitalPicture.selector = selector; }", picture)
    chance = random.Random(5)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.4
    mouse.click(x, y)  # some take the wheel only after that
    time.sleep(3)
    taken: dict[str, list[float]] = {"zoom in": [], "pan": []}
    for turn in range(rounds):
        for kind, times in taken.items():
            middle = x + box["width"] * chance.uniform(-0.1, 0.1)
            half = box["width"] * (0.3 if kind == "zoom in" else 0.1) * (-1) ** turn
            by_wheel = wheel and kind == "zoom in"
            mouse.move(middle if by_wheel else middle - half, y)
            time.sleep(0.5)  # a reading at the pointer is drawn
            if kind == "pan" and not wheel:
                keyboard.down("Shift")
            if not by_wheel:
                mouse.down()
            frame.evaluate(ARM)
            if by_wheel:
                mouse.wheel(0, -240)
            else:
                mouse.move(middle + half, y, steps=3)
                frame.evaluate("() => { vitalPicture.armed = false; }")
                mouse.up()
                keyboard.up("Shift")
            times.append(_at_rest(notebook, frame))
    return taken


def _at_rest(notebook: Notebook, frame: Frame) -> float:
    """Wait until the picture is the last one; return the seconds that it took."""
    while True:
        frame.wait_for_function(AT_REST, polling=50, timeout=60_000)
        before, seconds = frame.evaluate(STATE)
        notebook.execute("None")
        time.sleep(1)
        if frame.evaluate(STATE)[0] == before:
            return seconds / 1e3
