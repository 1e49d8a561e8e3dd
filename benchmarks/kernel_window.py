"""Time in the kernel for one picture, at any zoom of a large file."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from inputs import edf
from rows import Row, milliseconds, percentile

import vital_widgets as vw
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path) -> list[Row]:
    """Random windows from 1 s to the whole, log-uniform, dispatched as the browser's messages."""
    recording = vw.open(edf(folder, 2000))
    session = Session(recording)
    if session.task is not None:
        session.task.result()
    rng = np.random.default_rng(1)
    duration = recording.duration
    took, sent = [], []
    for k in range(400):
        seconds = float(np.exp(rng.uniform(0, np.log(duration))))
        t0 = float(rng.uniform(0, duration - seconds))
        message = {
            "v": 1,
            "kind": "window",
            "request": f"bench:{k}",
            "seq": k,
            "channels": list(range(8)),
            "t0": t0,
            "t1": t0 + seconds,
            "width": 2000,
        }
        begin = time.perf_counter()
        _, buffers = dispatch(session, message)
        took.append(time.perf_counter() - begin)
        sent.append(len(buffers[0]))
    session.close()
    recording.close()
    return [
        Row(
            "window in the kernel",
            "8 channels x 2000 pixels, 400 random windows of 1 s to the whole of 2 GB EDF",
            f"{milliseconds(took)}; {median(sent) / 1000:.0f} kB sent (median)",
            "",
            "3 ms median, 10 ms p95",
            median(took) <= 3e-3 and percentile(took, 0.95) <= 10e-3,
        )
    ]
