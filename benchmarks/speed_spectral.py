"""Spectra and statistics over whole recordings, against scipy, numpy and dask on arrays in RAM."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from rows import Row
from scipy import signal as scipy_signal
from scipy import stats

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.core.recording import Recording
from vital_widgets.testing import make_big_edf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHANNELS, FS, HOURS = 8, 256, 8
ROUNDS = 3
MEMORY = """
import json, sys, threading, time
import psutil
import dask.base, dask.delayed, dask.threaded, scipy.fft, scipy.signal, scipy.stats, datasketches
import vital_widgets as vw
from vital_widgets import analysis
recording = vw.open(sys.argv[1])
functions = {
    "spectrogram": lambda c: analysis.run(analysis.spectrogram, c).result(),
    "scalogram": lambda c: analysis.run(analysis.scalogram, c).result(),
    "power_spectrum": lambda c: analysis.run(analysis.power_spectrum, c).result(),
    "signal_statistics": lambda c: analysis.run(analysis.signal_statistics, c).result(),
}
compute = functions[sys.argv[2]]
process = psutil.Process()
before = process.memory_info().rss
peak, done = before, threading.Event()
def watch():
    global peak
    while not done.wait(0.003):
        peak = max(peak, process.memory_info().rss)
thread = threading.Thread(target=watch)
thread.start()
kept = [compute(recording[name]) for name in recording.channels]
done.set()
thread.join()
print(json.dumps((peak - before) / 1e6))
"""


def run(folder: Path) -> list[Row]:
    """One night of eight channels, and one channel of 24 hours."""
    path = folder / "bench-night.edf"
    if not path.exists():
        make_big_edf(path, CHANNELS * HOURS * 3600 * FS * 2 / 1e9, channels=CHANNELS, fs=FS)
    return [*_night(path), *_day()]


def seconds(*functions: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Median times of calls that take turns; the first round is not counted."""
    times = [[] for _ in functions]
    for _ in range(rounds + 1):
        for function, taken in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            taken.append(time.perf_counter() - begin)
    return [median(taken[1:]) for taken in times]


def _night(path: Path) -> list[Row]:
    recording = vw.open(path)
    channels = [recording[name] for name in recording.channels]
    arrays = [np.asarray(channel.read(0, channel.n_samples), np.float64) for channel in channels]
    options = {"nperseg": 4 * FS, "noverlap": 2 * FS, "window": "hann"}

    def theirs() -> None:
        for x in arrays:
            scipy_signal.spectrogram(x, FS, **options)

    def ours_in_memory() -> None:
        for x in arrays:
            analysis.spectrogram(x, FS)

    def ours_from_disk() -> None:
        for channel in channels:
            analysis.run(analysis.spectrogram, channel).result()

    reference, from_disk, in_memory = seconds(theirs, ours_from_disk, ours_in_memory)
    what = f"{HOURS} h, {CHANNELS} channels, {FS} Hz, windows of 4 s every 2 s"
    held = f"scipy.signal.spectrogram, arrays in RAM: {reference:.2f} s"
    rows = []
    for name, took in (("from an EDF", from_disk), ("from arrays", in_memory)):
        ratio = took / reference
        rows.append(
            Row(
                f"whole-night spectrogram, {name}",
                what,
                f"{took:.2f} s, {ratio:.2f} of scipy's time",
                held,
                "at most 1.5",
                ratio <= 1.5,
            )
        )
    arrays.clear()
    for name in ("spectrogram", "scalogram", "power_spectrum", "signal_statistics"):
        answer = subprocess.run(
            [sys.executable, "-c", MEMORY, str(path), name],
            check=True,
            capture_output=True,
            text=True,
        )
        peak = json.loads(answer.stdout)
        rows.append(
            Row(
                f"peak memory of {name}",
                f"{HOURS} h, {CHANNELS} channels, {FS} Hz, from an EDF",
                f"{peak:.0f} MB above imports",
                "",
                "at most 200 MB",
                peak <= 200,
            )
        )
    rows.append(_scalogram(channels[0]))
    return rows


def _scalogram(channel: vw.core.channel.Channel) -> Row:
    import pywt

    n = 5 * 60 * FS
    x = np.asarray(channel.read(0, n), np.float64)
    f = analysis.scalogram(x, FS).frequencies
    scales = pywt.frequency2scale("cmor2.0-1.0", f / FS)
    took, theirs = seconds(
        lambda: analysis.run(analysis.scalogram, channel).result(),
        lambda: pywt.cwt(x, scales, "cmor2.0-1.0", method="fft"),
        rounds=1,
    )
    whole = theirs * HOURS * 12
    return Row(
        "whole-night scalogram, 80 frequencies",
        f"{HOURS} h, one channel, {FS} Hz, from an EDF",
        f"{took:.2f} s, {whole / took:.1f} times faster",
        f"pywt.cwt (fft) on 5 min, times {HOURS * 12}: {whole:.0f} s",
        "",
        None,
    )


def _day() -> list[Row]:
    from dask import array as dask_array
    from dask.array import stats as dask_stats

    fs, n = 250, 24 * 3600 * 250
    counts = np.random.default_rng(0).normal(0, 300, n).astype(np.int16)
    x = counts * 0.005
    channel = Recording.from_arrays({"ECG": x}, fs)["ECG"]
    welch, ours, alone = seconds(
        lambda: scipy_signal.welch(x, fs, nperseg=4 * fs),
        lambda: analysis.run(analysis.power_spectrum, channel).result(),
        lambda: analysis.power_spectrum(x, fs),
    )
    what = "24 h, one channel, 250 Hz, array in RAM"
    rows = [
        Row(
            "Welch spectrum",
            what,
            f"{ours:.2f} s in pieces on two threads ({ours / welch:.2f}), "
            f"{alone:.2f} s in one call ({alone / welch:.2f})",
            f"scipy.signal.welch: {welch:.2f} s",
            "",
            None,
        )
    ]

    def with_numpy(values: np.ndarray) -> None:
        values.mean(), values.std(ddof=1), values.min(), values.max()
        values.argmin(), values.argmax(), stats.skew(values), stats.kurtosis(values)
        np.quantile(values, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
        np.histogram(values, 512)

    def with_dask(values: np.ndarray) -> None:
        import dask

        lazy = dask_array.from_array(values, chunks=1 << 18)
        low, high = dask.compute(lazy.min(), lazy.max())
        histogram = dask_array.histogram(lazy, 512, range=(low, high))[0]
        dask.compute(
            *(lazy.mean(), lazy.std(ddof=1), lazy.argmin(), lazy.argmax()),
            *(dask_stats.skew(lazy), dask_stats.kurtosis(lazy), histogram),
            dask_array.percentile(lazy, [1, 5, 25, 50, 75, 95, 99]),
        )

    for name, values in (("16-bit", x), ("continuous", x + np.linspace(0, 1e-3, n))):
        channel = Recording.from_arrays({"ECG": values}, fs)["ECG"]
        numpy, dask, ours = seconds(
            lambda v=values: with_numpy(v),
            lambda v=values: with_dask(v),
            lambda c=channel: analysis.run(analysis.signal_statistics, c).result(),
            rounds=1,
        )
        rows.append(
            Row(
                f"statistics of a {name} signal",
                what,
                f"{ours:.2f} s, {numpy / ours:.1f} times faster than numpy, "
                f"{dask / ours:.1f} than dask",
                f"numpy and scipy.stats, the same: {numpy:.2f} s; dask.array, approximate "
                f"percentiles: {dask:.2f} s",
                "",
                None,
            )
        )
    return rows
