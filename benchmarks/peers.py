"""Viewers of a newer kind in the same JupyterLab and browser, and ours in the same run.

Their kernels run with the interpreter that ``VITAL_WIDGETS_PEERS`` names, by default with this one;
docs/measurements.md says how it is set up. The picture is watched in the page, in the same way for
all of them (``picture_watch.py``).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median

from inputs import edf
from picture_watch import WATCHER, gesture_times
from playwright.sync_api import Error as NoPicture
from playwright.sync_api import Frame, Route
from rows import Row, milliseconds

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab, Notebook
from lab_server import LabServer, free_port

PYTHON = Path(os.environ.get("VITAL_WIDGETS_PEERS", sys.executable)).absolute()
ROUNDS = 10
# Files that a page asks for by package and version, where the network is not reached.
PACKAGES = PYTHON.parents[1] / "node_modules"
SIGNALS = f"""
PORT = {free_port()}
import numpy as np
n = 10_000_000
t = np.arange(n) / 250
rng = np.random.default_rng(0)
signals = [np.sin(t * 7 + k) + rng.normal(0, 0.1, n) for k in range(8)]
"""
OURS = """
import vital_widgets as vw
recording = vw.open({path!r})
vw.Viewer(recording, t_range=(0, recording.duration))
"""


@dataclass(frozen=True)
class Viewer:
    """A viewer, the cell that shows it, and the elements that its picture consists of."""

    package: str
    cell: str
    picture: str  # a selector
    wheel: bool = True  # otherwise a box is drawn to zoom
    needs: str = ""  # besides pip


PEERS = (
    Viewer(
        "fastplotlib",
        """
import fastplotlib as fpl
data = np.stack([np.column_stack([t, y]) for y in signals])
dims, whole = ("channel", "time", "xy"), float(t[-1])
widget = fpl.NDWidget(ranges={"time": (0, whole, 1 / 250)}, size=(900, 600))
widget.indices = {"time": whole / 2}
widget[0, 0].add_nd_timeseries(data, dims, dims, slider_maps={"time": t}, display_window=whole / 2,
                               max_display_datapoints=2000, x_range_mode="auto")
widget.show()
""",
        ".renderview-wrapper img",
        needs="a Vulkan driver",
    ),
    Viewer(
        "ts-jupyter-viz",
        """
import pandas as pd
import ts_jupyter_viz
frame = pd.DataFrame({f"c{k}": y + 3 * k for k, y in enumerate(signals)}, index=t)
ts_jupyter_viz.plot(frame, bins=2000, height=600)
""",
        ".jp-OutputArea canvas",
        needs="Python 3.13 or newer",
    ),
    Viewer(
        "flexviz",
        """
import polars as pl
from flexviz import Dashboard
dashboard = Dashboard(pl.DataFrame({"t": t, **{f"c{k}": y for k, y in enumerate(signals)}}))
for k in range(8):
    dashboard.add_figure(title=f"c{k}").add_line(x="t", y=f"c{k}", n_points=2000)
dashboard.link_axes(on="t")
dashboard.show(cols=1, height=600, port=PORT)
""",
        ".main-svg",
        wheel=False,
        needs="Plotly.js and GridStack, see Other viewers",
    ),
)


def run(folder: Path) -> list[Row]:
    """Each viewer that is installed, and ours, in one JupyterLab."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="peers-"))
    kernel = place / "data" / "kernels" / "peers" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [str(PYTHON), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    named = {"argv": command, "display_name": "Peers", "language": "python"}
    kernel.write_text(json.dumps({**named, "env": {"PYTHONPATH": ""}}))
    try:
        with LabServer(place) as server, Lab(server) as lab:
            return rows(lab, edf(folder, 160))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def rows(lab: Lab, path: Path) -> list[Row]:
    """A row for each peer: its times beside ours, or why there are none."""
    found = installed()
    cell = OURS.format(path=str(path))
    ours = times_of(lab, Viewer("vital_widgets", cell, ".vital-viewer .vv-plot"), "python3")
    table = []
    for peer in PEERS:
        name = f"{peer.package} {found.get(peer.package, '')}".strip()
        measured = "not measured"
        if peer.package not in found:
            held = f"not installed (pip install {peer.package}; it needs {peer.needs})"
        else:
            try:
                theirs = times_of(lab, peer, "peers")
            except (NoPicture, AssertionError) as error:
                held = f"{name} showed no picture: {str(error).splitlines()[0]}"
            else:
                ratio = median(chain(*theirs.values())) / median(chain(*ours.values()))
                measured, held = f"{ratio:.1f} times faster: {by_kind(ours)}", by_kind(theirs)
                held = f"{name}: {held}"
        what = f"gesture to the last change of the picture, beside {peer.package}"
        inputs = f"8 x 1e7 samples, {ROUNDS} gestures of each kind"
        table.append(Row(what, inputs, measured, held, "", None))
    return table


def installed() -> dict[str, str]:
    """Versions of the packages that the peers' interpreter has."""
    code = (
        "import importlib.metadata as m, json; "
        "print(json.dumps({d.name: d.version for d in m.distributions()}))"
    )
    said = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout
    return {name.replace("_", "-").lower(): version for name, version in json.loads(said).items()}


def times_of(lab: Lab, viewer: Viewer, kernel: str) -> dict[str, list[float]]:
    """Seconds of each gesture, by kind."""
    context = lab.new_context()
    context.add_init_script(WATCHER)
    context.route("**/npm/*@*/**", from_folder)
    ours = kernel == "python3"
    notebook = lab.open(
        [viewer.cell if ours else SIGNALS + viewer.cell], context=context, kernel=kernel
    )
    try:
        notebook.run(0)
        frame = shown(notebook, viewer.picture)
        if ours:
            notebook.wait_settled()
        taken = gesture_times(notebook, frame, viewer.picture, ROUNDS, wheel=viewer.wheel)
        notebook.screenshot(f"peer-{viewer.package}")
        return taken
    finally:
        notebook.close()
        context.close()


def shown(notebook: Notebook, picture: str, seconds: float = 60) -> Frame:
    """The frame of the page that shows the picture, when it is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for frame in notebook.page.frames:
            if frame.locator(picture).count():
                time.sleep(5)  # its data come, and others of its pictures
                return frame
        time.sleep(0.1)
    raise AssertionError(f"no {picture} within {seconds:g} s; {notebook.output(0)[-200:]}")


def from_folder(route: Route) -> None:
    """Answer a request for a file of a JavaScript package from the peers' folder, if there."""
    name, rest = re.search("/npm/(.+?)@[^/]+/(.+)", route.request.url).groups()
    file = PACKAGES / name / rest
    if file.is_file():
        route.fulfill(path=file)
    else:
        route.continue_()


def by_kind(taken: dict[str, list[float]]) -> str:
    """Median and 95th percentile of each kind of gesture."""
    return ", ".join(f"{kind} {milliseconds(times)}" for kind, times in taken.items())
