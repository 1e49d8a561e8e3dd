"""What NeuroKit2 gives for the series of `test_neurokit2.py`.

Run with a version of NeuroKit2 installed, it writes that version's figures beside them.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np

KEPT = Path(__file__).parent / "analysis" / "hrv"
FIGURES = {
    "mean_nn": "MeanNN", "sdnn": "SDNN", "sdann": "SDANN5", "sdnni": "SDNNI5", "rmssd": "RMSSD",
    "sdsd": "SDSD", "pnn20": "pNN20", "pnn50": "pNN50", "cvnn": "CVNN", "cvsd": "CVSD",
    "median_nn": "MedianNN", "mad_nn": "MadNN", "iqr_nn": "IQRNN", "min_nn": "MinNN",
    "max_nn": "MaxNN", "triangular_index": "HTI", "tinn": "TINN", "ulf": "ULF", "vlf": "VLF",
    "lf": "LF", "hf": "HF", "vhf": "VHF", "total_power": "TP", "lf_hf": "LFHF", "ln_hf": "LnHF",
}  # fmt: skip
NONLINEAR = {
    "sd1": "SD1", "sd2": "SD2", "apen": "ApEn", "sampen": "SampEn",
    "dfa_alpha1": "DFA_alpha1", "dfa_alpha2": "DFA_alpha2",
}  # fmt: skip


def series() -> dict[str, tuple[np.ndarray, int]]:
    """R peaks as sample numbers, and their rate: ties at 50 ms, hours, one early beat, runs."""
    made = {}
    for n, fs in ((371, 1000), (400, 360), (400, 300), (390, 128), (1801, 250), (4585, 1000)):
        rng = np.random.default_rng(n + fs)
        rr = 0.78 + 0.04 * np.sin(np.arange(n) * 0.3) + 0.025 * rng.normal(size=n)
        rr += 0.05 * np.sin(np.arange(n) * 0.004)
        made[f"{n} intervals at {fs} Hz"] = np.cumsum(np.r_[fs, np.round(rr * fs)]).astype(int), fs
    even = np.repeat(780 + 10 * np.random.default_rng(3).integers(0, 5, 40), 12)
    early = np.round(780 + 10 * np.random.default_rng(1).normal(size=600))
    early[300:302] = 480, 1080
    made["one early beat"] = np.cumsum(np.r_[1000, early]).astype(int), 1000
    made["equal intervals"] = np.cumsum(np.r_[1000, even]).astype(int), 1000
    return made


def figures_of(peaks: np.ndarray, fs: int) -> dict[str, float]:
    """Return the figures of the installed NeuroKit2 by our names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib as mpl

        mpl.use("Agg")
        import neurokit2

        # NeuroKit2 0.2 calls the name that NumPy has given up.
        before = getattr(np, "trapz", None)
        if before is None:
            setattr(np, "trapz", np.trapezoid)  # noqa: B010
        try:
            theirs = {
                **neurokit2.hrv_time(peaks, sampling_rate=fs).iloc[0].to_dict(),
                **neurokit2.hrv_frequency(peaks, sampling_rate=fs, silent=True).iloc[0].to_dict(),
            }
            names = dict(FIGURES)
            if len(peaks) < 1000:  # it holds all pairs of beats
                theirs |= neurokit2.hrv_nonlinear(peaks, sampling_rate=fs).iloc[0].to_dict()
                names |= NONLINEAR
        finally:
            if before is None:
                delattr(np, "trapz")
    return {ours: float(theirs[f"HRV_{name}"]) for ours, name in names.items()}


if __name__ == "__main__":
    told = {name: figures_of(*peaks) for name, peaks in series().items()}
    for figures in told.values():
        for name, value in figures.items():
            figures[name] = None if np.isnan(value) else value  # type: ignore[assignment]
    number = version("neurokit2")
    written = KEPT / f"neurokit2_{number.replace('.', '_')}.json"
    written.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{written}\n")
