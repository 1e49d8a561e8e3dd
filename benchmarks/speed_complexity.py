"""Non-linear figures of a day of beats, against NeuroKit2; morphology of a day of signal."""

from __future__ import annotations

import time
import tracemalloc
import warnings
from typing import TYPE_CHECKING

import numpy as np
from rows import Row

from vital_widgets import Recording, analysis
from vital_widgets.simulate.sample_recording import sample_truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOURS, FS = 24, 250
WINDOWS = list(range(4, 65))
PART = 30_000  # beats of the figures that NeuroKit2 would take minutes for


def run(folder: Path) -> list[Row]:  # noqa: ARG001 - they all take a folder
    """Beats of a day as a detector gives them, to the sample, and with fractions of samples."""
    truth = sample_truth(HOURS * 3600.0)
    rows = []
    for name, times in (
        (f"to the sample at {FS} Hz", np.round(truth.r_peaks * FS) / FS),
        ("between the samples", _jittered(truth.r_peaks)),
    ):
        rr = np.diff(times) * 1000
        rows += _beats(rr[(rr > 250) & (rr < 2500)], name)
    return [*rows, *_signal(truth.r_peaks)]


def _jittered(times: np.ndarray) -> np.ndarray:
    return times + np.random.default_rng(0).uniform(-0.0005, 0.0005, len(times))


def seconds(function: Callable[[], object]) -> float:
    """Time of one call, with warnings off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = time.perf_counter()
        function()
        return time.perf_counter() - begin


def _beats(rr: np.ndarray, name: str) -> list[Row]:
    import neurokit2 as nk

    part = rr[:PART]
    limit = 0.2 * float(np.std(part, ddof=1))
    analysis.hrv_nonlinear(rr[:500])  # imports
    day, some = f"{len(rr):,} beats {name}", f"{len(part):,} beats {name}"
    cases = (
        (
            "sample entropy",
            some,
            lambda: analysis.sample_entropy(part),
            lambda: nk.entropy_sample(part, dimension=2, tolerance=limit),
        ),
        (
            "approximate entropy",
            some,
            lambda: analysis.approximate_entropy(part),
            lambda: nk.entropy_approximate(part, dimension=2, tolerance=limit),
        ),
        (
            "DFA, all windows from 4 to 64",
            day,
            lambda: analysis.dfa(rr, sizes=WINDOWS),
            lambda: nk.fractal_dfa(rr, scale=WINDOWS, overlap=False),
        ),
    )
    rows = []
    for what, inputs, ours, theirs in cases:
        took, reference = seconds(ours), seconds(theirs)
        measured = f"{took:.2f} s, {reference / took:.0f} times faster"
        if reference < 10 * took:
            measured = f"{took:.2f} s, {reference / took:.1f} times faster"
        rows.append(Row(what, inputs, measured, f"NeuroKit2: {reference:.2f} s", "", None))
    took = seconds(lambda: analysis.hrv_nonlinear(rr))
    held = "NeuroKit2 asks for a matrix of all pairs of beats: more than 70 GB"
    rows.append(Row("all non-linear figures", day, f"{took:.2f} s", held, "", None))
    return rows


def _stored_envelope(x: np.ndarray) -> None:
    recording = Recording.from_arrays({"x": x}, FS)
    analysis.store(analysis.envelope, recording["x"]).result()


def _signal(beats: np.ndarray) -> list[Row]:
    n = HOURS * 3600 * FS
    rng = np.random.default_rng(0)
    x = np.empty(n)
    for i in range(0, n, 1 << 20):
        at = np.arange(i, min(i + (1 << 20), n))
        x[at] = np.sin(2 * np.pi * 1.2 * at / FS) + 0.1 * rng.normal(size=len(at))
    inside = beats[beats < HOURS * 3600 - 2]
    cases = (
        ("crossings", lambda: analysis.zero_crossings(x, FS, hysteresis=0.3)),
        ("Hilbert envelope, to disk", lambda: _stored_envelope(x)),
        ("12 statistics of 10 s windows", lambda: analysis.window_statistics(x, FS)),
        ("averaged beat, mean", lambda: analysis.averaged_beat(x, FS, inside)),
        ("averaged beat, median", lambda: analysis.averaged_beat(x, FS, inside, centre="median")),
        (
            "correlation of each beat with the average",
            lambda: analysis.beat_trend(x, FS, inside, measure="correlation"),
        ),
        ("change points", lambda: analysis.change_points(x, FS)),
        ("anomalies", lambda: analysis.anomalies(x, FS)),
    )
    rows = []
    for what, function in cases:
        took = seconds(function)
        tracemalloc.start()
        function()
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        rows.append(
            Row(
                what,
                f"{HOURS} h at {FS} Hz, an array",
                f"{took:.2f} s, {peak:.0f} MB besides the array",
                "",
                "at most 200 MB",
                peak <= 200,
            )
        )
    return rows
