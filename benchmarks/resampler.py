"""plotly-resampler's FigureWidgetResampler in the same JupyterLab and browser."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError as NothingHappened

if TYPE_CHECKING:
    from lab import Lab, Notebook

FIGURE = """
import numpy as np
from plotly.subplots import make_subplots
from plotly_resampler import FigureWidgetResampler
import plotly.graph_objects as go
n = 10_000_000
t = np.arange(n) / 250
figure = FigureWidgetResampler(
    make_subplots(rows=8, shared_xaxes=True), default_n_shown_samples=2000
)
rng = np.random.default_rng(0)
for k in range(8):
    y = (np.sin(t * 7 + k) + rng.normal(0, 0.1, n)).astype("f4")
    figure.add_trace(go.Scatter(mode="lines"), hf_x=t, hf_y=y, row=k + 1, col=1)
figure.update_layout(height=700)
figure
"""

FIND = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  return Boolean(plot && plot._fullLayout && plot.data && plot.data[0].x);
}"""


WATCH = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  const before = plot.data.map((trace) => trace.x);
  window.vitalPlot = { begin: null, refined: null };
  const times = window.vitalPlot;
  window.addEventListener("mouseup", (event) => { times.begin = event.timeStamp; },
                          { capture: true });
  plot.removeAllListeners?.("plotly_afterplot");
  plot.on("plotly_afterplot", () => {
    const changed = plot.data.every((trace, k) => trace.x !== before[k]);
    if (times.begin === null || !changed || times.refined !== null || times.seen) return;
    times.seen = true;
    // As for our own: the time is taken in the frame after the one that was painted.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => { times.refined = performance.now(); }));
  });
}"""


def refined_times(lab: Lab, rounds: int = 8) -> dict[str, list[float]]:
    """Seconds from the end of a gesture to the frame with the finer samples, by kind of gesture.

    Plotly's own gestures: a box zoom, a pan (shift-drag), and its button for everything.
    """
    notebook = lab.open([FIGURE])
    notebook.run(0)
    notebook.page.wait_for_selector(".js-plotly-plot", timeout=120_000)
    notebook.page.wait_for_function(FIND)
    notebook.page.locator(".js-plotly-plot").scroll_into_view_if_needed()
    time.sleep(3)
    box = notebook.page.locator(".js-plotly-plot .draglayer .nsewdrag").first.bounding_box()
    chance = random.Random(3)
    taken: dict[str, list[float]] = {"zoom in": [], "pan": [], "everything": []}
    for _ in range(rounds):
        for kind, times in taken.items():
            seconds = _gesture(notebook, kind, chance, box)
            if seconds is not None:
                times.append(seconds)
            time.sleep(1)
    notebook.close()
    return taken


def _gesture(notebook: Notebook, kind: str, chance: random.Random, box: dict) -> float | None:
    mouse, keyboard = notebook.page.mouse, notebook.page.keyboard
    y = box["y"] + box["height"] / 2
    a = chance.uniform(0.15, 0.4)
    b = a + chance.uniform(0.1, 0.4)
    left, right = box["x"] + box["width"] * a, box["x"] + box["width"] * b
    notebook.page.evaluate(WATCH)
    if kind == "everything":
        mouse.move(left, y)  # the buttons are there while the pointer is over the plot
        notebook.page.locator('.modebar-btn[data-title="Reset axes"]').click()
    else:
        if kind == "pan":
            keyboard.down("Shift")
            left, right = right, left
        mouse.move(left, y)
        mouse.down()
        mouse.move(right, y, steps=3)
        mouse.up()
        keyboard.up("Shift")
    try:
        notebook.page.wait_for_function("() => vitalPlot.refined !== null", timeout=8_000)
    except NothingHappened:
        return None
    begin, refined = notebook.page.evaluate("() => [vitalPlot.begin, vitalPlot.refined]")
    return (refined - begin) / 1e3
