"""The PPG detectors that are compared, and where real recordings lie."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np

from vital_widgets import analysis

DATA = Path(os.environ.get("VITAL_WIDGETS_DATA", Path(__file__).parents[2] / "shared" / "data"))
OURS = ("msptd", "slope-sum", "two-averages")
THEIRS = ("elgendi", "charlton")


def finders(fs):
    """Each detector: times of pulses in s, from a signal at ``fs`` Hz."""
    found = {
        f"ours: {method}": lambda x, m=method: analysis.ppg_peaks(x, fs, method=m).times
        for method in OURS
    }
    return found | {f"NeuroKit2 {method}": neurokit(method, fs) for method in THEIRS}


def neurokit(method, fs):
    """A detector of NeuroKit2 after its own cleaning."""
    import neurokit2 as nk

    def find(values):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clean = nk.ppg_clean(values, sampling_rate=fs)
            told = nk.ppg_findpeaks(clean, sampling_rate=fs, method=method)
        return np.asarray(told["PPG_Peaks"]) / fs

    return find
