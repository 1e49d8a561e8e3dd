"""Correction, all figures and trends of a day of beats, against NeuroKit2's calls for the same."""

from __future__ import annotations

import contextlib
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
from rows import Row

from vital_widgets import analysis
from vital_widgets.io.sample import sample_truth

if TYPE_CHECKING:
    from pathlib import Path

HOURS = 1  # of the series for NeuroKit2's non-linear figures: more takes it too long


def run(folder: Path) -> list[Row]:
    """Time- and frequency-domain and trends of 24 h; non-linear figures of an hour."""
    del folder
    import neurokit2 as nk

    # NeuroKit2 0.2.12 calls the name that NumPy has given up.
    setattr(np, "trapz", np.trapezoid)  # noqa: B010
    peaks = np.round(sample_truth().r_peaks * 1000).astype(int)
    hour = peaks[peaks < HOURS * 3_600_000]

    def ours() -> None:
        beats = analysis.correct_beats(peaks / 1000)
        analysis.hrv(beats, domains=("time", "frequency"))
        analysis.hrv_trend(beats)

    def theirs() -> None:
        _, fixed = nk.signal_fixpeaks(peaks, sampling_rate=1000, method="Kubios")
        with contextlib.suppress(IndexError):  # at the gap of the day it fails
            nk.hrv_time(fixed, sampling_rate=1000)
        nk.hrv_frequency(fixed, sampling_rate=1000, interpolation_rate=4, silent=True)
        for k in range(288):
            part = fixed[(fixed >= k * 300_000) & (fixed < (k + 1) * 300_000)]
            if len(part) > 60:
                nk.hrv_time(part - part[0], sampling_rate=1000)
                nk.hrv_frequency(part, sampling_rate=1000, interpolation_rate=4, silent=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, other = _seconds(ours), _seconds(theirs)
        nonlinear = _seconds(lambda: analysis.hrv_nonlinear(np.diff(hour)))
        of_neurokit = _seconds(lambda: nk.hrv_nonlinear(hour, sampling_rate=1000))
        whole = _seconds(lambda: analysis.hrv_nonlinear(np.diff(peaks[: len(peaks) // 2])))
    inputs = f"{len(peaks):,} beats of 24 h"
    return [
        Row(
            "beat correction, time and frequency domain, 5-min trends",
            inputs,
            f"{one:.2f} s, {other / one:.1f} times faster",
            f"NeuroKit2's calls for the same, series at 4 Hz: {other:.1f} s",
            "at least 10 times faster",
            other / one >= 10,
        ),
        Row(
            "non-linear HRV, all figures",
            f"{len(hour):,} beats of {HOURS} h",
            f"{nonlinear:.2f} s, {of_neurokit / nonlinear:.1f} times faster",
            f"NeuroKit2's hrv_nonlinear: {of_neurokit:.1f} s",
            "at least 10 times faster",
            of_neurokit / nonlinear >= 10,
        ),
        Row(
            "non-linear HRV of half a day",
            f"{len(peaks) // 2:,} beats",
            f"{whole:.1f} s",
            "NeuroKit2 holds distances of all pairs",
            "",
            None,
        ),
    ]


def _seconds(function: object) -> float:
    begin = time.perf_counter()
    function()  # type: ignore[operator]
    return time.perf_counter() - begin
