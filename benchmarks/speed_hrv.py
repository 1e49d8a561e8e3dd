"""Correction, all figures and trends of a day of beats, against NeuroKit2's calls for the same."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
from rows import Row

from vital_widgets import analysis
from vital_widgets.simulate.sample_recording import sample_truth

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 3000  # ms of an interval
MINUTES = 20  # of the series for non-linear figures: an hour takes NeuroKit2 two minutes


def run(folder: Path) -> list[Row]:
    """Time- and frequency-domain and trends of 24 h; non-linear figures of 20 min."""
    del folder
    import neurokit2 as nk

    # NeuroKit2 0.2.12 calls the name that NumPy has given up.
    setattr(np, "trapz", np.trapezoid)  # noqa: B010
    rr = np.diff(np.round(sample_truth().r_peaks * 1000).astype(int))
    rr[rr > LONGEST] = np.median(rr)  # NeuroKit2 fails at the gap of that day, so it is closed
    peaks = 1000 + np.cumsum(rr)
    part_of = peaks[peaks < MINUTES * 60_000]

    def ours() -> None:
        beats = analysis.correct_beats(peaks / 1000)
        analysis.hrv(beats, domains=("time", "frequency"))
        analysis.hrv_trend(beats)

    def theirs(rate: float) -> None:
        _, fixed = nk.signal_fixpeaks(peaks, sampling_rate=1000, method="Kubios")
        nk.hrv_time(fixed, sampling_rate=1000)
        nk.hrv_frequency(fixed, sampling_rate=1000, interpolation_rate=rate, silent=True)
        for k in range(288):
            part = fixed[(fixed >= k * 300_000) & (fixed < (k + 1) * 300_000)]
            if len(part) > 60:
                nk.hrv_time(part - part[0], sampling_rate=1000)
                nk.hrv_frequency(part, sampling_rate=1000, interpolation_rate=rate, silent=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one, other = _seconds(ours), _seconds(lambda: theirs(100))
        at_4_hz = _seconds(lambda: theirs(4))
        nonlinear = _seconds(lambda: analysis.hrv_nonlinear(np.diff(part_of)))
        of_neurokit = _seconds(lambda: nk.hrv_nonlinear(part_of, sampling_rate=1000))
        whole = _seconds(lambda: analysis.hrv_nonlinear(np.diff(peaks[: len(peaks) // 2])))
    inputs = f"{len(peaks):,} beats of 24 h, without a gap"
    both, theirs_both = one + nonlinear, other + of_neurokit
    return [
        Row(
            "beat correction, all HRV figures, 5-min trends",
            f"{inputs}; non-linear figures of {MINUTES} min for both",
            f"{both:.2f} s, {theirs_both / both:.1f} times faster",
            f"NeuroKit2's calls for the same, its defaults: {theirs_both:.1f} s",
            "at least 10 times faster",
            theirs_both / both >= 10,
        ),
        Row(
            "beat correction, time and frequency domain, 5-min trends",
            inputs,
            f"{one:.2f} s, {other / one:.1f} times faster",
            f"NeuroKit2's calls for the same: {other:.1f} s by default, {at_4_hz:.1f} s with "
            "series at 4 Hz, as ours is",
            "",
            None,
        ),
        Row(
            "non-linear HRV, all figures",
            f"{len(part_of):,} beats of {MINUTES} min",
            f"{nonlinear:.2f} s, {of_neurokit / nonlinear:.1f} times faster",
            f"NeuroKit2's hrv_nonlinear: {of_neurokit:.1f} s",
            "",
            None,
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
