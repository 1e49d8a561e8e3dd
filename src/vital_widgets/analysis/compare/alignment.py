"""Which beat of one device is which beat of another, though their clocks differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_series import checked_beat_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 4.0  # Hz, of the evenly sampled interval series
LONGEST_INTERVAL = 3.0  # s; a longer one is a gap
NEIGHBOURS = 11  # intervals whose median says what is usual
ODD_SHARE = 0.25  # of the usual interval: further off, a beat is missing, extra or ectopic
LEAST_CORRELATION = 0.5  # of two interval series; chance reaches about 0.3 in 5 min
LEAST_LEAD = 0.05  # by which the best lag must beat the next that is not its neighbour
NEIGHBOUR_SECONDS = 2.0
SAME_BEAT = 0.3  # of an interval: a beat further off is another one
LEAST_BEATS = 20


@dataclass(frozen=True, eq=False)
class Anchors:
    """Windows in which the beats of two devices were recognised as the same.

    Attributes
    ----------
    times : ndarray, shape (k,)
        Centre of the matched beats on the first device's clock, in s.
    offsets : ndarray, shape (k,)
        Median of second minus first of the matched beats, in s.
    beats : ndarray of int64, shape (k,)
        Matched beats.
    correlation : ndarray, shape (k,)
        Of the two interval series.
    tried : int
        Windows with beats on the first device.
    """

    times: NDArray[np.float64]
    offsets: NDArray[np.float64]
    beats: NDArray[np.int64]
    correlation: NDArray[np.float64]
    tried: int


def anchors_of(
    reference: NDArray[np.float64],
    other: NDArray[np.float64],
    *,
    max_offset: float,
    window: float,
) -> Anchors:
    """Return for windows of the first device how far the second one's clock is off.

    Parameters
    ----------
    reference, other : ndarray of float, shape (n,), (m,)
        Beat times in seconds on each device's own clock.
    max_offset : float
        Largest offset looked for, in seconds, either way.
    window : float
        Seconds of a window.

    Notes
    -----
    The sequence of intervals is like a finger print: in each window the two series, sampled at
    4 Hz, are correlated at every lag. Where the peak stands out, the beats are paired at that
    lag and the median difference is the offset.
    """
    if len(reference) < LEAST_BEATS or len(other) < LEAST_BEATS:
        return Anchors(np.empty(0), np.empty(0), np.empty(0, np.int64), np.empty(0), 0)
    first, series = interval_series(reference)
    other_first, other_series = interval_series(other)
    n, reach = round(window * RATE), round(max_offset * RATE)
    rows, tried = [], 0
    for k in range(0, max(len(series) - n // 2, 1), n):
        part = series[k : k + n]
        if np.isfinite(part).mean() < 0.5:  # noqa: PLR2004
            continue
        tried += 1
        # Sample j of the second series lies at other_first + j / RATE.
        begin = round((first - other_first) * RATE) + k - reach
        alike = _lag(part, _cut(other_series, begin, len(part) + 2 * reach))
        if alike is None:
            continue
        lag, correlation = alike
        coarse = other_first - first + (begin + lag - k) / RATE
        t0 = first + k / RATE
        found = _pair(reference, other, t0, t0 + len(part) / RATE, coarse)
        if found is not None:
            rows.append((*found, correlation))
    table = np.array(rows).reshape(-1, 4)
    beats = table[:, 2].astype(np.int64)
    return Anchors(table[:, 0], table[:, 1], beats, table[:, 3], tried)


def interval_series(times: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the time of the first sample and the intervals in s sampled at 4 Hz.

    NaN in gaps, and where a beat was missed, made up or came early: one such interval would
    outweigh all that the rhythm tells.
    """
    from scipy.ndimage import median_filter

    t = checked_beat_times(times)
    intervals, ends = np.diff(t), t[1:]
    usual = median_filter(intervals, NEIGHBOURS, mode="nearest")
    odd = (np.abs(intervals - usual) > ODD_SHARE * usual) | (intervals > LONGEST_INTERVAL)
    first = float(np.ceil(ends[0] * RATE) / RATE)
    grid = first + np.arange(int((ends[-1] - first) * RATE) + 1) / RATE
    k = np.clip(np.searchsorted(ends, grid, side="left"), 0, len(ends) - 1)
    if odd.all():
        return first, np.full(len(grid), np.nan)
    return first, np.where(odd[k], np.nan, np.interp(grid, ends[~odd], intervals[~odd]))


def _cut(series: NDArray[np.float64], begin: int, n: int) -> NDArray[np.float64]:
    out = np.full(n, np.nan)
    lo, hi = max(begin, 0), min(begin + n, len(series))
    if lo < hi:
        out[lo - begin : hi - begin] = series[lo:hi]
    return out


def _lag(part: NDArray[np.float64], long: NDArray[np.float64]) -> tuple[int, float] | None:
    """Return the lag at which two interval series are alike and how much, if one stands out."""
    from vital_widgets.analysis.compare.delay import coefficients

    r = coefficients(part, long)
    if not np.isfinite(r).any():
        return None
    k = int(np.nanargmax(r))
    away = np.abs(np.arange(len(r)) - k) > NEIGHBOUR_SECONDS * RATE
    rest = r[away & np.isfinite(r)]
    alone = not len(rest) or r[k] - rest.max() >= LEAST_LEAD
    return (k, float(r[k])) if r[k] >= LEAST_CORRELATION and alone else None


def _pair(
    reference: NDArray[np.float64], other: NDArray[np.float64], t0: float, t1: float, coarse: float
) -> tuple[float, float, int] | None:
    """Return centre, median offset and number of the beats paired near a coarse offset."""
    mine = reference[np.searchsorted(reference, t0) : np.searchsorted(reference, t1)]
    if len(mine) < LEAST_BEATS // 2:
        return None
    offset, close = coarse, np.ones(len(mine), bool)
    limit = SAME_BEAT * float(np.median(np.diff(mine)))
    # The lag is known to a quarter of a second: settle on the median.
    for _ in range(3):
        k = np.clip(np.searchsorted(other, mine + offset), 1, len(other) - 1)
        nearer = np.where(mine + offset - other[k - 1] < other[k] - mine - offset, k - 1, k)
        difference = other[nearer] - mine
        close = np.abs(difference - offset) <= limit
        if close.sum() < LEAST_BEATS // 2:
            return None
        offset = float(np.median(difference[close]))
    return float(np.mean(mine[close])), offset, int(close.sum())
