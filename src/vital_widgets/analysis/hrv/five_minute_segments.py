"""Five-minute segments of an interval series, as SDANN and SDNNi take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals

    Segments = list[NDArray[np.float64]]

LEAST_SHARE = 0.5  # of a segment that must be covered by intervals


def segments_of(nn: Intervals, seconds: float, method: str) -> Segments:
    """Return the intervals (ms) of each segment.

    Parameters
    ----------
    nn : Intervals
        The series; at least one interval.
    seconds : float
        Length of a segment.
    method : {'clock', 'neurokit2-0.2', 'neurokit2-0.3', 'pyhrv'}
        'clock': segments of the time line from the beginning of the first interval; a segment
        counts where intervals cover at least half of it. The others do as those programs do:
        NeuroKit2 rounds their number; up to 0.2 it goes by the running sum of the intervals and
        leaves out the last interval of each segment, from 0.3 on by their times, and keeps it.
        pyHRV fills each segment up to its length.
    """
    if method == "neurokit2-0.2":
        since = np.cumsum(nn.ms / 1000)
        return _like_neurokit(nn.ms, since, seconds * 1000, last=False)
    if method == "neurokit2-0.3":
        return _like_neurokit(nn.ms, nn.times, seconds * 1000, last=True)
    if method == "pyhrv":
        return _like_pyhrv(nn.ms, seconds * 1000)
    begin = float(nn.times[0] - nn.ms[0] / 1000)
    # An interval belongs to the segment in which it ends; on an edge, to the one before.
    place = np.ceil((nn.times - begin) / seconds - 1e-9).astype(np.int64)
    edges = np.flatnonzero(np.diff(place)) + 1
    parts = np.split(nn.ms, edges)
    return [part for part in parts if part.sum() >= LEAST_SHARE * seconds * 1000]


def _like_neurokit(
    ms: NDArray[np.float64], times: NDArray[np.float64], length: float, *, last: bool
) -> Segments:
    ends = (times - times[0]) * 1000 + ms[0]
    n = round(float(ends[-1]) / length)
    parts = []
    for k in range(n):
        first = int(np.searchsorted(ends, k * length, side="left"))
        stop = int(np.searchsorted(ends, (k + 1) * length, side="left"))
        parts.append(ms[first : stop if last else stop - 1])
    return parts


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
        if float(ends[stop - 1]) - before > length:
            stop -= 1
        parts.append(ms[first:stop])
        first = stop
    return parts
