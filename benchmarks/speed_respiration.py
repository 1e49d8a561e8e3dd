"""Respiration of a day: breaths, rates and events against NeuroKit2."""

from __future__ import annotations

import time
import warnings
from statistics import median
from typing import TYPE_CHECKING

from rows import Row

from vital_widgets import analysis
from vital_widgets.simulate.breathing import make_breathing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 3
FS = 32.0
NEUROKIT_HOURS = 2


def run(folder: Path) -> list[Row]:  # noqa: ARG001 - nothing is written
    """Breaths, rates and events of 24 h at 32 Hz."""
    import neurokit2 as nk

    values = make_breathing(86400, FS, noise=0.05, heartbeat=0.1, drift=0.2, seed=1).values
    part = values[: int(NEUROKIT_HOURS * 3600 * FS)]

    def neurokit() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clean = nk.rsp_clean(part, sampling_rate=FS)
            _, info = nk.rsp_peaks(clean, sampling_rate=FS)
            nk.rsp_rate(clean, info["RSP_Troughs"], sampling_rate=FS)

    runs: dict[str, Callable[[], object]] = {
        "breaths": lambda: analysis.breaths(values, FS),
        "rates in windows, four estimators": lambda: analysis.respiration_rate(values, FS),
        "apnoeas and hypopnoeas": lambda: analysis.respiratory_events(values, FS),
        "neurokit": neurokit,
    }
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, function in runs.items():
            begin = time.perf_counter()
            function()
            took[name].append(time.perf_counter() - begin)
    theirs = median(took.pop("neurokit")) * 24 / NEUROKIT_HOURS
    held = f"NeuroKit2 rsp_clean, rsp_peaks, rsp_rate: {theirs:.2f} s ({NEUROKIT_HOURS} h scaled)"
    return [
        Row(
            f"Respiration of 24 h: {name}",
            f"24 h at {FS:g} Hz; median of {ROUNDS}",
            f"{median(times):.2f} s, {theirs / median(times):.2f} times as fast",
            held,
            "none set",
            None,
        )
        for name, times in took.items()
    ]
