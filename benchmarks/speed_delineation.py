"""Waves of all beats of a day: time against NeuroKit2's delineators, and memory."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from rows import Row

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.simulate.sample_recording import prepare_sample, sample_truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 3
NEUROKIT_MINUTES = 10
# VmHWM and not ru_maxrss: a child inherits that of the process that started it.
PEAK = """
import sys
import numpy as np, scipy.cluster.hierarchy, scipy.linalg, scipy.stats, pandas, dask.delayed
import vital_widgets as vw
from vital_widgets import analysis
def high():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
beats = np.load(sys.argv[3])
rec = vw.open(sys.argv[1])
small = vw.Recording.from_arrays({"x": np.zeros(5000)}, 250)["x"]
function = getattr(analysis, sys.argv[2])
analysis.run(function, small, beats=[5.0, 6.0, 7.0]).result()
before = high()
analysis.run(function, rec["ECG"], beats=beats).result()
print(high() - before)
"""


def run(folder: Path) -> list[Row]:
    """Delineation of 24 h at 250 Hz, and of ten minutes beside NeuroKit2."""
    import neurokit2 as nk

    path = folder / "bench-day.edf"
    task = prepare_sample(path=path)[1]
    if task is not None:
        task.start().result()
    beats = sample_truth().r_peaks
    saved = folder / "bench-beats.npy"
    np.save(saved, beats)
    with vw.open(path) as rec:
        channel = rec["ECG"]
        values = channel.read(0, channel.n_samples)
        n = NEUROKIT_MINUTES * 60 * 250
        part = values[:n]
        samples = (beats[beats < NEUROKIT_MINUTES * 60 - 1] * 250).round().astype(int)

        def neurokit(method: str) -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                nk.ecg_delineate(part, samples, sampling_rate=250, method=method)

        short = samples[samples < 20 * 250]  # both have imported what they need
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nk.ecg_delineate(part[:6000], short, sampling_rate=250, method="dwt")
        analysis.ecg_delineate(part[:6000], 250, short / 250)
        day = timed(lambda: analysis.run(analysis.ecg_delineate, channel, beats=beats).result(), 1)
        kinds = timed(
            lambda: analysis.run(analysis.beat_templates, channel, beats=beats).result(), 1
        )
        ours = timed(lambda: analysis.ecg_delineate(part, 250, samples / 250), ROUNDS)
        theirs = {name: timed(lambda m=name: neurokit(m), 1) for name in ("dwt", "peak")}
    rows = []
    for name, seconds in theirs.items():
        rows.append(
            Row(
                f"P, QRS and T limits, times faster than NeuroKit2 '{name}'",
                f"{NEUROKIT_MINUTES} min ECG at 250 Hz, {len(samples):,} known beats",
                f"{seconds / ours:.1f} times ({ours:.3g} s)",
                f"neurokit2.ecg_delineate(method='{name}'): {seconds:.3g} s",
                "faster",
                seconds > ours,
            )
        )
    inputs = f"24 h ECG at 250 Hz from EDF+, {len(beats):,} beats"
    rows.append(Row("P, QRS and T limits of a day", inputs, f"{day:.3g} s", "", "", None))
    rows.append(Row("beats of a day sorted by shape", inputs, f"{kinds:.3g} s", "", "", None))
    for name in ("ecg_delineate", "beat_templates"):
        peak = peak_of(path, name, saved)
        rows.append(
            Row(
                f"memory of {name}",
                inputs,
                f"{peak:.0f} MB above imports",
                "",
                "at most 200 MB",
                peak <= 200,
            )
        )
    return rows


def timed(call: Callable[[], object], rounds: int) -> float:
    """Median of the seconds of some calls."""
    seconds = []
    for _ in range(rounds):
        before = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - before)
    return median(seconds)


def peak_of(path: Path, name: str, beats: Path) -> float:
    """Megabytes above imports that a run over the day needs, in a process of its own."""
    got = subprocess.run(
        [sys.executable, "-c", PEAK, str(path), name, str(beats)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(got.stdout.split()[-1])
