"""Time-domain measures of heart rate variability."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.hrv.geometry import histogram, tinn
from vital_widgets.analysis.hrv.interval_spectra import detrended_beats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import HrvConvention

    Segments = list[NDArray[np.float64]]

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
MIN_COVERED = 0.5  # share of a segment


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
    middle = float(np.median(ms))
    measures |= {
        "mean_nn": mean,
        "sdnn": sd,
        "cvnn": sd / mean,
        "median_nn": middle,
        "mad_nn": NORMAL_MAD * float(np.median(np.abs(ms - middle))),
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
    # As `mean` and `std` do it, which take three times as long for so many short arrays.
    means = [np.add.reduce(part) / len(part) for part in parts]
    steps = [part - mean for part, mean in zip(parts, means, strict=True)]
    squares = np.array([np.add.reduce(one * one) for one in steps])
    freedom = np.array([len(part) - convention.ddof for part in parts])
    return {
        "sdann": _sd(np.array(means), convention.ddof),
        "sdnni": float(np.mean(np.sqrt(squares / freedom))),
    }


def _sd(values: NDArray[Any], ddof: int) -> float:
    return float(values.std(ddof=ddof)) if len(values) > ddof else float("nan")


def segments_of(nn: Intervals, segment_s: float, method: str) -> Segments:
    """Return the intervals (ms) of each segment of a series of at least one interval.

    'clock' cuts at multiples of ``segment_s`` from the begin of the first interval; a segment
    counts if intervals cover half of it. The others follow those programs: NeuroKit2 rounds the
    number of segments; up to 0.2 it uses cumulative sums of intervals and drops the last interval
    of each segment, from 0.3 it uses their times and keeps it. pyHRV fills each segment up.
    """
    if method == "neurokit2-0.2":
        return _like_neurokit(nn.ms, np.cumsum(nn.ms / 1000), segment_s * 1000, dropped=1)
    if method == "neurokit2-0.3":
        return _like_neurokit(nn.ms, nn.times, segment_s * 1000, dropped=0)
    if method == "pyhrv":
        return _like_pyhrv(nn.ms, segment_s * 1000)
    begin = float(nn.times[0] - nn.ms[0] / 1000)
    # An interval belongs to the segment in which it ends; on an edge, to the one before.
    place = np.ceil((nn.times - begin) / segment_s - 1e-9).astype(np.int64)
    parts = np.split(nn.ms, np.flatnonzero(np.diff(place)) + 1)
    return [part for part in parts if part.sum() >= MIN_COVERED * segment_s * 1000]


def _like_neurokit(
    ms: NDArray[np.float64], times: NDArray[np.float64], length: float, *, dropped: int
) -> Segments:
    ends = (times - times[0]) * 1000 + ms[0]
    edges = np.arange(round(float(ends[-1]) / length) + 1) * length
    at = np.searchsorted(ends, edges, side="left").tolist()
    return [ms[a : b - dropped] for a, b in itertools.pairwise(at)]


def _like_pyhrv(ms: NDArray[np.float64], length: float) -> Segments:
    ends = np.cumsum(ms)
    if ends[-1] <= length:
        return []
    parts: Segments = []
    first = 0
    for _ in range(int(np.ceil(float(ends[-1]) / length))):
        before = float(ends[first - 1]) if first else 0.0
        stop = int(np.searchsorted(ends, before + length, side="left")) + 1
        if stop > len(ms):  # the rest, and from then on its last interval again and again
            parts.append(ms[first:])
            first = len(ms) - 1
            continue
        stop -= float(ends[stop - 1]) - before > length
        parts.append(ms[first:stop])
        first = stop
    return parts
