"""The default detector: peaks of slope against the level of the beats around them.

A QRS complex is the steepest part of an ECG. The ECG is band-passed by running means (which are
finite in time, so that a block depends only on its surroundings), and the root mean square slope
over the length of a QRS complex is computed. It grows with the amplitude, not with its square, so
that a small beat beside a large one is still found. A peak of it is a beat if it is
high relative to the beats of the seconds around it and to the floor between the beats.

All thresholds are ratios: units, gain and offset do not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ecg.detection.ecg_stretch import TINY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.ecg.detection.ecg_stretch import EcgStretch

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]

REFRACTORY = 0.24  # s: no ventricle beats again earlier (250 beats/min)
OVER_LEVEL, OVER_FLOOR, AT_MOST = 0.3, 2.6, 0.7  # threshold: of level, of floor, of level
ARTEFACT = 8.0  # times the level: no beat is so much steeper than its neighbours
# s after a beat in which a peak of less than this share of its slope is a T wave (Pan 1985)
T_WAVE, SLOPE_OF_T = 0.36, 0.5
DOUBLE = 0.24  # s within which two peaks are one wide complex
SEARCH_BACK = 1.5  # times the usual interval without a beat: search again with half the threshold
BACK_SHARE, BACK_FLOOR, BACK_APART = 0.5, 1.5, 0.3
# A beat found so must exceed the floor by this share of what its neighbours do: a small beat
# does, the highest peak of the noise in a pause does not.
BACK_FAIR, BACK_NEIGHBOURS = 0.25, 4  # share; beats on either side
# It must also exceed this percentile of the peaks between other beats, which are P waves and
# noise, by this factor, where there are enough of them. Where the beats themselves hardly stand
# out, this share of their median prominence is enough.
BETWEEN, BEYOND, KNOWN, OF_BEATS = 98.0, 1.1, 20, 0.6  # percentile, factor, peaks, share
LATE_T = 0.5  # s after a beat within which a T wave may lie when the beats are slow (QT of 0.5 s)
# A peak that splits an interval of usual length is not a beat if it is smaller than this share of
# both its neighbours.
EXTRA, USUAL = 0.45, 1.2
NEIGHBOURS = 9  # intervals whose median is the usual one
MIN_OFFSET_SHARE = 1e-9  # of the largest sample: a smaller change is a rounding error


def find_by_slope(ecg: EcgStretch) -> tuple[Places, Signal]:
    """Return places near the R peaks, and how much each exceeds the floor (a ratio)."""
    from scipy.signal import find_peaks

    low, high = (float(ecg.values.min()), float(ecg.values.max())) if len(ecg.values) else (0, 0)
    largest = max(abs(low), abs(high))
    if len(ecg.x) < ecg.rate or high - low <= MIN_OFFSET_SHARE * largest:
        return np.empty(0, np.int64), np.empty(0)
    slope, (centres, level, floor) = ecg.slope_and_levels
    # Zeros at both ends, so that a beat cut by the first or last sample has a peak too.
    framed = np.concatenate([[0.0], slope, [0.0]])
    at = find_peaks(framed, distance=max(round(REFRACTORY * ecg.rate), 1))[0] - 1
    level, floor = np.interp(at, centres, level), np.interp(at, centres, floor)
    height = slope[at]
    threshold = np.minimum(np.maximum(OVER_LEVEL * level, OVER_FLOOR * floor), AT_MOST * level)
    real = height > MIN_OFFSET_SHARE * largest / ecg.rate
    clear = np.flatnonzero((height > threshold) & (height < ARTEFACT * level) & real)
    beats = _without_t_waves(clear, at, height, ecg.rate)
    beats = _without_extra(beats, at, height)
    beats = search_back(beats, at, height, threshold, floor, ecg.rate)
    prominence = height[beats] / np.maximum(floor[beats], TINY)
    return (at[beats] * ecg.step + ecg.step // 2).astype(np.int64), prominence


def _without_t_waves(clear: Places, at: Places, height: Signal, rate: float) -> Places:
    """Go from peak to peak and leave out T waves and second halves of wide complexes."""
    t_wave, double = T_WAVE * rate, DOUBLE * rate
    near = np.diff(at[clear]) < max(t_wave, double)
    if not near.any():
        return clear
    alone = ~(np.append(False, near) | np.append(near, False))  # what most peaks are
    places, heights = at[clear].tolist(), height[clear].tolist()
    kept: list[int] = []
    for i in np.flatnonzero(~alone).tolist():
        place, high = places[i], heights[i]
        if kept:
            last = heights[kept[-1]]
            gap = place - places[kept[-1]]
            if gap < t_wave and high < SLOPE_OF_T * last:
                continue
            if gap < double or (gap < t_wave and last < SLOPE_OF_T * high):
                if high > last:
                    kept[-1] = i
                continue
        kept.append(i)
    alone[np.array(kept, np.int64)] = True
    return np.asarray(clear[alone])


def _without_extra(beats: Places, at: Places, height: Signal) -> Places:
    """Leave out small peaks without which the interval is no longer than usual."""
    from scipy.ndimage import median_filter

    if len(beats) < 5:  # noqa: PLR2004 - fewer do not show what is usual
        return beats
    h = height[beats]
    small = h[1:-1] < EXTRA * np.minimum(h[:-2], h[2:])
    if not small.any():
        return beats
    without = at[beats[2:]] - at[beats[:-2]]
    usual = median_filter(np.diff(at[beats]), NEIGHBOURS, mode="nearest")
    extra = small & (without < USUAL * np.maximum(usual[:-1], usual[1:]))
    return np.asarray(beats[np.concatenate([[True], ~extra, [True]])], np.int64)


def search_back(
    beats: Places, at: Places, height: Signal, threshold: Signal, floor: Signal, rate: float
) -> Places:
    """Search again, with a lower threshold, where the usual interval is exceeded."""
    from scipy.ndimage import median_filter

    if len(beats) < 3:  # noqa: PLR2004 - two intervals are needed to know a usual one
        return beats
    interval = np.diff(at[beats])
    long = interval > SEARCH_BACK * median_filter(interval, NEIGHBOURS, mode="nearest")
    if not long.any():
        return beats
    apart = BACK_APART * rate
    stands = height / np.maximum(floor, TINY)
    good = (height > BACK_SHARE * threshold) & (height > BACK_FLOOR * floor)
    good &= stands > _between(beats, at, stands, long, rate)
    good[beats] = False
    inside = np.flatnonzero(good)
    after = np.searchsorted(beats, inside) - 1  # the beat before each
    between = (after >= 0) & (after < len(long))
    between[between] = long[after[between]]
    inside, after = inside[between], after[between]
    since, until = at[inside] - at[beats[after]], at[beats[after + 1]] - at[inside]
    late_t = (since < LATE_T * rate) & (height[inside] < SLOPE_OF_T * height[beats[after]])
    alone = (since > apart) & (until > apart) & ~late_t
    inside, after = inside[alone], after[alone]
    found = []
    for k in np.unique(after).tolist():
        near = beats[max(k + 1 - BACK_NEIGHBOURS, 0) : k + 1 + BACK_NEIGHBOURS]
        fair = BACK_FAIR * float(np.median(height[near] - floor[near]))
        some = inside[after == k]
        some = some[height[some] - floor[some] > fair]
        if len(some):
            found.append(int(some[np.argmax(height[some])]))
    return np.sort(np.concatenate([beats, np.array(found, np.int64)]))


def _between(
    beats: Places, at: Places, stands: Signal, long: NDArray[np.bool_], rate: float
) -> float:
    """Return the prominence that exceeds that of the peaks between beats."""
    after = np.searchsorted(beats, np.arange(len(at)), side="right") - 1
    inside = (after >= 0) & (after < len(beats) - 1)
    inside[beats] = False
    inside[inside] = ~long[after[inside]]
    inside[inside] = at[inside] - at[beats[after[inside]]] > LATE_T * rate
    if np.count_nonzero(inside) < KNOWN:
        return 0.0
    beyond = BEYOND * float(np.percentile(stands[inside], BETWEEN))
    return min(beyond, OF_BEATS * float(np.median(stands[beats])))
