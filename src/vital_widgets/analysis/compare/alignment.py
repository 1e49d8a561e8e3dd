"""Which beat of one device is which beat of another if their clocks differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_marks import nearest
from vital_widgets.analysis.beats.beat_series import checked_beat_times
from vital_widgets.analysis.compare.delay import coefficients, part_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

RATE = 4.0  # Hz, of the resampled interval series
MAX_INTERVAL_S = 3.0  # a longer one is a gap
NEIGHBOURS = 11  # intervals whose median is the usual one
ODD_SHARE = 0.25  # of the usual interval: further off, a beat is missing, extra or ectopic
MIN_CORRELATION = 0.5  # of two interval series; chance reaches about 0.3 in 5 min
MIN_LEAD = 0.05  # of the best lag over the best one that is not its neighbour
NEIGHBOUR_S = 2.0
SAME_BEAT = 0.3  # of an interval: a beat further off is another one
MIN_BEATS = 20


@dataclass(frozen=True, eq=False)
class Anchors:
    """Windows in which the beats of two devices were recognised as the same.

    For each of k windows ``table``, shape (3, k), has the centre of the matched beats on the first
    device's clock in s, the median of second minus first of these beats in s, and the correlation
    of the two interval series. ``n_windows`` counts all windows with beats of the first device.
    """

    table: Numbers
    n_windows: int


def anchors_of(
    reference: Numbers, other: Numbers, *, max_offset_s: float, window_s: float
) -> Anchors:
    """Return the offset of the second clock (s) in windows of the first device's beat times.

    The sequence of intervals identifies a stretch of time: in each window the two interval
    series, sampled at 4 Hz, are correlated at every lag. If the peak is distinct, the beats are
    paired at that lag, and the median difference is the offset.
    """
    if len(reference) < MIN_BEATS or len(other) < MIN_BEATS:
        return Anchors(np.empty((3, 0)), 0)
    first, series = interval_series(reference)
    other_first, other_series = interval_series(other)
    n, reach = round(window_s * RATE), round(max_offset_s * RATE)
    found, n_windows = [], 0
    for k in range(0, max(len(series) - n // 2, 1), n):
        part = series[k : k + n]
        if np.isfinite(part).mean() < 0.5:  # noqa: PLR2004
            continue
        n_windows += 1
        # Sample j of the second series lies at other_first + j / RATE.
        begin = round((first - other_first) * RATE) + k - reach
        best = _lag(part, part_of(other_series, begin, len(part) + 2 * reach))
        if best is None:
            continue
        lag, correlation = best
        coarse = other_first - first + (begin + lag - k) / RATE
        t0 = first + k / RATE
        anchor = _pair(reference, other, t0, t0 + len(part) / RATE, coarse)
        if anchor is not None:
            found.append((*anchor, correlation))
    return Anchors(np.array(found, np.float64).reshape(-1, 3).T, n_windows)


def interval_series(times: Numbers) -> tuple[float, Numbers]:
    """Return the time of the first sample and the intervals in s sampled at 4 Hz.

    NaN in gaps, and at missed, extra and ectopic beats, which would dominate the correlation.
    """
    from scipy.ndimage import median_filter

    t = checked_beat_times(times)
    intervals, ends = np.diff(t), t[1:]
    usual = median_filter(intervals, NEIGHBOURS, mode="nearest")
    odd = (np.abs(intervals - usual) > ODD_SHARE * usual) | (intervals > MAX_INTERVAL_S)
    first = float(np.ceil(ends[0] * RATE) / RATE)
    grid = first + np.arange(int((ends[-1] - first) * RATE) + 1) / RATE
    k = np.clip(np.searchsorted(ends, grid, side="left"), 0, len(ends) - 1)
    if odd.all():
        return first, np.full(len(grid), np.nan)
    return first, np.where(odd[k], np.nan, np.interp(grid, ends[~odd], intervals[~odd]))


def _lag(part: Numbers, long: Numbers) -> tuple[int, float] | None:
    """Return the lag of the highest correlation of two interval series, if it is distinct."""
    r = np.nan_to_num(coefficients(part, long), nan=-1.0)
    k = int(np.argmax(r))
    rest = r[np.abs(np.arange(len(r)) - k) > NEIGHBOUR_S * RATE]
    distinct = r[k] - np.max(rest, initial=-1.0) >= MIN_LEAD
    return (k, float(r[k])) if r[k] >= MIN_CORRELATION and distinct else None


def _pair(
    reference: Numbers, other: Numbers, t0: float, t1: float, coarse: float
) -> tuple[float, float] | None:
    """Return the centre and the median offset of the beats paired near a coarse offset."""
    mine = reference[np.searchsorted(reference, t0) : np.searchsorted(reference, t1)]
    if len(mine) < MIN_BEATS // 2:
        return None
    offset, close = coarse, np.ones(len(mine), bool)
    limit = SAME_BEAT * float(np.median(np.diff(mine)))
    # The lag is known to a quarter of a second: iterate to the median.
    for _ in range(3):
        difference = other[nearest(mine + offset, other)] - mine
        close = np.abs(difference - offset) <= limit
        if close.sum() < MIN_BEATS // 2:
            return None
        offset = float(np.median(difference[close]))
    return float(np.mean(mine[close])), offset
