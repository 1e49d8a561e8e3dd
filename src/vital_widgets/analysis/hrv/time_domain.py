"""Time-domain measures of heart rate variability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.hrv.detrending import detrended_beats
from vital_widgets.analysis.hrv.five_minute_segments import segments_of
from vital_widgets.analysis.hrv.geometry import histogram, tinn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import HrvConvention

# Units of each measure, in the order in which they are shown.
TIME_UNITS = {
    "mean_nn": "ms", "sdnn": "ms", "sdann": "ms", "sdnni": "ms", "rmssd": "ms", "sdsd": "ms",
    "pnn20": "%", "pnn50": "%", "cvnn": "", "cvsd": "", "median_nn": "ms", "mad_nn": "ms",
    "iqr_nn": "ms", "min_nn": "ms", "max_nn": "ms", "mean_hr": "beats/min",
    "triangular_index": "", "tinn": "ms",
}  # fmt: skip
DECIMALS = 6  # of ms, so that rounding errors are no differences
MAX_RATE, WHOLE = 4096, 1e-4  # Hz of a recording, and samples that an interval may be off
FEW = 16  # intervals that are tried first
NORMAL_MAD = 1.4826  # standard deviation over MAD of a normal distribution
MIN_TIME, MIN_HISTOGRAM = 3, 20  # intervals that measures, and a histogram, need


def time_measures(
    nn: Intervals, convention: HrvConvention, *, geometry: bool = True
) -> dict[str, float]:
    """Return the time-domain measures by name, NaN where the series is too short.

    Differences are of successive intervals only. ``geometry`` is whether the measures of the
    histogram are needed, which take longest.
    """
    measures = dict.fromkeys(TIME_UNITS, float("nan"))
    ms = nn.ms
    if len(ms) < MIN_TIME:
        return measures
    follow = nn.successive()
    used = _without_trend(nn, convention)
    steps = (used[1:] - used[:-1])[follow]
    raw_steps = _magnitudes(ms, convention.pnn_rounding)[follow]
    sd, mean = _sd(used, convention.ddof), float(ms.mean())
    measures |= {
        "mean_nn": mean,
        "sdnn": sd,
        "cvnn": sd / mean,
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
        # counts those of all stretches that have differences.
        total = len(raw_steps)
        if convention.pnn_of == "intervals":
            total += len(np.unique(nn.stretch[follow]))
        measures |= {
            "rmssd": rmssd,
            "cvsd": rmssd / mean,
            "sdsd": _sd(of_steps, convention.ddof),
            "pnn20": 100 * float((raw_steps > 20).sum()) / total,  # noqa: PLR2004
            "pnn50": 100 * float((raw_steps > 50).sum()) / total,  # noqa: PLR2004
        }
    measures |= _of_segments(nn, convention)
    if geometry and len(used) >= MIN_HISTOGRAM:
        counts = histogram(used, convention.bin_ms)
        measures["triangular_index"] = float(counts.sum() / counts.max())
        measures["tinn"] = tinn(counts, used, convention.bin_ms, convention.tinn)
    return measures


def _magnitudes(ms: NDArray[np.float64], rounding: str) -> NDArray[np.float64]:
    """Return magnitudes of differences, without rounding errors or with those of NeuroKit2."""
    if rounding == "neurokit2":
        rate = _sampling_rate(ms)
        return np.asarray(np.abs(np.diff(np.round(ms * rate / 1000) / rate * 1000 if rate else ms)))
    return np.asarray(np.round(np.abs(np.diff(ms)), DECIMALS), np.float64)


def _sampling_rate(ms: NDArray[np.float64]) -> int:
    """Return the lowest rate in whole Hz at which all intervals are whole samples; 0 for none."""
    different = np.unique(ms) / 1000
    rates = np.arange(1, MAX_RATE + 1)
    some = rates[:, None] * different[:: max(len(different) // FEW, 1)]
    for rate in rates[np.all(np.abs(some - np.round(some)) < WHOLE, axis=1)].tolist():
        samples = different * rate
        if np.all(np.abs(samples - np.round(samples)) < WHOLE):
            return int(rate)
    return 0


def _without_trend(nn: Intervals, convention: HrvConvention) -> NDArray[np.float64]:
    """Return the intervals, without their trend but with their mean if the convention says so."""
    if not convention.detrend_time:
        return nn.ms
    parts = [detrended_beats(nn.times[p], nn.ms[p], convention) for p in nn.parts()]
    return float(nn.ms.mean()) + np.concatenate(parts)


def _of_segments(nn: Intervals, convention: HrvConvention) -> dict[str, float]:
    parts = segments_of(nn, convention.segment_s, convention.segments)
    parts = [part for part in parts if len(part) > convention.ddof]
    if len(parts) < convention.min_segments:
        return {}
    return {
        "sdann": _sd(np.array([part.mean() for part in parts]), convention.ddof),
        "sdnni": float(np.mean([_sd(part, convention.ddof) for part in parts])),
    }


def _sd(values: NDArray[Any], ddof: int) -> float:
    return float(values.std(ddof=ddof)) if len(values) > ddof else float("nan")
