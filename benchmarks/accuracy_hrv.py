"""HRV figure by figure against NeuroKit2 and pyHRV, and the correction of beats."""

from __future__ import annotations

import warnings

import numpy as np
from tables import Table

from vital_widgets import analysis
from vital_widgets.analysis.correction.lipponen import classify
from vital_widgets.io.sample import sample_truth

MINUTES = (5, 60)
TIME = {
    "mean_nn": "MeanNN", "sdnn": "SDNN", "sdann": "SDANN5", "sdnni": "SDNNI5", "rmssd": "RMSSD",
    "sdsd": "SDSD", "pnn20": "pNN20", "pnn50": "pNN50", "cvnn": "CVNN", "cvsd": "CVSD",
    "median_nn": "MedianNN", "mad_nn": "MadNN", "iqr_nn": "IQRNN", "triangular_index": "HTI",
    "tinn": "TINN",
}  # fmt: skip
FREQUENCY = {"ulf": "ULF", "vlf": "VLF", "lf": "LF", "hf": "HF", "vhf": "VHF", "total_power": "TP",
             "lf_hf": "LFHF", "ln_hf": "LnHF"}  # fmt: skip
KINDS = {"ectopic": "ectopic", "missed": "missed", "extra": "extra", "longshort": "long-short"}


def series(minutes: int) -> np.ndarray:
    """Beats of the synthetic day in whole ms, the ectopic ones corrected."""
    truth = sample_truth()
    beats = analysis.correct_beats(truth.r_peaks[truth.r_peaks < minutes * 60 + 3600])
    times = beats.times[beats.times > 3600]
    return np.unique(np.round(times * 1000).astype(int))


def tables() -> list[Table]:
    """Differences under the other programs' conventions, the conventions, and the correction."""
    # NeuroKit2 0.2.12 calls the name that NumPy has given up.
    setattr(np, "trapz", np.trapezoid)  # noqa: B010
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [_figures(), _conventions(), _correction()]


def _figures() -> Table:
    rows = []
    for minutes in MINUTES:
        peaks = series(minutes)
        for name, ours, theirs in [*_of_neurokit(peaks), *_of_pyhrv(np.diff(peaks))]:
            library, _, figure = name.partition(": ")
            if np.isnan(ours) and np.isnan(theirs):
                difference = "both not available"
            else:
                difference = f"{abs(ours - theirs) / max(abs(theirs), 1e-300):.1e}"
            rows.append((f"{minutes} min", library, figure, f"{theirs:.6g}", difference))
    return Table(
        "HRV under other programs' conventions",
        "Each figure under the convention that follows the program, against what the program "
        "gives for the same beats (synthetic recording, ectopic beats corrected, whole ms). "
        "Powers of NeuroKit2 are relative to its spectrum's peak. Its TINN tries the right foot "
        "of the triangle for the first left foot only and is 0 for a large error; pyHRV's SDSD is "
        "of absolute differences. Both are followed here under their names, and nowhere else.",
        ("series", "program", "figure", "theirs", "relative difference"),
        rows,
    )


def _of_neurokit(peaks: np.ndarray) -> list[tuple[str, float, float]]:
    import neurokit2 as nk

    time = nk.hrv_time(peaks, sampling_rate=1000).iloc[0]
    bands = nk.hrv_frequency(peaks, sampling_rate=1000, silent=True).iloc[0]
    ours = analysis.hrv(
        np.diff(peaks), convention="neurokit2", domains=("time", "frequency")
    ).all_figures()
    found = {**TIME, **FREQUENCY}
    theirs = {**time.to_dict(), **bands.to_dict()}
    return [(f"NeuroKit2: {k}", ours[k], float(theirs[f"HRV_{v}"])) for k, v in found.items()]


def _of_pyhrv(nn: np.ndarray) -> list[tuple[str, float, float]]:
    import pyhrv.frequency_domain as fd
    import pyhrv.time_domain as td

    ours = analysis.hrv(nn, convention="pyhrv", domains=("time", "frequency")).all_figures()
    bands, _, _ = fd.welch_psd(nn, mode="dev")
    theirs = {
        "sdnn": td.sdnn(nn)["sdnn"],
        "sdann": td.sdann(nn)["sdann"],
        "sdnni": td.sdnn_index(nn)["sdnn_index"],
        "rmssd": td.rmssd(nn)["rmssd"],
        "sdsd": td.sdsd(nn)["sdsd"],
        "pnn50": td.nn50(nn)["pnn50"],
        "pnn20": td.nn20(nn)["pnn20"],
        "triangular_index": td.triangular_index(nn, plot=False)["tri_index"],
        "tinn": td.tinn(nn, plot=False)["tinn"],
        **dict(zip(("vlf", "lf", "hf"), bands["fft_abs"], strict=True)),
        "lf_hf": bands["fft_ratio"],
        "total_power": bands["fft_total"],
    }
    return [(f"pyHRV: {name}", ours[name], float(value)) for name, value in theirs.items()]


def _conventions() -> Table:
    frame = analysis.hrv_conventions(np.diff(series(5))).to_frame()
    names = [name for name in analysis.CONVENTIONS if name in frame]
    rows = [
        (
            str(figure),
            *(f"{row[name]:.4g}" for name in names),
            "" if np.isnan(row["spread_percent"]) else f"{row['spread_percent']:.3g} %",
            str(row["furthest"]),
        )
        for figure, row in frame.iterrows()
    ]
    return Table(
        "One series under four conventions",
        "Five minutes of the same intervals. The spread is the range in percent of the median; "
        "powers relative to a peak (neurokit2) do not take part in it.",
        ("figure", *names, "spread", "furthest"),
        rows,
    )


def _correction() -> Table:
    import neurokit2 as nk

    rng = np.random.default_rng(5)
    truth = sample_truth()
    beats = truth.r_peaks[(truth.r_peaks > 3600) & (truth.r_peaks < 7200)]
    beats = analysis.correct_beats(beats).times
    places = np.arange(30, len(beats) - 30, 40)
    kinds = rng.choice(["ectopic", "missed", "extra"], len(places))
    times = beats.copy()
    times[places[kinds == "ectopic"]] -= 0.25
    extra = beats[places[kinds == "extra"]] + 0.35
    spoilt = np.sort(np.concatenate([np.delete(times, places[kinds == "missed"]), extra]))
    peaks = np.round(spoilt * 1000).astype(int)
    theirs, _ = nk.signal_fixpeaks(peaks, sampling_rate=1000, method="Kubios", iterative=False)
    ours = classify(peaks / 1000)
    made = analysis.correct_beats(spoilt)
    rows = []
    for name, kind in KINDS.items():
        put = int((kinds == kind).sum()) if kind != "long-short" else 0
        same = np.array_equal(np.unique(theirs[name]), ours[kind])
        rows.append((kind, str(put), str(made.counts[kind]), "yes" if same else "no"))
    rmssd = [
        analysis.hrv_time(x)["rmssd"] for x in (np.diff(beats) * 1000, np.diff(spoilt) * 1000, made)
    ]
    text = (
        f"An hour of {len(beats)} beats with {len(places)} artefacts put in. RMSSD is "
        f"{rmssd[0]:.2f} ms in truth, {rmssd[1]:.2f} ms spoilt, {rmssd[2]:.2f} ms corrected. The "
        "last column says whether the first pass decides about each beat as NeuroKit2's does. "
        "Long and short are what a true rhythm also has now and then."
    )
    header = ("kind", "put in", "decided", "same beats as NeuroKit2")
    return Table("Correction after Lipponen and Tarvainen", text, header, rows)
