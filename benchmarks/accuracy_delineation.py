"""Limits of P, QRS and T against waves known by construction: ours and NeuroKit2's."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from accuracy_qrs import data_folder
from tables import Table

from vital_widgets import analysis
from vital_widgets.analysis import ecg_delineate
from vital_widgets.testing.ecg_waves import POINTS, wave_ecg

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Points = dict[str, NDArray[np.float64]]

FS = 250.0
SECONDS = 300
SEARCHED = tuple(point for point in POINTS if point != "r_peak")
CASES = {
    "clean": {},
    "white noise 0.01 mV, wander 0.1 mV": {"noise": 0.01, "baseline": 0.1},
    "white noise 0.03 mV, wander 0.2 mV": {"noise": 0.03, "baseline": 0.2},
    "inverted T, noise 0.01 mV": {"noise": 0.01, "t_shape": "inverted"},
    "biphasic T, noise 0.01 mV": {"noise": 0.01, "t_shape": "biphasic"},
    "110 beats/min, noise 0.01 mV": {"noise": 0.01, "rate": 110.0},
    "10 % premature, 20 % without P, noise 0.01 mV": {
        "noise": 0.01,
        "premature": 0.1,
        "missing_p": 0.2,
    },
}
KEYS = {
    "p_onset": "ECG_P_Onsets",
    "p_peak": "ECG_P_Peaks",
    "p_offset": "ECG_P_Offsets",
    "qrs_onset": "ECG_R_Onsets",
    "qrs_offset": "ECG_R_Offsets",
    "t_onset": "ECG_T_Onsets",
    "t_peak": "ECG_T_Peaks",
    "t_offset": "ECG_T_Offsets",
}
NEAR = 0.15  # s: a point further from the truth is not that point


def ours(values: NDArray[np.float64], beats: NDArray[np.int64]) -> Points:
    found = ecg_delineate(values, FS, beats)
    return {point: getattr(found, point) for point in SEARCHED}


def neurokit(method: str) -> Callable[[NDArray[np.float64], NDArray[np.int64]], Points]:
    """Its own cleaning and one of its delineators, on the true R peaks."""

    def delineate(values: NDArray[np.float64], beats: NDArray[np.int64]) -> Points:
        import neurokit2 as nk

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clean = nk.ecg_clean(values, sampling_rate=FS)
            _, waves = nk.ecg_delineate(clean, beats, sampling_rate=int(FS), method=method)
        found = {}
        for point, key in KEYS.items():
            samples = np.asarray(waves.get(key, []), np.float64)
            found[point] = samples[np.isfinite(samples)] / FS
        return found

    return delineate


def matched(truth: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Error in ms of the point nearest to each true one; NaN where none is near."""
    true = truth[np.isfinite(truth)]
    found = np.sort(found[np.isfinite(found)])
    if not len(found):
        return np.full(len(true), np.nan)
    after = found[np.clip(np.searchsorted(found, true), 0, len(found) - 1)]
    before = found[np.clip(np.searchsorted(found, true) - 1, 0, len(found) - 1)]
    nearest = np.where(np.abs(after - true) < np.abs(before - true), after, before)
    error = nearest - true
    return np.where(np.abs(error) <= NEAR, error, np.nan) * 1000


def cell(error: NDArray[np.float64]) -> str:
    """Bias, limits of agreement in ms, and the share found."""
    known = error[np.isfinite(error)]
    if not len(known):
        return "none"
    spread = 1.96 * float(np.std(known, ddof=1)) if len(known) > 1 else float("nan")
    bias = float(np.mean(known))
    share = 100 * len(known) / len(error)
    return f"{bias:+.1f} ({bias - spread:+.0f}, {bias + spread:+.0f}) {share:.0f} %"


def known_waves() -> Table:
    """All delineators on the same signals and R peaks."""
    delineators = {
        "vital_widgets": ours,
        "NeuroKit2 dwt": neurokit("dwt"),
        "NeuroKit2 peak": neurokit("peak"),
        "NeuroKit2 prominence": neurokit("prominence"),
    }
    rows = []
    for k, (case, options) in enumerate(CASES.items()):
        ecg = wave_ecg(SECONDS, FS, seed=100 + k, **options)
        for name, delineate in delineators.items():
            try:
                found = delineate(ecg.values, ecg.r_samples)
            except Exception as error:
                cells = [f"failed: {type(error).__name__}"] + [""] * (len(SEARCHED) - 1)
            else:
                cells = [cell(matched(ecg.points[p], found[p])) for p in SEARCHED]
            rows.append([case, name, *cells])
    return Table(
        "Limits of P, QRS and T waves",
        f"{SECONDS} s at {FS:g} Hz per case of raised-cosine waves, whose limits are known because "
        "they are of compact support (`vital_widgets.testing.ecg_waves`), with their true R "
        "peaks given to all. Cells: bias and 95 % limits of agreement in ms (found less true), and "
        f"the share of the true points that one was found for within {NEAR * 1000:.0f} ms; errors "
        "are of those. NeuroKit2 gets the signal through its own `ecg_clean`; 'none' where a "
        "method does not give a point. Our shares of slope and noise limits "
        "were chosen on waves of this family (clean and noisy, another seed), so that our bias is "
        "small by choice, while NeuroKit2 was not fitted to it: compare the spreads. A QRS "
        "limit of NeuroKit2 is its `ECG_R_Onsets` and `ECG_R_Offsets`.",
        ["case", "delineator", *(point.replace("_", " ") for point in SEARCHED)],
        rows,
    )


def marked_record() -> Table | None:
    """A record whose P and T peaks and QRS ends are marked."""
    folder = data_folder() / "mitdb"
    if not folder.is_dir():
        return None
    import wfdb

    rows = []
    for name in ("113", "223"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record = wfdb.rdrecord(str(folder / name))
            marks = wfdb.rdann(str(folder / name), "atr")
        x, fs = record.p_signal[:, 0], record.fs
        beats = analysis.ecg_peaks(x, fs)
        found = ecg_delineate(x, fs, beats)
        text = np.asarray(marks.symbol, object)
        cells = []
        for symbol, point in (("p", "p_peak"), ("t", "t_peak")):
            error = matched(marks.sample[text == symbol] / fs, getattr(found, point))
            cells.append(f"{cell(error)} of {len(error):,}")
        rows.append([f"mitdb/{name}", *cells])
    return Table(
        "P and T peaks against the marks of records",
        "Copies of MIT-BIH records that carry marks of P and T peaks (who set them is not told "
        "with them), R peaks found by `ecg_peaks`. Nothing was tuned on them. Cells as above.",
        ["record", "P peak", "T peak"],
        rows,
    )


def tables() -> list[Table]:
    """All tables of this part."""
    marked = marked_record()
    return [known_waves(), *([marked] if marked else [])]


if __name__ == "__main__":
    for table in tables():
        print(table.as_markdown())
