"""Time-domain figures of heart rate variability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.hrv.detrending import detrended_beats
from vital_widgets.analysis.hrv.five_minute_segments import segments_of
from vital_widgets.analysis.hrv.geometry import histogram, tinn, triangular_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import HrvConvention

# Unit of each figure, in the order in which they are told.
TIME_UNITS = {
    "mean_nn": "ms",
    "sdnn": "ms",
    "sdann": "ms",
    "sdnni": "ms",
    "rmssd": "ms",
    "sdsd": "ms",
    "pnn20": "%",
    "pnn50": "%",
    "cvnn": "",
    "cvsd": "",
    "median_nn": "ms",
    "mad_nn": "ms",
    "iqr_nn": "ms",
    "min_nn": "ms",
    "max_nn": "ms",
    "mean_hr": "beats/min",
    "triangular_index": "",
    "tinn": "ms",
}
PLACES = 6  # of ms that are told apart
HIGHEST_RATE, WHOLE = 4096, 1e-4  # Hz of a recording, and samples that an interval may be off
FEW = 16  # intervals that are looked at first
NORMAL_MAD = 1.4826  # of a normal distribution: standard deviation over MAD
LEAST_INTERVALS = 3
LEAST_HISTOGRAM = 20  # intervals of which a histogram has a shape at all


def time_figures(
    nn: Intervals, convention: HrvConvention, *, geometry: bool = True
) -> dict[str, float]:
    """Return the time-domain figures of a series by name, NaN where they cannot be told.

    Parameters
    ----------
    nn : Intervals
        NN intervals. Differences are taken of intervals that follow each other only.
    convention : HrvConvention
        How.
    geometry : bool
        Whether the figures of the histogram are needed, which take longest.
    """
    figures = dict.fromkeys(TIME_UNITS, float("nan"))
    ms = nn.ms
    if len(ms) < LEAST_INTERVALS:
        return figures
    follow = nn.successive()
    used = _without_trend(nn, convention)
    steps = (used[1:] - used[:-1])[follow]
    raw_steps = _magnitudes(ms, convention.pnn_rounding)[follow]
    spread = _spread(used, convention.ddof)
    mean = float(ms.mean())
    figures |= {
        "mean_nn": mean,
        "sdnn": spread,
        "cvnn": spread / mean,
        "median_nn": float(np.median(ms)),
        "mad_nn": NORMAL_MAD * float(np.median(np.abs(ms - np.median(ms)))),
        "iqr_nn": float(np.subtract(*np.percentile(ms, [75, 25]))),
        "min_nn": float(ms.min()),
        "max_nn": float(ms.max()),
        "mean_hr": 60_000 / mean,
    }
    if len(steps):
        of_steps = np.abs(steps) if convention.differences == "absolute" else steps
        rmssd = float(np.sqrt(np.mean(steps**2)))
        # A stretch of n intervals has n - 1 differences; as a share of the intervals, pNNx
        # counts all of the stretches that have differences.
        total = len(raw_steps)
        if convention.pnn_of == "intervals":
            total += len(np.unique(nn.stretch[follow]))
        figures |= {
            "rmssd": rmssd,
            "cvsd": rmssd / mean,
            "sdsd": _spread(of_steps, convention.ddof),
            "pnn20": 100 * float((raw_steps > 20).sum()) / total,  # noqa: PLR2004
            "pnn50": 100 * float((raw_steps > 50).sum()) / total,  # noqa: PLR2004
        }
    figures |= _of_segments(nn, convention)
    if geometry and len(used) >= LEAST_HISTOGRAM:
        counts, width = histogram(used, convention.bin_ms)
        figures["triangular_index"] = triangular_index(counts)
        figures["tinn"] = tinn(counts, used, width, convention.tinn)
    return figures


def _magnitudes(ms: NDArray[np.float64], rounding: str) -> NDArray[np.float64]:
    """Return magnitudes of differences, rounded so that 50 ms are 50 ms."""
    if rounding == "neurokit2":
        rate = sampling_rate_of(ms)
        # As that program has them of sample numbers, to the last bit.
        return np.asarray(np.abs(np.diff(np.round(ms * rate / 1000) / rate * 1000 if rate else ms)))
    return np.asarray(np.round(np.abs(np.diff(ms)), PLACES), np.float64)


def sampling_rate_of(ms: NDArray[np.float64]) -> int:
    """Return the lowest rate in whole Hz at which all intervals are whole samples; 0 for none."""
    told = np.unique(ms)
    rates = np.arange(1, HIGHEST_RATE + 1)
    some = told[:: max(len(told) // FEW, 1)] / 1000
    samples = rates[:, None] * some
    whole = np.all(np.abs(samples - np.round(samples)) < WHOLE, axis=1)
    for rate in rates[whole].tolist():
        samples = told * rate / 1000
        if np.all(np.abs(samples - np.round(samples)) < WHOLE):
            return int(rate)
    return 0


def _without_trend(nn: Intervals, convention: HrvConvention) -> NDArray[np.float64]:
    """Return the intervals without their trend but with their mean, where a convention says so."""
    if not convention.detrend_time:
        return nn.ms
    mean = float(nn.ms.mean())
    parts = np.split(np.arange(len(nn)), np.flatnonzero(np.diff(nn.stretch)) + 1)
    return mean + np.concatenate(
        [detrended_beats(nn.times[p], nn.ms[p], convention) for p in parts]
    )


def _of_segments(nn: Intervals, convention: HrvConvention) -> dict[str, float]:
    parts = segments_of(nn, convention.segment_seconds, convention.segments)
    parts = [part for part in parts if len(part) > convention.ddof]
    if len(parts) < convention.least_segments:
        return {}
    means = np.array([part.mean() for part in parts])
    return {
        "sdann": _spread(means, convention.ddof),
        "sdnni": float(np.mean([_spread(part, convention.ddof) for part in parts])),
    }


def _spread(values: NDArray[Any], ddof: int) -> float:
    return float(values.std(ddof=ddof)) if len(values) > ddof else float("nan")
