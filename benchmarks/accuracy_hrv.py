"""HRV figure by figure against NeuroKit2 and pyHRV, and the correction of beats."""

from __future__ import annotations

import warnings
from importlib.metadata import version

import numpy as np
from tables import Table

from vital_widgets import analysis
from vital_widgets.analysis.hrv.lipponen import classify
from vital_widgets.simulate.sample_recording import sample_truth

MINUTES = (5, 60)
TIME = {
    "mean_nn": "MeanNN", "sdnn": "SDNN", "sdann": "SDANN5", "sdnni": "SDNNI5", "rmssd": "RMSSD",
    "sdsd": "SDSD", "pnn20": "pNN20", "pnn50": "pNN50", "cvnn": "CVNN", "cvsd": "CVSD",
    "median_nn": "MedianNN", "mad_nn": "MadNN", "iqr_nn": "IQRNN", "triangular_index": "HTI",
    "tinn": "TINN",
}  # fmt: skip
FREQUENCY = {"ulf": "ULF", "vlf": "VLF", "lf": "LF", "hf": "HF", "vhf": "VHF", "total_power": "TP",
             "lf_hf": "LFHF", "ln_hf": "LnHF"}  # fmt: skip
NONLINEAR = {"sd1": "SD1", "sd2": "SD2", "apen": "ApEn", "sampen": "SampEn",
             "dfa_alpha1": "DFA_alpha1", "dfa_alpha2": "DFA_alpha2"}  # fmt: skip
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
        return [_figures(), _closed_forms(), _conventions(), _correction(), _confusion()]


def _figures() -> Table:
    rows = []
    for minutes in MINUTES:
        peaks = series(minutes)
        found = [*_of_neurokit(peaks), *_of_pyhrv(np.diff(peaks))]
        if minutes == MINUTES[0]:
            found += _nonlinear(peaks)
        for name, ours, theirs in found:
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


def neurokit2_followed() -> str:
    """Name of the convention that follows the NeuroKit2 that is installed."""
    program = f"NeuroKit2 {version('neurokit2')}"
    return next(name for name, c in analysis.CONVENTIONS.items() if c.program == program)


def _of_neurokit(peaks: np.ndarray) -> list[tuple[str, float, float]]:
    import neurokit2 as nk

    time = nk.hrv_time(peaks, sampling_rate=1000).iloc[0]
    bands = nk.hrv_frequency(peaks, sampling_rate=1000, silent=True).iloc[0]
    ours = analysis.hrv(
        np.diff(peaks), convention=neurokit2_followed(), domains=("time", "frequency")
    ).all_measures()
    found = {**TIME, **FREQUENCY}
    theirs = {**time.to_dict(), **bands.to_dict()}
    return [(f"NeuroKit2: {k}", ours[k], float(theirs[f"HRV_{v}"])) for k, v in found.items()]


def _of_pyhrv(nn: np.ndarray) -> list[tuple[str, float, float]]:
    import pyhrv.frequency_domain as fd
    import pyhrv.time_domain as td

    ours = analysis.hrv(nn, convention="pyhrv", domains=("time", "frequency")).all_measures()
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


def _nonlinear(peaks: np.ndarray) -> list[tuple[str, float, float]]:
    import matplotlib as mpl

    mpl.use("Agg")
    import neurokit2 as nk
    from pyhrv import nonlinear

    nn = np.diff(peaks).astype(float)
    theirs = nk.hrv_nonlinear({"RRI": nn, "RRI_Time": np.cumsum(nn) / 1000}).iloc[0]
    ours = analysis.hrv(nn, convention=neurokit2_followed(), domains=("nonlinear",)).all_measures()
    rows = [(f"NeuroKit2: {k}", ours[k], float(theirs[f"HRV_{v}"])) for k, v in NONLINEAR.items()]
    ours = analysis.hrv(nn, convention="pyhrv", domains=("nonlinear",)).all_measures()
    plot = nonlinear.poincare(nn, mode="dev")
    of_pyhrv = {
        "sd1": plot["sd1"],
        "sd2": plot["sd2"],
        "sampen": nonlinear.sample_entropy(nn)["sampen"],
    }
    return rows + [(f"pyHRV: {k}", ours[k], float(v)) for k, v in of_pyhrv.items()]


def _closed_forms() -> Table:
    """What is known without a program: sinusoids, noise, a constant."""
    times = [0.0]
    parts = ((0.1, 20.0), (0.25, 10.0))
    while times[-1] < 3600:
        away = sum(a * np.sin(2 * np.pi * hz * times[-1]) for hz, a in parts)
        times.append(times[-1] + (500 + away) / 1000)
    waves = analysis.Intervals(
        np.diff(times) * 1000, np.array(times[1:]), np.zeros(len(times) - 1, int)
    )
    noise = 800 + 20 * np.random.default_rng(0).normal(size=50_000)
    level = np.full(1000, 800.0)
    rows = []
    for name in ("task-force-1996", "pyhrv"):
        got = analysis.hrv_frequency(waves, convention=name)
        for band, (_, amplitude) in zip(("lf", "hf"), parts, strict=True):
            rows.append(
                (f"sinusoid of {amplitude:g} ms: {band}, {name}", amplitude**2 / 2, got[band])
            )
    got = analysis.hrv_frequency(waves, options={"psd": "lomb-scargle"})
    for band, (_, amplitude) in zip(("lf", "hf"), parts, strict=True):
        rows.append(
            (f"sinusoid of {amplitude:g} ms: {band}, Lomb-Scargle", amplitude**2 / 2, got[band])
        )
    of_noise = analysis.hrv_time(noise)
    rows.append(("white noise: RMSSD / SDNN", np.sqrt(2), of_noise["rmssd"] / of_noise["sdnn"]))
    still = analysis.hrv(level, domains=("time", "frequency"))
    rows += [(f"constant: {figure}", 0.0, still[figure]) for figure in ("sdnn", "rmssd", "hf")]
    return Table(
        "HRV against closed forms",
        "Intervals of 500 ms with two sinusoids for an hour (a spline through beats holds less of "
        "a rhythm the fewer beats it has: 8 a cycle in HF); 50,000 intervals of normal noise; a "
        "constant.",
        ("series and figure", "known", "ours"),
        [(what, f"{known:.5g}", f"{ours:.5g}") for what, known, ours in rows],
    )


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
        "One series under five conventions",
        "Five minutes of the same intervals. The spread is the range in percent of the median; "
        "powers relative to a peak (NeuroKit2) do not take part in it.",
        ("figure", *names, "spread", "furthest"),
        rows,
    )


def _spoilt() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Beats of an hour, the same with artefacts, the beats concerned, and their kinds."""
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
    return beats, spoilt, places, kinds


def _correction() -> Table:
    import neurokit2 as nk

    beats, spoilt, places, kinds = _spoilt()
    peaks = np.round(spoilt * 1000).astype(int)
    theirs, _ = nk.signal_fixpeaks(peaks, sampling_rate=1000, method="Kubios", iterative=False)
    ours = classify(peaks / 1000)
    # Where a quartile deviation is 0, NeuroKit2 has no threshold and decides nothing.
    undecided = np.isnan(theirs["drrs"]) | np.isnan(theirs["mrrs"])
    near = np.convolve(undecided, np.ones(7), "same") > 0
    made = analysis.correct_beats(spoilt)
    rows = []
    for name, kind in KINDS.items():
        put = int((kinds == kind).sum()) if kind != "long-short" else 0
        other = np.setxor1d(np.unique(theirs[name]).astype(int), ours[kind])
        rows.append(
            (kind, str(put), str(made.counts[kind]), str(np.sum(~near[other])), str(len(other)))
        )
    rmssd = [
        analysis.hrv_time(x)["rmssd"] for x in (np.diff(beats) * 1000, np.diff(spoilt) * 1000, made)
    ]
    text = (
        f"An hour of {len(beats)} beats with {len(places)} artefacts put in. RMSSD is "
        f"{rmssd[0]:.2f} ms in truth, {rmssd[1]:.2f} ms spoilt, {rmssd[2]:.2f} ms corrected. The "
        "last columns count the beats of which the first pass decides otherwise than NeuroKit2's: "
        "where both have a threshold, and in all. Where the quartile deviation is 0 (an even "
        "rhythm in whole samples) NeuroKit2 decides nothing and we take 5 ms. Long and "
        "short are what a true rhythm also has now and then."
    )
    header = ("kind", "put in", "decided", "otherwise than NeuroKit2", "in all")
    return Table("Correction after Lipponen and Tarvainen", text, header, rows)


def _confusion() -> Table:
    """Truth by decision."""
    beats, spoilt, places, kinds = _spoilt()
    made = analysis.correct_beats(spoilt)
    decided = ("normal", "ectopic", "long-short", "extra", "missed", "nothing")
    frame = made.to_frame()
    known = frame["original"].notna().to_numpy()
    at, said = frame["original"].to_numpy()[known], frame["decision"].to_numpy()[known]
    put_in = made.times[made.decision == "missed"]

    def of_beats(times: np.ndarray) -> list[str]:
        found = said[np.clip(np.searchsorted(at, times - 1e-6), 0, len(at) - 1)]
        return [str(np.sum(found == kind)) if kind in KINDS.values() or kind == "normal" else "0"
                for kind in decided]  # fmt: skip

    ectopic = beats[places[kinds == "ectopic"]] - 0.25
    extra = beats[places[kinds == "extra"]] + 0.35
    missed = beats[places[kinds == "missed"]]
    near = np.abs(put_in[None, :] - missed[:, None]).min(axis=1) < 0.15
    true = np.setdiff1d(spoilt, np.concatenate([ectopic, extra]))
    rows = [
        ("true beat", *of_beats(true)),
        ("ectopic", *of_beats(ectopic)),
        ("extra", *of_beats(extra)),
        ("missed", "", "", "", "", str(near.sum()), str((~near).sum())),
    ]
    return Table(
        "Decisions by truth",
        "The same beats: what was put in by row, what was decided after all passes by column. A "
        "missed beat counts as such where one was put in within 150 ms of it.",
        ("truth", *decided),
        rows,
    )
