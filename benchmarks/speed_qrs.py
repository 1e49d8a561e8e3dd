"""R peaks of a day: time against sleepecg and NeuroKit2, and memory."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from statistics import median
from typing import TYPE_CHECKING

from rows import Row

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.simulate.sample_recording import prepare_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 5
PEAK = """
import sys
import numpy as np, scipy.ndimage, scipy.signal, dask.delayed, dask.base
import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.analysis import ecg_peaks, run
def peak():  # of this program alone: ru_maxrss would begin with the peak of who started it
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
rec = vw.open(sys.argv[1])
run(ecg_peaks, vw.Recording.from_arrays({"x": np.zeros(5000)}, 250)["x"]).result()
before = peak()
run(ecg_peaks, rec["ECG"]).result()
print((peak() - before) / 1024)
"""


def run(folder: Path) -> list[Row]:
    """The default detector over 24 h at 250 Hz."""
    import neurokit2 as nk
    import sleepecg

    path = folder / "bench-day.edf"
    task = prepare_sample(path=path)[1]
    if task is not None:
        task.start().result()
    with vw.open(path) as rec:
        channel = rec["ECG"]
        values = channel.read(0, channel.n_samples)

        def neurokit() -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                nk.ecg_peaks(nk.ecg_clean(values, sampling_rate=250), sampling_rate=250)

        runs: dict[str, Callable[[], object]] = {
            "array": lambda: analysis.ecg_peaks(values, 250),
            "file": lambda: analysis.run(analysis.ecg_peaks, channel).result(),
            "sleepecg": lambda: sleepecg.detect_heartbeats(values, 250),
            "read": lambda: sleepecg.detect_heartbeats(channel.read(0, channel.n_samples), 250),
            "neurokit": neurokit,
        }
        took: dict[str, list[float]] = {name: [] for name in runs}
        order = list(runs)
        for k in range(ROUNDS):
            for name in [*order[k:], *order[:k]]:  # none always follows the same one
                function = runs[name]
                time.sleep(1)  # what uses two cores must not slow what comes next
                begin = time.perf_counter()
                function()
                took[name].append(time.perf_counter() - begin)
    seconds = {name: median(times) for name, times in took.items()}
    peak = float(
        subprocess.run(
            [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True
        ).stdout
    )
    inputs = f"24 h ECG at 250 Hz, one channel; median of {ROUNDS}"
    held = f"sleepecg: {seconds['sleepecg']:.2f} s, array in RAM"
    read = f"the channel read at once and sleepecg: {seconds['read']:.2f} s"
    return [
        _row("R peaks of 24 h, from an array", inputs, seconds["array"], seconds["sleepecg"], held),
        _row("R peaks of 24 h, from an EDF", inputs, seconds["file"], seconds["read"], read),
        Row(
            "R peaks of 24 h, beside NeuroKit2",
            inputs,
            f"{seconds['array']:.2f} s, {seconds['neurokit'] / seconds['array']:.1f} times faster",
            f"NeuroKit2's default: {seconds['neurokit']:.1f} s, the same 24 h",
            "at least 3 times faster",
            seconds["neurokit"] / seconds["array"] >= 3,
        ),
        Row(
            "R peaks of 24 h, memory",
            "24 h ECG at 250 Hz from an EDF of 125 MB; peak of a process",
            f"{peak:.0f} MB over the imports",
            "",
            "200 MB",
            peak <= 200,
        ),
    ]


def _row(what: str, inputs: str, ours: float, theirs: float, held: str) -> Row:
    ratio = ours / theirs
    return Row(
        what, inputs, f"{ours:.2f} s, {ratio:.2f} times", held, "at most 1.5 times", ratio <= 1.5
    )
