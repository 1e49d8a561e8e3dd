"""Band-pass without phase, 12 channels of a day, from an EDF to the store, against SciPy in RAM."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rows import Row

import vital_widgets as vw
from vital_widgets.testing import make_big_edf

HOURS, CHANNELS, FS = 24, 12, 250
LOW, HIGH, ORDER = 0.5, 40.0, 4
MEMORY = Path("/dev/shm")  # a folder in memory, where the system has one

OURS = """
import json, sys, time
import scipy.signal
import vital_widgets as vw
from vital_widgets import analysis
import vital_widgets.analysis.engine.store
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
    took, grown = _ours(path, folder)
    disk = _writing_alone(folder, round(4 * megabytes * 1e6))
    inputs = f"EDF of {CHANNELS} channels x {HOURS} h x {FS} Hz, {LOW:g} to {HIGH:g} Hz, order 4"
    scipy = f"scipy.signal.sosfiltfilt on arrays in RAM, channel by channel: {theirs:.1f} s"
    rows = [
        Row(
            "band-pass, zero phase, disk to store",
            inputs,
            f"{took:.1f} s, {theirs / took:.2f} of the speed",
            f"{scipy}; writing the {4 * megabytes / 1000:.1f} GB of the result alone: {disk:.1f} s",
            "at least 0.5",
            theirs / took >= 0.5,
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
    if MEMORY.exists():
        with tempfile.TemporaryDirectory(dir=MEMORY) as inside:
            took, _ = _ours(path, Path(inside))
        rows.append(
            Row(
                "band-pass, zero phase, disk to a store in memory",
                inputs,
                f"{took:.1f} s, {theirs / took:.2f} of the speed",
                scipy,
                "at least 0.5",
                theirs / took >= 0.5,
            )
        )
    return rows


def _ours(path: Path, folder: Path) -> tuple[float, float]:
    """Return the seconds and the MB of memory that filtering into a new store takes."""
    store = str(folder / f"store-{time.time_ns()}")
    arguments = [str(path), str(LOW), str(HIGH), str(ORDER), str(FS)]
    answer = subprocess.run(
        [sys.executable, "-c", OURS, *arguments],
        check=True, capture_output=True, text=True,
        env={**os.environ, "VITAL_WIDGETS_CACHE_DIR": store},
    )  # fmt: skip
    took, grown, _ = json.loads(answer.stdout)
    return took, grown


def _writing_alone(folder: Path, n_bytes: int) -> float:
    """Return the seconds that the disk takes for so many bytes."""
    path = folder / "written.bin"
    piece = np.random.default_rng(0).bytes(1 << 22)
    begin = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for _ in range(-(-n_bytes // len(piece))):
            file.write(piece)
        os.fsync(file.fileno())
    took = time.perf_counter() - begin
    path.unlink()
    return took
