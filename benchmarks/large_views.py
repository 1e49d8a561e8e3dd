"""Many channels, many marks, long panning and a shared page, in the same JupyterLab and browser."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from inputs import edf
from lab import Lab
from lab_server import LabServer
from rows import Row

if TYPE_CHECKING:
    from lab import Notebook

MANY = """
import numpy as np
rng = np.random.default_rng(0)
t = np.arange(600 * 250) / 250
noise = lambda: rng.normal(0, 0.2, len(t))
data = {f"EEG {k}": 50e-6 * (np.sin(t * (5 + k / 9)) + noise()) for k in range(64)}
"""
PAGES, PANNING_SECONDS, MARKS = 40, 180, 100_000
# Two frames: one draws, the other begins after it. A number is the pixels of a turn of the wheel.
STEP = """([n, forth, back]) => new Promise((resolve) => {
  const plot = document.querySelector(".vital-viewer .vv-area-plot");
  const send = (by) => plot.dispatchEvent(typeof by === "number"
    ? new WheelEvent("wheel", { deltaX: by, bubbles: true, cancelable: true })
    : new KeyboardEvent("keydown", { key: by, bubbles: true }));
  let k = 0;
  const next = () => {
    if (k++ >= n) { resolve(); return; }
    send(k % 2 ? forth : back);
    requestAnimationFrame(() => requestAnimationFrame(next));
  };
  next();
})"""


# When a page first shows the full picture. Asked for from outside, it would be the time at which
# the page answers, after it has read the rest of its file.
FIRST_SETTLED = """new MutationObserver((_, observer) => {
  if (!document.querySelector(".vital-viewer[data-status=settled]")) return;
  window.vitalSettledAt = performance.now();
  observer.disconnect();
}).observe(document, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["data-status"],
});"""


def run(folder: Path) -> list[Row]:
    """All figures, in one JupyterLab on a page as wide as a large screen."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="lab-") as place:
        with LabServer(Path(place)) as server, Lab(server, (2440, 2300)) as lab:
            rows = [*many_channels(lab), many_marks(lab)]
        with LabServer(Path(place)) as server, Lab(server) as lab:
            rows += [long_panning(lab, folder), shared_page(lab, Path(place))]
    return rows


class Counters:
    """Chromium's counters of a page; they count from here on."""

    def __init__(self, notebook: Notebook) -> None:
        self._session = notebook.page.context.new_cdp_session(notebook.page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read(self, name: str) -> float:
        """Return a counter after a collection of garbage."""
        self._session.send("HeapProfiler.collectGarbage")
        found = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in found if one["name"] == name))


def script_ms(notebook: Notebook, forth: str | int, back: str | int) -> float:
    """Milliseconds of script for each frame of a series of gestures; median of three series."""
    notebook.viewer().focus()
    counters = Counters(notebook)
    took = []
    for _ in range(3):
        before = counters.read("ScriptDuration")
        notebook.page.evaluate(STEP, [PAGES, forth, back])
        took.append((counters.read("ScriptDuration") - before) / PAGES * 1e3)
        notebook.wait_settled()
    return median(took)


def shown(lab: Lab, cells: list[str]) -> Notebook:
    """A notebook whose last cell shows a viewer, when its overview is built."""
    notebook = lab.open(["import vital_widgets as vw", *cells])
    notebook.run_all()
    notebook.wait_settled()
    notebook.execute("viewer._session.task and viewer._session.task.result()")
    time.sleep(1)
    return notebook


def many_channels(lab: Lab) -> list[Row]:
    """A frame of 64 channels on 2,000 pixels, in which most of the picture moves, or all is new."""
    show = (
        "viewer = vw.Viewer(vw.Recording.from_arrays(data, 250, units='V'), height=1980,"
        " t_range=(100, 110)); viewer"
    )
    notebook = shown(lab, [MANY, show])
    width = notebook.viewer().evaluate("(root) => root.querySelector('canvas.vv-plot').width")
    what = f"64 channels, 250 Hz, windows of 10 s on {width:,} x 1,980 pixels"
    rows = []
    for steps, by in (((200, -200), "panning by the wheel"), (("+", "-"), "zooming")):
        took = script_ms(notebook, *steps)
        name = f"script for each frame, {by}"
        rows.append(Row(name, what, f"{took:.1f} ms", "", "16 ms", took <= 16))
    notebook.close()
    return rows


def many_marks(lab: Lab) -> Row:
    """Frames with 100,000 marks, beside the same frames with none."""
    marks = (
        f"import numpy as np\nn = {MARKS}\n"
        "onsets = np.sort(np.random.default_rng(1).uniform(0, 600, n))\n"
        "marks = vw.Annotations(onsets, np.where(np.arange(n) % 50, 'N', 'V'))"
    )
    took = {}
    for name, given in {"none": "", "marks": ", annotations=marks"}.items():
        show = (
            "data = dict(list(data.items())[:8])\n"
            "rec = vw.Recording.from_arrays(data, 250, units='V')\n"
            f"viewer = vw.Viewer(rec, t_range=(0, 300){given}); viewer"
        )
        notebook = shown(lab, [MANY, marks, show])
        took[name] = script_ms(notebook, "ArrowRight", "ArrowLeft")
        notebook.close()
    ratio = took["marks"] / took["none"]
    return Row(
        "script for each frame, with marks",
        f"8 channels, {MARKS:,} marks in 10 min, windows of 5 min; arrow keys",
        f"{took['marks']:.1f} ms, {ratio:.2f} times",
        f"without marks: {took['none']:.1f} ms",
        "1.2 times",
        ratio <= 1.2,
    )


def long_panning(lab: Lab, folder: Path) -> Row:
    """What the browser keeps after minutes of paging through 2 GB."""
    notebook = shown(lab, [f"viewer = vw.Viewer(vw.open({str(edf(folder, 2000))!r})); viewer"])
    counters = Counters(notebook)
    before = counters.read("JSHeapUsedSize")
    end = time.monotonic() + PANNING_SECONDS
    notebook.viewer().focus()
    while time.monotonic() < end:
        notebook.page.evaluate(STEP, [20, "PageDown", "PageDown"])
        notebook.page.keyboard.press("-")
    notebook.wait_settled()
    grown = (counters.read("JSHeapUsedSize") - before) / 1e6
    notebook.close()
    what = f"8 channels, 2 GB EDF; page keys for {PANNING_SECONDS // 60} min, zooming out"
    return Row("memory of the page", what, f"{grown:+.0f} MB", "", "100 MB", grown <= 100)


def shared_page(lab: Lab, place: Path) -> Row:
    """From the opening of an exported page to its first full picture."""
    file = place / "shared.html"
    notebook = shown(lab, ["rec = vw.sample(3600); viewer = vw.Viewer(rec); viewer"])
    notebook.execute(f"viewer.to_html({str(file)!r})")
    notebook.close()
    took: list[float] = []
    for _ in range(5):
        page: Any = lab.context.new_page()
        page.add_init_script(FIRST_SETTLED)
        page.goto(file.as_uri(), wait_until="commit")
        page.wait_for_selector(".vital-viewer[data-status=settled]")
        took.append(page.evaluate("vitalSettledAt"))
        page.close()
    what = f"7 channels, 1 h, {file.stat().st_size / 1e6:.1f} MB; from the start of loading"
    opened = median(took)
    return Row(
        "shared page", what, f"{opened:.0f} ms to the full picture", "", "1 s", opened <= 1e3
    )
