"""Respiration against known breaths, events and rates, and against NeuroKit2, in one run."""

from __future__ import annotations

import warnings

import numpy as np
from tables import Table

import vital_widgets as vw
from vital_widgets import analysis as va
from vital_widgets.simulate.breathing import make_breathing
from vital_widgets.simulate.sample_recording import sample_truth

FS = 50.0
KINDS = {
    "clean": {},
    "noise 0.1": {"noise": 0.1},
    "noise 0.05, heartbeat 0.15, drift 0.5": {"noise": 0.05, "heartbeat": 0.15, "drift": 0.5},
    "heights vary by 30 %, noise 0.05": {"amplitude_variation": 0.3, "noise": 0.05},
    "pause 25 %, noise 0.05": {"pause": 0.25, "duty": 0.3, "noise": 0.05},
    "6/min, noise 0.05": {"rate": 6, "noise": 0.05},
    "40/min, noise 0.05": {"rate": 40, "noise": 0.05},
}
NEAR = 0.2  # of a breath: a mark so close to a true one is right
WINDOW = 32.0


def tables() -> list[Table]:
    """Breaths, events, and rates."""
    return [_breaths(), _events(), _rates()]


def _limits(error: np.ndarray, digits: int = 0) -> str:
    """Bias and limits of agreement."""
    if not len(error):
        return "-"
    mean, spread = float(np.mean(error)), 1.96 * float(np.std(error))
    return f"{mean:.{digits}f} ({mean - spread:.{digits}f} to {mean + spread:.{digits}f})"


def _matched(truth: np.ndarray, found: np.ndarray, near: float) -> tuple[float, float, np.ndarray]:
    """Sensitivity, PPV, errors in s: each true time takes its nearest mark, each mark once."""
    if not len(found):
        return 0.0, 0.0, np.empty(0)
    k = np.argmin(np.abs(found[None, :] - truth[:, None]), axis=1)
    error = found[k] - truth
    hit = np.abs(error) <= near
    n = len(np.unique(k[hit]))
    inner = (found >= truth[0] - near) & (found <= truth[-1] + near)
    return n / len(truth), n / max(int(inner.sum()), 1), error[hit]


def _breaths() -> Table:
    import neurokit2 as nk

    rows = []
    for name, options in KINDS.items():
        made = make_breathing(1800, FS, seed=11, **options)
        near = NEAR * 60 / float(options.get("rate", 15))
        found = {}
        for method in ("count-adv", "khodadad", "count-orig"):
            one = va.breaths(made.values, FS, method=method)
            found[method] = (one.onset, one.end_inspiration)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clean = nk.rsp_clean(made.values, sampling_rate=FS)
            _, info = nk.rsp_peaks(clean, sampling_rate=FS, method="khodadad2018")
        found["NeuroKit2 khodadad2018"] = tuple(
            np.asarray(info[key], float)[np.isfinite(info[key])] / FS
            for key in ("RSP_Troughs", "RSP_Peaks")
        )
        for method, (onset, peak) in found.items():
            se, ppv, error = _matched(made.onsets[2:-2], onset, near)
            _, _, late = _matched(made.peaks[2:-2], peak, near)
            shares = (f"{100 * se:.1f}", f"{100 * ppv:.1f}")
            rows.append((name, method, *shares, _limits(1000 * error), _limits(1000 * late)))
    return Table(
        "Breaths",
        "Half cosines with known turns (`vital_widgets.simulate.breathing`), 30 min at 50 Hz, "
        "15/min and duty cycle 0.4 unless said; noise, heartbeat and drift are relative to a "
        "breath. A mark within a fifth of a breath of the truth is right. Errors: bias and limits "
        "of agreement. The methods' constants are those of their papers; the low-pass (four times "
        "the breathing frequency) and the levels that tell a pause were chosen on other seeds of "
        "the same generator.",
        ("signal", "method", "sensitivity %", "PPV %", "onset, ms", "end of inspiration, ms"),
        rows,
    )


def _events() -> Table:
    rows = []
    for name, drops in (
        ("apnoeas", (1.0,)),
        ("hypopnoeas, 40 to 60 %", (0.4, 0.5, 0.6)),
        ("mixed", (1.0, 0.5)),
    ):
        for noise in (0.0, 0.03):
            rng = np.random.default_rng(7)
            listed, t = [], 200.0
            while t < 14200:
                length = float(rng.uniform(12, 50))
                listed.append((t, length, float(rng.choice(drops))))
                t += length + rng.uniform(30, 200)
            made = make_breathing(
                14400, 32, events=listed, noise=noise, heartbeat=2 * noise, drift=0.2, seed=12
            )
            found = va.respiratory_events(made.values, 32)
            begin, end = found.onset, found.onset + found.duration
            a, b = made.events.T
            overlap = (begin[None, :] < b[:, None]) & (end[None, :] > a[:, None])
            k = np.argmax(overlap, axis=1)
            hit = overlap.any(axis=1)
            kind = np.mean((found.kind[k[hit]] == "apnoea") == (made.drops[hit] >= 0.9))
            late = _limits((begin[k] - a)[hit], 2)
            longer = _limits((found.duration[k] - (b - a))[hit], 2)
            shares = (hit.mean(), overlap.any(axis=0).mean(), kind)
            cells = [f"{100 * share:.1f}" for share in shares]
            rows.append((name, f"{noise:g}", str(len(a)), *cells, late, longer))
    return Table(
        "Apnoeas and hypopnoeas",
        "4 h of the same generator at 32 Hz, events of 12 to 50 s, 30 to 200 s apart; heights vary "
        "by 10 %. An event that overlaps a true one is right. The widening of events was derived "
        "from this shape of breath, so real onsets are less exact. Real annotated events were not "
        "at hand.",
        (
            "events",
            "noise",
            "n",
            "sensitivity %",
            "PPV %",
            "kind right %",
            "onset, s",
            "duration, s",
        ),
        rows,
    )


def _rates() -> Table:
    seconds = 7200
    truth = sample_truth(seconds)

    def error(times: np.ndarray, rate: np.ndarray) -> tuple[str, str, str]:
        sums = np.concatenate([[0], np.cumsum(truth.breath_hz)])
        i = np.searchsorted(truth.times, times - WINDOW / 2)
        j = np.searchsorted(truth.times, times + WINDOW / 2)
        difference = rate - 60 * (sums[j] - sums[i]) / np.maximum(j - i, 1)
        known = np.isfinite(difference)
        inside = difference[known]
        return (
            f"{100 * known.mean():.0f}",
            _limits(inside, 2),
            f"{np.mean(np.abs(inside)):.2f}" if len(inside) else "-",
        )

    rows = []
    with vw.sample(seconds) as rec:
        resp = va.respiration_rate(rec["Resp"])
        ecg = va.ecg_derived_respiration(rec["ECG"])
        ppg = va.ppg_derived_respiration(rec["PPG"])
        neurokit = _neurokit(rec, ecg.beats["time"])
    rows.append(("Resp, median", *error(resp.times, resp.rate)))
    rows += [
        (f"Resp, {name}", *error(resp.times, resp.estimates[:, k]))
        for k, name in enumerate(resp.names)
    ]
    for derived in (ecg, ppg):
        rows += [
            (f"{derived.source.upper()}, {name}", *error(found.times, found.rate))
            for name, found in derived.rates.items()
        ]
    for method in ("weighted", "smart"):
        for name, sources in (("ECG", ecg), ("PPG", ppg), ("ECG + PPG", [ecg, ppg])):
            fused = va.fused_respiration_rate(sources, method=method)
            rows.append((f"{name}, fused, {method}", *error(fused.times, fused.rate)))
    for name, (times, rate) in neurokit.items():
        rows.append((name, *error(times, rate)))
    return Table(
        "Respiration rate",
        "The sample recording, 2 h, with its noise bursts, activity and gap, against the breathing "
        "rate it was made with, in windows of 32 s. Its ECG has a respiratory baseline and rhythm "
        "but no amplitude modulation. NeuroKit2's instantaneous rates are averaged over the same "
        "windows, over all that was recorded before the gap. That the heart-rate rhythm is read "
        "above 9 breaths/min only was decided after a look at this recording's tachogram (it is "
        "what the HF band is). Windows without a rate count as missing, not as wrong.",
        ("source", "windows with a rate, %", "bias (limits of agreement), breaths/min", "MAE"),
        rows,
    )


def _neurokit(rec, beats: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    import neurokit2 as nk

    stop = rec["Resp"].timebase.gaps[0][0]
    fs, fe = rec["Resp"].fs, rec["ECG"].fs
    resp = np.asarray(rec["Resp"].read(0, int(stop * fs)))
    times = np.arange(0, stop - WINDOW, 8.0) + WINDOW / 2
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clean = nk.rsp_clean(resp, sampling_rate=fs)
        _, info = nk.rsp_peaks(clean, sampling_rate=fs)
        rate = nk.rsp_rate(clean, info["RSP_Troughs"], sampling_rate=fs)
        found["NeuroKit2 rsp_rate, Resp"] = (times, _windowed(rate, fs, times))
        at = np.round(beats[beats < stop - 1] * fe).astype(int)
        heart = nk.signal_rate(at, sampling_rate=fe, desired_length=int(stop * fe))
        edr = nk.ecg_rsp(heart, sampling_rate=fe)
        thin = np.asarray(edr)[::10]
        clean = nk.rsp_clean(thin, sampling_rate=fe / 10)
        _, info = nk.rsp_peaks(clean, sampling_rate=fe / 10)
        rate = nk.rsp_rate(clean, info["RSP_Troughs"], sampling_rate=fe / 10)
        found["NeuroKit2 ecg_rsp (vangent2019), our R peaks"] = (
            times,
            _windowed(rate, fe / 10, times),
        )
    return found


def _windowed(rate: np.ndarray, fs: float, times: np.ndarray) -> np.ndarray:
    half = WINDOW / 2
    return np.array(
        [np.nanmean(np.asarray(rate)[int((t - half) * fs) : int((t + half) * fs)]) for t in times]
    )
