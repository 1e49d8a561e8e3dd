"""From a key in the viewer to the painted plot of a panel, in a real JupyterLab and Chromium."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from rows import Row, milliseconds

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab, Notebook
from lab_server import LabServer

LIMIT = 150.0  # ms
TIMES = 25  # of each panel; the first five do not count, as all code is new then
# Name, its parameters, and what the table says.
PANELS: dict[str, tuple[str, str]] = {
    "Spectrum": ("", "spectrum"),
    "Statistics": ("", "statistics"),
    "Quality": ("", "quality"),
    "Beats": ("", "beats"),
}
VIEWER = """
import vital_widgets as vw
viewer = vw.Viewer(vw.sample(), t_range=(3600, 3630), height=300)
viewer
"""
# The page notes when a key went down, and when the plot had been painted after that.
WATCH = """() => {
  window.panelTimes = { key: null, plot: null };
  const times = window.panelTimes;
  document.querySelector(".vital-viewer").addEventListener("keydown", (event) => {
    times.key = event.timeStamp;
    times.plot = null;
  }, { capture: true });
  const graph = document.querySelector(".vital-panel .js-plotly-plot");
  graph.on("plotly_afterplot", () => {
    if (times.key === null || times.plot !== null) return;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      times.plot ??= performance.now();
    }));
  });
}"""
PLOTTED = "() => window.panelTimes.plot !== null"


def run(folder: Path) -> list[Row]:
    """Measure each panel with 30 s of 24 h at 250 Hz."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="panels-"))
    rows: list[Row] = []
    with LabServer(place) as server, Lab(server) as lab:
        for name, (parameters, words) in PANELS.items():
            book = lab.open(
                [
                    VIEWER,
                    f"panel = vw.panels.{name}(viewer{parameters})\ndisplay(panel)",
                ]
            )
            book.run_all()
            book.wait_settled()
            taken = measure(book)
            book.close()
            rows.append(
                Row(
                    f"window to painted plot: {words}",
                    f"30 s of 24 h at 250 Hz, a page further by a key, {len(taken)} times",
                    milliseconds(taken),
                    "",
                    f"{LIMIT:.0f} ms median",
                    median(taken) * 1e3 <= LIMIT,
                )
            )
    shutil.rmtree(place, ignore_errors=True)
    return rows


def measure(book: Notebook) -> list[float]:
    """Move by a page and wait for the plot, some times; times in seconds."""
    page = book.page
    page.locator(".vital-panel .js-plotly-plot .main-svg").first.wait_for()
    book.until(lambda: book.value("panel.state in ('done', 'not enough')"))
    page.evaluate(WATCH)
    root = book.viewer()
    root.focus()
    taken: list[float] = []
    for _ in range(TIMES):
        page.evaluate("() => { Object.assign(window.panelTimes, {key: null, plot: null}); }")
        page.keyboard.press("PageDown")
        page.wait_for_function(PLOTTED)
        times: Any = page.evaluate("window.panelTimes")
        taken.append((times["plot"] - times["key"]) / 1000)
        page.wait_for_timeout(400)  # a person looks at it
    return taken[5:]
