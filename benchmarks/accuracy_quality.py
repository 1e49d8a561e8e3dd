"""Signal quality where it is known: spoilt windows, and noise that rises."""

from __future__ import annotations

import numpy as np
from tables import Table

from vital_widgets import analysis
from vital_widgets.simulate.noisy_ecg import noisy_ecg
from vital_widgets.simulate.ppg_waves import make_ppg
from vital_widgets.simulate.sample_recording import prepare_sample, sample_truth

SECONDS = 600
SNRS = (None, 24, 18, 12, 6, 0)
SPOILT = ("noise burst",)


def tables() -> list[Table]:
    """Scores at falling SNR, and spoilt windows of the synthetic day."""
    return [_at_falling_snr(), _of_the_day()]


def _at_falling_snr() -> Table:
    rows = []
    for kind in ("ecg", "ppg"):
        scores, usable, right = [], [], []
        for snr in SNRS:
            if kind == "ecg":
                made = noisy_ecg(SECONDS, 250, snr=snr, seed=3)
                values, fs, known = made.values, 250.0, made.r_times
                found = analysis.ecg_peaks(values, fs)
            else:
                pulse = make_ppg(SECONDS, 100.0, snr_db=snr, seed=3)
                values, fs, known = pulse.values, 100.0, pulse.peaks
                found = analysis.ppg_peaks(values, fs)
            quality = analysis.signal_quality(values, fs, kind=kind)
            scores.append(f"{np.median(quality.score):.2f}")
            usable.append(f"{100 * quality.usable_share:.0f} %")
            matched = analysis.match_beats(known[np.isfinite(known)], found)
            right.append(f"{100 * matched.f1:.1f} %")
        rows += [
            (kind, "median score", *scores),
            (kind, "usable", *usable),
            (kind, "F1 of the beats found", *right),
        ]
    header = ["clean" if snr is None else f"{snr} dB" for snr in SNRS]
    text = (
        f"{SECONDS} s of synthetic signal with mixed noise. A score should fall before the beats "
        "that are found become wrong, and not long before."
    )
    return Table("Signal quality in noise", text, ("signal", "figure", *header), rows)


def _of_the_day() -> Table:
    import vital_widgets as vw

    path, task = prepare_sample()
    if task is not None:
        task.start().result()
    truth = sample_truth()
    rows = []
    with vw.open(path) as rec:
        axes = [rec["Acc X"], rec["Acc Y"], rec["Acc Z"]]
        motion = analysis.motion_intensity(axes)
        for name, kind in (("ECG", "ecg"), ("PPG", "ppg")):
            for moved in (None, motion):
                quality = analysis.signal_quality(rec[name], kind=kind, motion=moved)
                bad = np.zeros(len(quality.times), bool)
                near = bad.copy()
                for event in truth.events:
                    within = np.minimum(quality.ends, event.end) - np.maximum(
                        quality.times, event.onset
                    )
                    near |= within > 0
                    if event.text in SPOILT:
                        bad |= within > 5  # s, half of a window
                poor = quality.score < quality.threshold
                rows.append(
                    (
                        name,
                        "no" if moved is None else "yes",
                        f"{int((poor & bad).sum())} of {int(bad.sum())}",
                        f"{int((poor & ~near).sum())} of {int((~near).sum()):,}",
                    )
                )
    text = (
        "The synthetic recording of 24 h has bursts of noise and drift, as large as the signal. "
        "Windows of 10 s that lie half in a burst should be poor; windows away from bursts, "
        "activity and the gap should not."
    )
    header = ("signal", "with accelerometer", "spoilt windows found", "good windows called poor")
    return Table("Spoilt windows of a day", text, header, rows)
