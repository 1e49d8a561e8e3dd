"""PPG pulses and their points against synthetic truth, and against NeuroKit2's detectors."""

from __future__ import annotations

import numpy as np
from ppg_detectors import DATA, OURS, finders
from tables import Table

from vital_widgets import analysis
from vital_widgets.simulate.ppg_waves import make_ppg

FS = 125
SECONDS = 300
SEEDS = range(100, 104)  # none of them was looked at while the detectors were written
TOLERANCE = 0.1  # s
CASES = (
    ("clean, with a notch", {"shape": "young"}),
    ("clean, without a notch", {"shape": "old"}),
    ("clean, arterial pressure", {"shape": "abp"}),
    ("20 dB", {"snr_db": 20}),
    ("10 dB", {"snr_db": 10}),
    ("5 dB", {"snr_db": 5}),
    ("0 dB", {"snr_db": 0}),
    ("10 dB, without a notch", {"shape": "old", "snr_db": 10}),
    ("40 beats/min, 20 dB", {"heart_rate": 40, "snr_db": 20}),
    ("150 beats/min, 20 dB", {"heart_rate": 150, "snr_db": 20}),
    ("10 % premature, weak pulses, 20 dB", {"premature": 0.1, "snr_db": 20}),
    ("intervals vary by 20 %, 20 dB", {"variability": 0.2, "snr_db": 20}),
    ("2 motion bursts a minute, 20 dB", {"bursts": 2, "snr_db": 20}),
)
WITH_ECG = ("a103l", "multi-segment/p000878/3269321_0002")


def matched(truth, found):
    """Pulses matched one to one within the tolerance: errors, and how many of each."""
    truth, found = truth[np.isfinite(truth)], np.sort(found[np.isfinite(found)])
    errors, i, j = [], 0, 0
    while i < len(truth) and j < len(found):
        error = found[j] - truth[i]
        if abs(error) <= TOLERANCE:
            errors.append(error)
            i, j = i + 1, j + 1
        elif error < 0:
            j += 1
        else:
            i += 1
    return np.array(errors), len(truth), len(found)


def limits(errors):
    """Bias and 95 % limits of agreement in ms."""
    if len(errors) < 2:
        return "none"
    bias, spread = 1e3 * np.mean(errors), 1.96e3 * np.std(errors, ddof=1)
    return f"{bias:+.1f} ({bias - spread:+.1f} to {bias + spread:+.1f})"


def pooled(options, find):
    errors, true, found = [], 0, 0
    for seed in SEEDS:
        made = make_ppg(SECONDS, FS, seed=seed, **options)
        one, n, m = matched(made.peaks, find(made.values))
        errors.append(one)
        true, found = true + n, found + m
    return np.concatenate(errors), true, found


def detection():
    rows = []
    compared = finders(FS)
    for name, options in CASES:
        cells = [name]
        for find in compared.values():
            errors, true, found = pooled(options, find)
            hit = len(errors)
            cells.append(
                f"{100 * hit / true:.2f} / {100 * hit / max(found, 1):.2f}; {limits(errors)}"
            )
        rows.append(cells)
    text = (
        f"Sensitivity / positive predictive value in % within {1e3 * TOLERANCE:.0f} ms, one to "
        "one, and bias of the systolic peak with its 95 % limits of agreement in ms. Synthetic "
        f"PPG of known peaks ({len(SEEDS)} records of {SECONDS} s at {FS:g} Hz a line, seeds that "
        "were not looked at while the detectors were written; the generator was). NeuroKit2 "
        "after its own ppg_clean; its third detector, bishop, needs time that grows with the "
        "square of the length (14 s for one minute here) and is left out. A sample is 8 ms."
    )
    return Table("PPG pulses", text, ("signal", *compared), rows)


def points():
    rows = []
    for shape in ("young", "old", "abp"):
        for snr in (None, 40, 30, 20):
            errors = {k: [] for k in ("onset", "peak", "notch", "diastolic")}
            true = dict.fromkeys(errors, 0)
            for seed in SEEDS:
                made = make_ppg(SECONDS, FS, shape=shape, snr_db=snr, seed=seed)
                waves = analysis.ppg_fiducials(made.values, FS, analysis.ppg_peaks(made.values, FS))
                truth = (made.onsets, made.peaks, made.notches, made.diastolic)
                for name, times in zip(errors, truth, strict=True):
                    one, n, _ = matched(times[1:-1], waves[name])
                    errors[name].append(one)
                    true[name] += n
            cells = [f"{shape}, {'clean' if snr is None else f'{snr} dB'}"]
            for name, parts in errors.items():
                joined = np.concatenate(parts)
                share = f"{100 * len(joined) / true[name]:.1f} %; " if true[name] else ""
                cells.append(share + limits(joined) if true[name] else "has none")
            rows.append(cells)
    text = (
        f"Share of the true points found within {1e3 * TOLERANCE:.0f} ms, bias and 95 % limits of "
        "agreement in ms, on the same synthetic records. Onset and peak are samples (8 ms), notch "
        "and diastolic peak are found between samples. The foot of a pulse is flat, so noise "
        "moves its lowest point far; the tangent foot is steadier (`foot`)."
    )
    return Table(
        "Points of PPG pulses", text, ("signal", "onset", "peak", "notch", "diastolic peak"), rows
    )


def arrival():
    rows = []
    for snr in (None, 30, 20, 10):
        cells = ["clean" if snr is None else f"{snr} dB"]
        for at in ("foot", "onset", "max-slope", "peak"):
            spread = []
            shares = []
            for seed in SEEDS:
                made = make_ppg(SECONDS, FS, snr_db=snr, seed=seed)
                waves = analysis.ppg_fiducials(made.values, FS, analysis.ppg_peaks(made.values, FS))
                got = analysis.pulse_arrival_time(made.r_peaks, waves, point=at)
                known = got.delays_ms[np.isfinite(got.delays_ms)]
                spread.append(known - np.median(known))
                shares.append(got.share_matched)
            deviation = float(np.std(np.concatenate(spread)))
            cells.append(f"{deviation:.1f} ms; {100 * float(np.mean(shares)):.1f} %")
        rows.append(cells)
    text = (
        "Standard deviation of the pulse arrival time, and share of the R peaks with a pulse. The "
        "waves were made with a constant delay; how breathing moves the baseline and how the rate "
        "stretches the pulse is in it."
    )
    return Table("Pulse arrival time", text, ("signal", "foot", "onset", "max-slope", "peak"), rows)


def against_ecg():
    import wfdb

    rows = []
    for name in WITH_ECG:
        path = DATA / "wfdb" / name
        if not path.with_suffix(".hea").exists():
            continue
        record = wfdb.rdrecord(str(path))
        names = record.sig_name
        pleth = record.p_signal[:, names.index("PLETH")]
        r = len(analysis.ecg_peaks(record.p_signal[:, names.index("II")], record.fs))
        counts = [len(analysis.ppg_peaks(pleth, record.fs, method=m)) for m in OURS]
        rows.append([name.split("/")[-1], f"{len(pleth) / record.fs:.0f} s", r, *counts])
    text = (
        "Number of R peaks (ecg_peaks) and of pulses in the same record: nobody annotated these "
        "pulses. a103l has stretches in which a slow wave is higher than the pulses on it."
    )
    if not rows:
        text = "The recordings were not there when this was run."
    return Table("Pulses against R peaks", text, ("record", "length", "R peaks", *OURS), rows)


def tables() -> list[Table]:
    """All of them."""
    return [detection(), points(), arrival(), against_ecg()]
