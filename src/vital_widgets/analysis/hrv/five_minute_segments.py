"""Segments of an interval series, such as those of five minutes for SDANN and SDNNi."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals

    Segments = list[NDArray[np.float64]]

MIN_COVERED = 0.5  # share of a segment


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
