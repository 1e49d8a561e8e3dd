"""Band-pass without phase, 12 channels of a day, from an EDF to the store, against SciPy in RAM."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
from rows import Row

import vital_widgets as vw
from vital_widgets.testing import make_big_edf

if TYPE_CHECKING:
    from pathlib import Path

HOURS, CHANNELS, FS = 24, 12, 250
LOW, HIGH, ORDER = 0.5, 40.0, 4

OURS = """
import json, sys, time
import dask.base, dask.delayed, dask.threaded, scipy.signal
import vital_widgets as vw
from vital_widgets import analysis
import vital_widgets.analysis.engine.stored
low, high, order, fs = map(float, sys.argv[2:6])
cutoffs = {"lowcut": low, "highcut": high}
made = analysis.design_filter("butterworth", "bandpass", **cutoffs, order=order, fs=fs)
made.context
def memory(name):  # kB; the peak that getrusage tells is that of the parent process too
    return int(open("/proc/self/status").read().split(name + ":")[1].split()[0])
before = memory("VmRSS")
begin = time.perf_counter()
recording = vw.open(sys.argv[1])
stored = analysis.store(analysis.filter_signal, recording, filter=made).result()
took = time.perf_counter() - begin
after = memory("VmHWM")
print(json.dumps([took, (after - before) / 1024, len(stored)]))
"""


def run(folder: Path) -> list[Row]:
    """SciPy channel by channel on arrays in RAM, then ours in a process of its own."""
    from scipy import signal

    megabytes = HOURS * 3600 * FS * CHANNELS * 2 / 1e6
    path = folder / f"filter-{HOURS}h-{CHANNELS}.edf"
    if not path.exists():
        make_big_edf(path, megabytes / 1000, channels=CHANNELS, fs=FS)
    sos = signal.butter(ORDER, [LOW, HIGH], "bandpass", fs=FS, output="sos")
    theirs = 0.0
    with vw.open(path) as recording:
        for name in recording:
            values = np.asarray(recording[name].read(0, recording[name].n_samples))
            begin = time.perf_counter()
            signal.sosfiltfilt(sos, values)
            theirs += time.perf_counter() - begin
            del values
    environment = {
        **os.environ, "VITAL_WIDGETS_CACHE_DIR": str(folder / f"store-{time.time_ns()}"),
    }  # fmt: skip
    arguments = [str(path), str(LOW), str(HIGH), str(ORDER), str(FS)]
    answer = subprocess.run(
        [sys.executable, "-c", OURS, *arguments],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    took, grown, _ = json.loads(answer.stdout)
    speed = theirs / took
    inputs = f"EDF of {CHANNELS} channels x {HOURS} h x {FS} Hz, {LOW:g} to {HIGH:g} Hz, order 4"
    return [
        Row(
            "band-pass, zero phase, disk to store",
            inputs,
            f"{took:.1f} s, {speed:.2f} of the speed",
            f"scipy.signal.sosfiltfilt on arrays in RAM, channel by channel: {theirs:.1f} s",
            "at least 0.5",
            speed >= 0.5,
        ),
        Row(
            "band-pass, memory",
            inputs,
            f"{grown:.0f} MB at the peak above imports",
            "",
            "at most 200 MB",
            grown <= 200,
        ),
    ]
