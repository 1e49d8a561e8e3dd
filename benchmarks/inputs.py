"""The recordings that are measured on, made once in the benchmark's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vital_widgets.testing import make_big_edf

if TYPE_CHECKING:
    from pathlib import Path


def edf(folder: Path, megabytes: float) -> Path:
    """An EDF of 8 channels at 250 Hz, int16."""
    path = folder / f"bench-{megabytes:g}MB.edf"
    if not path.exists():
        make_big_edf(path, megabytes / 1000, channels=8, fs=250)
    return path


def csv(folder: Path, megabytes: int) -> Path:
    """A CSV of a time column in seconds and four signals, 250 Hz."""
    import numpy as np
    import pandas as pd

    path = folder / f"bench-{megabytes}MB.csv"
    if path.exists():
        return path
    rows, block = 0, 200_000
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write("time (s),ECG (mV),PPG (a.u.),Resp (a.u.),SpO2 (%)\n")
        while file.tell() < megabytes * 1_000_000:
            t = (rows + np.arange(block)) / 250
            frame = pd.DataFrame(
                {
                    "t": t,
                    "ecg": np.round(np.sin(t * 7) + rng.normal(0, 0.05, block), 4),
                    "ppg": np.round(np.sin(t * 7 + 1) + rng.normal(0, 0.02, block), 4),
                    "resp": np.round(np.sin(t * 1.5), 4),
                    "spo2": np.round(97 + rng.normal(0, 0.3, block), 1),
                }
            )
            frame.to_csv(file, header=False, index=False, float_format="%.4f")
            rows += block
    return path
