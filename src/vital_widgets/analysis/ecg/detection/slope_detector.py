"""The default detector: peaks of slope against the level of the beats around them.

A QRS complex is the steepest thing in an ECG. The ECG is band-passed by running means (finite in
time, so that a block decides from its surroundings only), and the root mean square slope over a
QRS's length is taken. It grows with the amplitude, not with its square, so that a small beat
beside a large one is still seen. A peak of it is a beat if it stands out from the beats of the
seconds around it and from the floor between the beats.

All thresholds are ratios: units, gain and offset do not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

WORKING_RATE = 110.0  # Hz; the QRS has little above 40 Hz, so higher rates are averaged down
# Lengths in s of the running means. Two of the first pass what is below about 20 Hz, taking out
# two of the second what is below about 5 Hz: the band of the QRS (Thakor et al. 1984).
BAND = (0.024, 0.12)
# Where beats hardly stand out: above moving electrodes (10 to 35 Hz), below muscles (5 to 15 Hz).
OTHER_BANDS = ((0.014, 0.055),)
NOISY = 4.0  # level over floor below which another band is tried
CLEARER = 1.1  # times that ratio must another band have
# Of the mean square slope: together about the length of a QRS complex, 60 to 120 ms.
ENERGY = (0.06, 0.06)
WINDOW = 2.0  # s: holds a beat at 30 beats/min and more
LEVEL_WINDOWS, FLOOR_WINDOWS = 7, 3  # whose median is the level of the beats, and of the floor
FAINT = 0.2  # of the block's beats: a level below is a pause, not small beats
REFRACTORY = 0.24  # s: no ventricle beats again earlier (250 beats/min)
OVER_LEVEL, OVER_FLOOR, AT_MOST = 0.3, 2.6, 0.7  # threshold: of level, of floor, of level
ARTEFACT = 8.0  # times the level: no beat is so much steeper than its neighbours
T_WAVE, SLOPE_OF_T = 0.36, 0.5  # s after a beat in which half its slope is a T wave (Pan 1985)
DOUBLE = 0.24  # s within which two peaks are one wide complex
SEARCH_BACK = 1.5  # times the usual interval without a beat: look again with half the threshold
BACK_SHARE, BACK_FLOOR, BACK_APART = 0.5, 1.5, 0.3
# What is found so must rise above the floor by this share of what its neighbours do: a small beat
# does, the highest peak of the noise in a pause does not.
BACK_FAIR, BACK_NEIGHBOURS = 0.25, 4  # share; beats on either side
# And above the floor it must stand out more than all but so many of the peaks between other beats,
# which are P waves and noise, by so much; where there are so many of them. But where the beats
# themselves hardly do, a missed one need not: so much of what they do is enough.
BETWEEN, BEYOND, KNOWN, OF_BEATS = 98.0, 1.1, 20, 0.6  # percentile, times, peaks, share
LATE_T = 0.5  # s after a beat that a T wave may come when the beats are slow (QT of 0.5 s)
# An extra peak that splits an interval of usual length is none with so little of its neighbours.
EXTRA, USUAL = 0.45, 1.2
NEIGHBOURS = 9  # intervals whose median is the usual one


def slope_energy(x: Signal, rate: float, band_of: tuple[float, float] = BAND) -> Signal:
    """Return the root mean square slope in a band."""
    band = between_means(x, rate, band_of)
    energy = np.square(np.gradient(band)) if len(band) > 1 else np.zeros_like(band)
    for seconds in ENERGY:
        energy = _mean(energy, rate, seconds)
    return np.sqrt(np.maximum(energy, 0.0))


def between_means(x: Signal, rate: float, band_of: tuple[float, float]) -> Signal:
    """Return the signal between two running means, each taken twice."""
    short, long = band_of
    smooth = _mean(_mean(x, rate, short), rate, short)
    return smooth - _mean(_mean(smooth, rate, long), rate, long)


def _mean(x: Signal, rate: float, seconds: float) -> Signal:
    from scipy.ndimage import uniform_filter1d

    odd = 2 * max(round((seconds * rate - 1) / 2), 0) + 1
    return np.asarray(uniform_filter1d(x, odd, mode="nearest")) if odd > 1 else x


def averaged_down(values: Signal, fs: float) -> tuple[Signal, int]:
    """Return means of so many samples each, at about the working rate, and how many."""
    step = max(int(fs // WORKING_RATE), 1)
    if step == 1:
        return values, 1
    whole = len(values) // step * step
    return values[:whole].reshape(-1, step).mean(axis=1), step


def clearest_slope(x: Signal, rate: float) -> Signal:
    """Return the slope in the band of the QRS; where that is noisy, in the band that is least."""
    slope = slope_energy(x, rate)
    centres, level, floor = levels_of(slope, rate)
    if not np.any(level < NOISY * floor):
        return slope
    ratio = level / np.maximum(floor, 1e-300)
    noisy = ratio < NOISY
    best = ratio * CLEARER
    chosen = np.zeros(len(ratio), np.int64)
    slopes, levels = [slope], [level]
    for k, band in enumerate(OTHER_BANDS, 1):
        slopes.append(slope_energy(x, rate, band))
        _, other, its_floor = levels_of(slopes[-1], rate)
        levels.append(other)
        its = other / np.maximum(its_floor, 1e-300)
        better = noisy & (its > best)
        chosen[better], best[better] = k, its[better]
    mixed = np.zeros_like(slope)
    i = np.arange(len(slope))
    for k in np.unique(chosen):
        gain = np.where(chosen == k, level / np.maximum(levels[k], 1e-300), 0.0)
        mixed += np.interp(i, centres, gain) * slopes[k]
    return mixed


def find_by_slope(values: Signal, fs: float) -> tuple[NDArray[np.int64], Signal]:
    """Return places near the R peaks, and how much each stands out from the floor (a ratio).

    Parameters
    ----------
    values : ndarray, shape (n,)
        ECG without NaN.
    fs : float
        Sampling rate in Hz.
    """
    from scipy.signal import find_peaks

    x, step = averaged_down(values, fs)
    rate = fs / step
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    largest = max(abs(low), abs(high))
    if len(x) < rate or high - low <= 1e-9 * largest:
        return np.empty(0, np.int64), np.empty(0)
    slope = clearest_slope(x, rate)
    # Framed by nothing, so that a beat cut by the first or last sample has a peak too.
    framed = np.concatenate([[0.0], slope, [0.0]])
    at = find_peaks(framed, distance=max(round(REFRACTORY * rate), 1))[0] - 1
    centres, level, floor = levels_of(slope, rate)
    level, floor = np.interp(at, centres, level), np.interp(at, centres, floor)
    height = slope[at]
    # What rounding leaves of a large offset is no slope.
    at_all = height > 1e-9 * largest / rate
    threshold = np.minimum(np.maximum(OVER_LEVEL * level, OVER_FLOOR * floor), AT_MOST * level)
    clear = np.flatnonzero((height > threshold) & (height < ARTEFACT * level) & at_all)
    beats = _without_t_waves(clear, at, height, rate)
    beats = _without_extra(beats, at, height)
    beats = _search_back(beats, at, height, threshold, floor, rate)
    prominence = height[beats] / np.maximum(floor[beats], 1e-300)
    return (at[beats] * step + step // 2).astype(np.int64), prominence


def levels_of(slope: Signal, rate: float) -> tuple[Signal, Signal, Signal]:
    """Return the middles of windows, and the level of the beats and of the floor around them."""
    from scipy.ndimage import median_filter

    # The windows share the stretch evenly; what is left of the division is less than a window's
    # samples over all windows, and goes without.
    n = max(len(slope) // max(round(WINDOW * rate), 1), 1)
    width = len(slope) // n
    windows = slope[: n * width].reshape(n, width)
    highest = windows.max(axis=1)
    middle = np.partition(windows, width // 2, axis=1)[:, width // 2]
    level: Signal = median_filter(highest, LEVEL_WINDOWS, mode="nearest")
    np.maximum(level, FAINT * np.percentile(highest, 75), out=level)
    floor: Signal = median_filter(middle, FLOOR_WINDOWS, mode="nearest")
    centres: Signal = (np.arange(n) * width + 0.5 * width).astype(np.float64)
    return centres, level, floor


def _without_t_waves(
    clear: NDArray[np.int64], at: NDArray[np.int64], height: Signal, rate: float
) -> NDArray[np.int64]:
    """Go from peak to peak and leave out T waves and second halves of wide complexes."""
    t_wave, double = T_WAVE * rate, DOUBLE * rate
    places, heights = at[clear].tolist(), height[clear].tolist()
    kept: list[int] = []
    for i, (place, high) in enumerate(zip(places, heights, strict=True)):
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
    return clear[np.array(kept, np.int64)]


def _without_extra(
    beats: NDArray[np.int64], at: NDArray[np.int64], height: Signal
) -> NDArray[np.int64]:
    """Leave out small peaks without which the interval is no longer than usual."""
    from scipy.ndimage import median_filter

    if len(beats) < 5:  # noqa: PLR2004 - fewer do not tell what is usual
        return beats
    h = height[beats]
    without = at[beats[2:]] - at[beats[:-2]]
    usual = median_filter(np.diff(at[beats]), NEIGHBOURS, mode="nearest")
    small = h[1:-1] < EXTRA * np.minimum(h[:-2], h[2:])
    extra = small & (without < USUAL * np.maximum(usual[:-1], usual[1:]))
    kept = np.concatenate([[True], ~extra, [True]])
    return np.asarray(beats[kept], np.int64)


def _search_back(
    beats: NDArray[np.int64],
    at: NDArray[np.int64],
    height: Signal,
    threshold: Signal,
    floor: Signal,
    rate: float,
) -> NDArray[np.int64]:
    """Look again, with a lower threshold, where the usual interval has long passed."""
    from scipy.ndimage import median_filter

    if len(beats) < 3:  # noqa: PLR2004 - two intervals are needed to know a usual one
        return beats
    interval = np.diff(at[beats])
    usual = median_filter(interval, NEIGHBOURS, mode="nearest")
    apart = BACK_APART * rate
    good = (height > BACK_SHARE * threshold) & (height > BACK_FLOOR * floor)
    long = interval > SEARCH_BACK * usual
    stands = height / np.maximum(floor, 1e-300)
    good &= stands > _between(beats, at, stands, long, rate)
    found = []
    for k in np.flatnonzero(long).tolist():
        a, b = int(beats[k]), int(beats[k + 1])
        inside = np.arange(a + 1, b)
        late_t = (at[inside] - at[a] < LATE_T * rate) & (height[inside] < SLOPE_OF_T * height[a])
        inside = inside[~late_t]
        near = beats[max(k + 1 - BACK_NEIGHBOURS, 0) : k + 1 + BACK_NEIGHBOURS]
        fair = BACK_FAIR * float(np.median(height[near] - floor[near]))
        inside = inside[height[inside] - floor[inside] > fair]
        inside = inside[good[inside] & (at[inside] - at[a] > apart) & (at[b] - at[inside] > apart)]
        if len(inside):
            found.append(int(inside[np.argmax(height[inside])]))
    return np.sort(np.concatenate([beats, np.array(found, np.int64)]))


def _between(
    beats: NDArray[np.int64],
    at: NDArray[np.int64],
    stands: Signal,
    long: NDArray[np.bool_],
    rate: float,
) -> float:
    """Return how much must stand out what is no peak as they lie between beats."""
    after = np.searchsorted(beats, np.arange(len(at)), side="right") - 1
    inside = (after >= 0) & (after < len(beats) - 1)
    inside[beats] = False
    inside[inside] = ~long[after[inside]]
    inside[inside] = at[inside] - at[beats[after[inside]]] > LATE_T * rate
    if np.count_nonzero(inside) < KNOWN:
        return 0.0
    beyond = BEYOND * float(np.percentile(stands[inside], BETWEEN))
    return min(beyond, OF_BEATS * float(np.median(stands[beats])))
