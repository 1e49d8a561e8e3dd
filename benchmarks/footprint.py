"""What the package costs before and while it is used: import, memory, size of the front end."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING

from inputs import edf
from rows import Row

from vital_widgets.runtime.staticfiles import STATIC

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = """
import json, sys, time
begin = time.perf_counter()
import {module}
took = time.perf_counter() - begin
import psutil
print(json.dumps([took, psutil.Process().memory_info().rss]))
"""

WINDOWS = """
import json, sys, psutil
import numpy as np
import ipykernel.ipkernel, anywidget, vital_widgets as vw
before = psutil.Process().memory_info().rss
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session
recording = vw.open(sys.argv[1])
session = Session(recording)
if session.task is not None:
    session.task.result()
rng = np.random.default_rng(2)
peak = 0
for k in range(200):
    seconds = float(np.exp(rng.uniform(0, np.log(recording.duration))))
    t0 = float(rng.uniform(0, recording.duration - seconds))
    dispatch(session, {"v": 1, "kind": "window", "request": f"m:{k}", "seq": k,
             "channels": list(range(8)), "t0": t0, "t1": t0 + seconds, "width": 2000})
    peak = max(peak, psutil.Process().memory_info().rss)
print(json.dumps([before, peak]))
"""


def run(folder: Path) -> list[Row]:
    """Fresh interpreters for everything."""
    return [*_imports(), _memory(folder), _bundle()]


def _fresh(code: str, *arguments: str, cache: Path | None = None) -> list[float]:
    environment = dict(os.environ)
    if cache is not None:
        environment["VITAL_WIDGETS_CACHE_DIR"] = str(cache)
    answer = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return json.loads(answer.stdout)


def _imports() -> list[Row]:
    ours, theirs = [], []
    for _ in range(9):
        theirs.append(_fresh(IMPORT.format(module="anywidget")))
        ours.append(_fresh(IMPORT.format(module="vital_widgets")))
    rows = []
    for k, (what, unit, scale) in enumerate([("time", "ms", 1e3), ("memory", "MB", 1e-6)]):
        mine, reference = median(o[k] for o in ours), median(t[k] for t in theirs)
        rows.append(
            Row(
                f"import, {what}",
                "fresh interpreters, median of 9",
                f"{mine * scale:.0f} {unit}, {mine / reference:.2f} times",
                f"import anywidget: {reference * scale:.0f} {unit}",
                "at most 1.5 times",
                mine / reference <= 1.5,
            )
        )
    return rows


def _memory(folder: Path) -> Row:
    path = edf(folder, 2000)
    before, peak = _fresh(WINDOWS, str(path), cache=folder / "memory-cache")
    grown = (peak - before) / 1e6
    return Row(
        "kernel memory",
        "2 GB EDF never seen before, built, 200 random windows of 8 channels x 2000 pixels",
        f"{grown:.0f} MB at the peak",
        f"a process with ipykernel and the package imported: {before / 1e6:.0f} MB",
        "150 MB over that",
        grown <= 150,
    )


def _bundle() -> Row:
    files = ("loader.js", "main.js", "main.css")  # page.js is only in exported pages
    size = sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in files)
    return Row(
        "front end",
        "what a notebook loads, minified and gzipped",
        f"{size / 1000:.1f} kB",
        "",
        "150 kB",
        size <= 150_000,
    )
