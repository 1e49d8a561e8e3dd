"""From a container that starts to the first picture, as on Binder: the quick start beside a slider.

Each run has a server, a browser and caches of its own. What a service needs to find and start the
container comes before that.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from rows import Row

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab
from lab_server import LabServer

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
STEPS = ("the server answers", "the notebook is open", "the first picture is there")
QUICKSTART = ROOT / "notebooks" / "quickstart.ipynb"
SLIDER = ["import ipywidgets\nipywidgets.IntSlider()"]
SETTLED = ".vital-viewer[data-status=settled]"
KERNEL = "() => window.vitalTestPanel.context.sessionContext.session?.kernel?.status === 'idle'"


def run(folder: Path) -> list[Row]:
    """Measure the steps, of both notebooks in turn."""
    ours, plain = [], []
    for _ in range(RUNS):
        ours.append(start(folder, quick=True))
        plain.append(start(folder, quick=False))
    rows = []
    for k, step in enumerate((*STEPS, "all of it")):
        took, beside = (
            [sum(one) if k == len(STEPS) else one[k] for one in runs] for runs in (ours, plain)
        )
        ratio = median(took) / median(beside)
        rows.append(
            Row(
                f"start of a notebook: {step}",
                f"quick start, new server, browser and caches, {RUNS} times",
                f"{median(took):.1f} s ({ratio:.2f} times), slowest {max(took):.1f} s",
                "a notebook with a slider of ipywidgets, in turn",
                "", None,
            )
        )  # fmt: skip
    return rows


def start(folder: Path, *, quick: bool) -> tuple[float, ...]:
    """Return the seconds of each step."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="start-"))
    times = [time.monotonic()]
    with LabServer(place) as server:
        times.append(time.monotonic())
        with Lab(server) as lab:
            browser = time.monotonic() - times[-1]  # a person's is open
            if quick:
                shutil.copy(QUICKSTART, server.root / QUICKSTART.name)
            book = lab.open(path=QUICKSTART.name) if quick else lab.open(SLIDER)
            book.page.wait_for_function(KERNEL)
            times.append(time.monotonic() - browser)
            book.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
            book.page.locator(SETTLED if quick else ".widget-slider").first.wait_for()
            times.append(time.monotonic() - browser)
            book.close()
    shutil.rmtree(place, ignore_errors=True)
    return tuple(after - before for before, after in pairwise(times))
