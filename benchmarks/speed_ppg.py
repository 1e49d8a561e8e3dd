"""PPG pulses of a day: time against NeuroKit2, and memory."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
from rows import Row

from vital_widgets import analysis
from vital_widgets.simulate.ppg_waves import make_ppg

if TYPE_CHECKING:
    from pathlib import Path

FS = 125
NEUROKIT_HOURS = 2
CHARLTON_SECONDS = 600
BISHOP_SECONDS = 30  # its scalogram has half as many rows as samples
MEMORY = """
import tracemalloc
import numpy as np, scipy.ndimage, scipy.signal
from vital_widgets.analysis import ppg_fiducials, ppg_peaks
from vital_widgets.simulate.ppg_waves import make_ppg
values = np.tile(make_ppg(600, 125, snr_db=25, seed=1).values, 144)
ppg_peaks(values[:20000], 125)
tracemalloc.start()
ppg_fiducials(values, 125, ppg_peaks(values, 125))
print(tracemalloc.get_traced_memory()[1] / 1e6)
"""


def timed(function) -> float:
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function()
    return time.perf_counter() - begin


def run(folder: Path) -> list[Row]:  # noqa: ARG001 - nothing is written
    """The detectors and the points of each pulse over 24 h at 125 Hz."""
    import neurokit2 as nk

    made = make_ppg(1200, FS, snr_db=25, premature=0.02, bursts=0.2, seed=1)
    values = np.tile(made.values, 72)
    part = values[: NEUROKIT_HOURS * 3600 * FS]

    def neurokit(samples, method):
        nk.ppg_findpeaks(nk.ppg_clean(samples, FS), FS, method=method)

    inputs = "24 h at 125 Hz, one channel"
    day = timed(lambda: neurokit(part, "elgendi")) * 24 / NEUROKIT_HOURS
    bishop = timed(lambda: neurokit(values[: BISHOP_SECONDS * FS], "bishop"))
    charlton = timed(lambda: neurokit(values[: CHARLTON_SECONDS * FS], "charlton"))
    rows = []
    for method in ("msptd", "slope-sum", "two-averages"):
        took = min(timed(lambda m=method: analysis.ppg_peaks(values, FS, method=m)) for _ in "12")
        against = (
            f"NeuroKit2 elgendi {day:.1f} s (from {NEUROKIT_HOURS} h), charlton {charlton:.1f} s "
            f"for {CHARLTON_SECONDS} s of signal, bishop {bishop:.1f} s "
            f"for {BISHOP_SECONDS} s of signal"
        )
        rows.append(Row(f"ppg_peaks, {method}", inputs, f"{took:.1f} s", against, "", None))
    beats = analysis.ppg_peaks(values, FS)
    took = timed(lambda: analysis.ppg_fiducials(values, FS, beats))
    what = f"ppg_fiducials of {len(beats):,} pulses"
    rows.append(Row(what, inputs, f"{took:.1f} s", "nothing comparable installed", "", None))
    told = subprocess.run(
        [sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True
    )
    peak = float(told.stdout)
    rows.append(
        Row(
            "peaks and points, memory above imports and input",
            inputs,
            f"{peak:.0f} MB",
            "",
            "200 MB",
            peak <= 200,
        )
    )
    return rows
