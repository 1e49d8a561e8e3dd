"""PPG of a phone's camera against the RR intervals of a chest strap worn meanwhile."""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np
from ppg_detectors import DATA, OURS, finders
from tables import Table

from vital_widgets import analysis

FOLDER = DATA / "welltory-ppg" / "data"
RATE = 100  # Hz, to which frames of about 30 Hz at uneven times are interpolated
OFFSETS = np.arange(-4.0, 6.0, 0.01)  # s, between the first RR interval and the first frame
TOLERANCE = 0.15  # s
EDGE = 0.3  # s: beats nearer to the ends of the film may have but half a pulse in it
ORDER = ("ours:", "NeuroKit2", "HeartPy", "HeartPy,")
WHAT = ("beats found", "extra", "interval MAE, ms", "mean HR, 1/min", "SDNN, ms", "RMSSD, ms",
        "RMSSD, ms, where right")  # fmt: skip


def tables() -> list[Table]:
    """All records added up, and each by itself."""
    records = [read(folder) for folder in sorted(FOLDER.glob("subject_*"))]
    if not records:
        words = "The recordings were not there when this was run."
        return [Table("PPG of a camera against RR intervals", words, ("detector",), [])]
    scores = {
        name: [score(find(values), rr, len(values) / RATE) for values, rr in records]
        for name, find in compared().items()
    }
    return [_together(scores, records), _each(scores[f"ours: {OURS[0]}"])]


def read(folder):
    """Red light as a pulse that points up, evenly sampled, and the RR intervals in s."""
    from scipy.interpolate import PchipInterpolator

    frames = np.genfromtxt(folder / "PPG.csv", delimiter=",", skip_header=1)
    t, kept = np.unique(frames[:, 0] / 1e3, return_index=True)
    even = np.arange(t[0], t[-1], 1 / RATE)
    red = PchipInterpolator(t, -frames[kept, 1])(even)
    return red, np.loadtxt(folder / "RR.txt").ravel() / 1e3


def compared():
    """Each detector: times of pulses in s, from a signal at `RATE`."""
    found = finders(RATE)
    found["ours: msptd, steepest rise"] = _steepest
    if importlib.util.find_spec("heartpy"):
        found["HeartPy"] = lambda x: _heartpy(x, filtered=False)
        found["HeartPy, after its band-pass"] = lambda x: _heartpy(x, filtered=True)
    return dict(sorted(found.items(), key=lambda one: ORDER.index(one[0].partition(" ")[0])))


def _steepest(values):
    beats = analysis.ppg_peaks(values, RATE)
    times = analysis.ppg_fiducials(values, RATE, beats)["u"]
    return times[np.isfinite(times)]


def _heartpy(values, *, filtered):
    import heartpy as hp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if filtered:
            values = hp.filter_signal(values, [0.7, 3.5], RATE, order=3, filtertype="bandpass")
        try:
            working, _ = hp.process(hp.scale_data(values), RATE)
        except hp.exceptions.BadSignalWarning:
            return np.empty(0)
    right = np.asarray(working["binary_peaklist"], bool)  # what it does not reject itself
    return np.asarray(working["peaklist"])[right] / RATE


def score(pulses, rr, seconds):
    """Figures of one record, at the offset between the clocks that suits this detector best.

    The strap's intervals have no start time, and begin up to 2 s before the film. The offset
    holds the pulse's way to the finger too.
    """
    beats = np.concatenate([[0.0], np.cumsum(rr)])
    best = min((_cost(pulses, beats + offset), offset) for offset in OFFSETS)[1]
    beats = beats + best
    seen = (beats > EDGE) & (beats < seconds - EDGE)
    beats, rr = beats[seen], np.diff(beats[seen])
    at = _partner(pulses, beats)
    both = (at[:-1] >= 0) & (at[1:] == at[:-1] + 1)
    mine = np.diff(pulses)[at[:-1][both]] if both.any() else np.empty(0)
    inside = pulses[(pulses > beats[0] - TOLERANCE) & (pulses < beats[-1] + TOLERANCE)]
    intervals = np.diff(inside)
    next_to = both[:-1] & both[1:]
    first = at[:-2][next_to]
    changes = np.diff(pulses, 2)[first] if len(first) else np.empty(0)
    nothing = len(intervals) < 3
    return {
        "beats": len(beats),
        "found": int((at >= 0).sum()),
        "extra": len(inside) - int((at >= 0).sum()),
        "errors": 1e3 * (mine - rr[both]),
        "hr": np.nan if nothing else 60 / intervals.mean() - 60 / rr.mean(),
        "sdnn": np.nan if nothing else 1e3 * (np.std(intervals, ddof=1) - np.std(rr, ddof=1)),
        "rmssd": np.nan if nothing else 1e3 * (_rms(np.diff(intervals)) - _rms(np.diff(rr))),
        "rmssd right": 1e3 * (_rms(changes) - _rms(np.diff(rr)[next_to])),
        "true": (60 / rr.mean(), 1e3 * np.std(rr, ddof=1), 1e3 * _rms(np.diff(rr))),
    }


def _cost(pulses, beats):
    """Mean error of the intervals, with unmatched ones as bad as can be."""
    at = _partner(pulses, beats)
    both = (at[:-1] >= 0) & (at[1:] == at[:-1] + 1)
    if not both.any():
        return TOLERANCE
    errors = np.abs(np.diff(pulses)[at[:-1][both]] - np.diff(beats)[both])
    missing = (~both).sum() * TOLERANCE
    return (np.minimum(errors, TOLERANCE).sum() + missing) / len(both)


def _partner(pulses, beats):
    """Index of the nearest pulse within the tolerance of each beat, -1 for none."""
    if not len(pulses):
        return np.full(len(beats), -1)
    after = np.clip(np.searchsorted(pulses, beats), 0, len(pulses) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(pulses[before] - beats) < np.abs(pulses[after] - beats)
    at = np.where(nearer, before, after)
    at = np.where(np.abs(pulses[at] - beats) <= TOLERANCE, at, -1)
    twice = (at[1:] == at[:-1]) & (at[1:] >= 0)
    at[1:][twice] = -1
    return at


def _rms(values):
    return float(np.sqrt(np.mean(values**2))) if len(values) else float("nan")


def _together(scores, records) -> Table:
    rows = []
    for name, ones in scores.items():
        beats = sum(one["beats"] for one in ones)
        errors = np.concatenate([one["errors"] for one in ones])
        typical = (
            f"{_mean_abs(ones, key):.{digits}f}"
            for key, digits in (("hr", 2), ("sdnn", 1), ("rmssd", 1), ("rmssd right", 1))
        )
        rows.append(
            (
                name,
                f"{100 * sum(one['found'] for one in ones) / beats:.2f} %",
                sum(one["extra"] for one in ones),
                f"{np.mean(np.abs(errors)):.1f}",
                *typical,
            )
        )
    beats = sum(one["beats"] for one in scores[f"ours: {OURS[0]}"])
    text = (
        f"{len(records)} records of 74 to 112 s by the camera of a phone (Welltory; Neshitov et "
        "al. 2021), about 30 uneven frames a second, against the RR intervals of a Polar H10: "
        f"{beats:,} beats. Red light, turned over, interpolated to {RATE:g} Hz for all (PCHIP, as "
        "frames come as close as 1 ms, where a spline would swing); no other preparation but what "
        "a library does itself. The strap's intervals have no start time, so each detector has "
        "the offset that suits it best; beats within the film count. A beat is found if a pulse "
        f"lies within {1e3 * TOLERANCE:.0f} ms; interval error over pairs of neighbours that were "
        "found; mean HR, SDNN and RMSSD as mean absolute error over records, of all intervals as "
        "they come, not corrected, so that one missed pulse shows; the last column over intervals "
        "of pulses that were found. Some records have still fingers, some move. Nothing was tuned "
        "on them. The steepest rise of a pulse (point 'u' of `ppg_fiducials`) is steadier than its "
        "flat peak."
    )
    if "HeartPy" not in scores:
        text += " HeartPy was not installed."
    else:
        text += " HeartPy (1.2.7) counts the peaks that it does not reject itself."
    return Table("PPG of a camera against RR intervals", text, ("detector", *WHAT), rows)


def _mean_abs(ones, key):
    values = np.array([one[key] for one in ones])
    return float(np.nanmean(np.abs(values)))


def _each(ones) -> Table:
    rows = [
        (
            f"subject_{k:02d} ({one['beats']})",
            f"{one['found']} + {one['extra']}",
            f"{np.mean(np.abs(one['errors'])):.1f}",
            f"{one['true'][0]:.1f} {one['hr']:+.2f}",
            f"{one['true'][1]:.1f} {one['sdnn']:+.1f}",
            f"{one['true'][2]:.1f} {one['rmssd']:+.1f}",
        )
        for k, one in enumerate(ones, 1)
    ]
    text = "The default detector; the strap's figure and the difference from it."
    header = ("record (beats)", "found + extra", "interval MAE, ms", "mean HR, 1/min", "SDNN, ms",
              "RMSSD, ms")  # fmt: skip
    return Table("PPG of a camera, record by record", text, header, rows)
