"""Systolic peak and onset of pulses of which the approximate places are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.signal.filters.fitted_polynomials import fitted_polynomial
from vital_widgets.analysis.signal.statistics.running_median import (
    running_median,
    running_percentile,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]

SMOOTH = 0.12  # s: a parabola fitted over it removes noise and moves no peak
REACH = 0.1  # s on either side of a place in which the peak is searched for
FINE = 0.02  # s within which the sample itself is taken, if the noise is small
SMALL_NOISE = 0.005  # of the usual pulse height
MAX_RISE = 0.45  # s from the steepest part of the upstroke to the peak
MAX_FOOT = 0.25  # s from the onset to the steepest part
NEAR_DEEPEST = 0.06  # s before the deepest sample in which the onset is, in noise
MEAN = 2.0  # s
STRONG, SMALL = 0.5, 0.25  # of the height of the pulses around
LEVEL_OF, INTERVALS_OF = 15, 9  # marks, strong pulses
ON_TIME = 1.3  # of the usual interval, at most, between pulses with none missing between them
DIASTOLIC = 0.45  # s after a systolic peak in which its diastolic wave lies
MIN_DISTANCE = 0.04  # s between an onset and its peak


def smoothed(values: Signal, fs: float) -> Signal:
    """Return the signal smoothed by fitted parabolas (Savitzky and Golay)."""
    width = round(SMOOTH * fs) | 1
    if width < 5 or len(values) <= width:  # noqa: PLR2004 - a parabola goes through three
        return values
    return fitted_polynomial(values, width, 2)


def is_clear(values: Signal, smooth: Signal, height: float) -> bool:
    """Return whether the noise is so small that an extreme sample is the extremum."""
    return float(np.median(np.abs(values - smooth))) <= SMALL_NOISE * height


def extreme_near(values: Signal, places: Places, reach: float, fs: float, sign: int = 1) -> Places:
    """Return the highest (or with ``sign=-1`` lowest) sample within ``reach`` s of each place."""
    width = max(round(reach * fs), 1)
    around = np.clip(places[:, None] + np.arange(-width, width + 1), 0, len(values) - 1)
    rows = np.arange(len(places))
    return np.asarray(around[rows, np.argmax(sign * values[around], axis=1)], np.int64)


def onsets_before(smooth: Signal, peaks: Places, fs: float, *, clear: bool = True) -> Places:
    """Return the sample at which the upstroke to each peak begins, -1 if it is not visible.

    It is the lowest sample in the 0.25 s before the steepest part of the upstroke. If drift lifts
    the signal so that there is no minimum, it is the sample furthest below the straight line over
    these 0.25 s. In noise (not ``clear``), which moves a flat minimum far, it is the lowest sample
    near that one.
    """
    if not len(peaks):
        return np.empty(0, np.int64)
    min_distance = max(round(MIN_DISTANCE * fs), 1)
    before = np.concatenate([[-1], peaks[:-1]])[:, None]
    rows = np.arange(len(peaks))
    rise = np.diff(smooth, append=smooth[-1:])
    back = peaks[:, None] - np.arange(max(round(MAX_RISE * fs), min_distance + 1), 0, -1)
    slope = np.where((back > before) & (back >= 0), rise[np.maximum(back, 0)], -np.inf)
    # Of two upstrokes the one nearest to the peak, if at least half as steep.
    steep = slope >= 0.5 * slope.max(axis=1, keepdims=True)
    last = steep.shape[1] - 1 - np.argmax(steep[:, ::-1], axis=1)
    steepest = back[rows, last]
    foot = steepest[:, None] - np.arange(max(round(MAX_FOOT * fs), 2), -1, -1)
    inside = (foot > before) & (foot >= 0) & (foot <= peaks[:, None] - min_distance)
    level = smooth[np.maximum(foot, 0)]
    lowest = np.argmin(np.where(inside, level, np.inf), axis=1)
    first = np.argmax(inside, axis=1)
    begin, end = level[rows, first][:, None], level[:, -1:]
    column = np.arange(foot.shape[1])
    share = (column - first[:, None]) / (len(column) - 1 - first[:, None] + 1e-9)
    below = np.where(inside, level - (begin + (end - begin) * share), np.inf)
    deepest = np.argmin(below, axis=1)
    if not clear:
        earlier = deepest[:, None] - column
        near = inside & (earlier <= NEAR_DEEPEST * fs) & (earlier >= -FINE * fs)
        lowest = np.argmin(np.where(near, level, np.inf), axis=1)
    chosen = np.where(lowest > first, lowest, deepest)
    return np.where(inside.any(axis=1), foot[rows, chosen], -1).astype(np.int64)


def no_diastolic_wave(
    smooth: Signal, peaks: Places, height: Signal, fs: float
) -> NDArray[np.bool_]:
    """Return which marks are not diastolic waves of the preceding pulses.

    A low mark between two high ones at the usual interval is a diastolic wave if it follows the
    first closely or rises little. A premature beat shifts the next one, or is later.
    """
    from scipy.ndimage import uniform_filter1d

    kept = np.ones(len(peaks), bool)
    if not len(peaks):
        return kept
    # Above the mean: the wave after a deep notch rises far, but not high.
    mean = uniform_filter1d(smooth, max(round(MEAN * fs), 1) | 1, mode="nearest")
    top = smooth[peaks] - mean[peaks]
    low = top < STRONG * running_percentile(top, 75, LEVEL_OF, "reflect")
    strong = np.flatnonzero(~low)
    if len(strong) < 3:  # noqa: PLR2004 - two intervals are needed to know a usual one
        return kept
    interval = np.diff(peaks[strong])
    usual = running_median(interval, INTERVALS_OF, "reflect")
    weak = np.flatnonzero(low)
    k = np.searchsorted(strong, weak) - 1
    inner = (k >= 0) & (k < len(interval))
    weak, k = weak[inner], k[inner]
    on_time = interval[k] <= ON_TIME * usual[k]
    soon = peaks[weak] - peaks[strong[k]] <= DIASTOLIC * fs
    kept[weak[on_time & (soon | (height[weak] < SMALL * height[strong[k]]))]] = False
    return kept
