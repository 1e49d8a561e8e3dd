"""plotly-resampler's FigureWidgetResampler in the same JupyterLab and browser."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab import Lab

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


def refined_times(lab: Lab, count: int = 20) -> list[float]:
    """Seconds from a change of the range to the last repaint with the finer samples."""
    notebook = lab.open([FIGURE])
    notebook.run(0)
    notebook.page.wait_for_selector(".js-plotly-plot", timeout=120_000)
    notebook.page.wait_for_function(FIND)
    time.sleep(3)
    chance = random.Random(3)
    box = notebook.page.locator(".js-plotly-plot .draglayer .nsewdrag").first.bounding_box()
    taken = [_zoom(notebook, chance, box) for _ in range(count)]
    notebook.close()
    return [seconds for seconds in taken if seconds is not None]


WATCH = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  const before = plot.data.map((trace) => trace.x);
  window.vitalPlot = { begin: null, refined: null };
  const times = window.vitalPlot;
  window.addEventListener("mouseup", (event) => { times.begin ??= event.timeStamp; },
                          { capture: true, once: true });
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


def _zoom(notebook, chance: random.Random, box: dict) -> float | None:
    """Zoom with the box of plotly's own mouse gesture, or out by a double click."""
    mouse = notebook.page.mouse
    a, b = sorted(chance.sample(range(10, 90), 2))
    b = max(b, a + 10)
    y = box["y"] + box["height"] / 2
    notebook.page.evaluate(WATCH)
    mouse.move(box["x"] + box["width"] * a / 100, y)
    mouse.down()
    mouse.move(box["x"] + box["width"] * b / 100, y, steps=3)
    mouse.up()
    try:
        notebook.page.wait_for_function("() => vitalPlot.refined !== null", timeout=15_000)
    except Exception:
        return None
    begin, refined = notebook.page.evaluate("() => [vitalPlot.begin, vitalPlot.refined]")
    time.sleep(1)
    mouse.dblclick(box["x"] + box["width"] / 2, y)
    time.sleep(2)
    return (refined - begin) / 1e3
