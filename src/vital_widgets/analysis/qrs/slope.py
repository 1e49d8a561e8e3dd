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

WORKING_RATE = 180.0  # Hz; the QRS has little above 40 Hz, so higher rates are averaged down
# Lengths in s of the running means. Two of SMOOTH pass what is below about 20 Hz, taking out two
# of TREND what is below about 5 Hz: the band of the QRS (Thakor et al. 1984).
SMOOTH, TREND = 0.024, 0.12
# Of the mean square slope: together about the length of a QRS complex, 60 to 120 ms.
ENERGY = (0.09, 0.04)
WINDOW = 2.0  # s: holds a beat at 30 beats/min and more
LEVEL_WINDOWS, FLOOR_WINDOWS = 7, 5  # whose median is the level of the beats, and of the floor
FAINT = 0.2  # of the block's beats: a level below is a pause, not small beats
REFRACTORY = 0.2  # s: no ventricle beats again earlier
OVER_LEVEL, OVER_FLOOR, AT_MOST = 0.3, 2.6, 0.7  # threshold: of level, of floor, of level
ARTEFACT = 8.0  # times the level: no beat is so much steeper than its neighbours
T_WAVE, SLOPE_OF_T = 0.36, 0.5  # s after a beat in which half its slope is a T wave (Pan 1985)
DOUBLE = 0.24  # s within which two peaks are one wide complex
SEARCH_BACK = 1.5  # times the usual interval without a beat: look again with half the threshold
BACK_SHARE, BACK_FLOOR, BACK_APART = 0.5, 1.5, 0.3
NEIGHBOURS = 9  # intervals whose median is the usual one


def slope_energy(values: Signal, fs: float) -> tuple[Signal, int]:
    """Return the root mean square slope, and how many samples each of its values stands for."""
    from scipy.ndimage import uniform_filter1d

    def mean(x: Signal, seconds: float) -> Signal:
        return np.asarray(uniform_filter1d(x, max(round(seconds * rate), 1) | 1, mode="nearest"))

    step = max(int(fs // WORKING_RATE), 1)
    rate = fs / step
    x = values
    if step > 1:
        whole = len(x) // step * step
        x = x[:whole].reshape(-1, step).mean(axis=1)
    smooth = mean(mean(x, SMOOTH), SMOOTH)
    band = smooth - mean(mean(smooth, TREND), TREND)
    energy = np.square(np.gradient(band)) if len(band) > 1 else np.zeros_like(band)
    for seconds in ENERGY:
        energy = mean(energy, seconds)
    return np.sqrt(np.maximum(energy, 0.0)), step


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

    slope, step = slope_energy(values, fs)
    rate = fs / step
    spread = float(np.ptp(values)) if len(values) else 0.0
    if len(slope) < rate or spread <= 1e-9 * float(np.abs(values).max()):
        return np.empty(0, np.int64), np.empty(0)
    # Framed by nothing, so that a beat cut by the first or last sample has a peak too.
    framed = np.concatenate([[0.0], slope, [0.0]])
    at = find_peaks(framed, distance=max(round(REFRACTORY * rate), 1))[0] - 1
    level, floor = _levels(slope, at, rate)
    height = slope[at]
    # What rounding leaves of a large offset is no slope.
    at_all = height > 1e-9 * float(np.abs(values).max()) / rate
    threshold = np.minimum(np.maximum(OVER_LEVEL * level, OVER_FLOOR * floor), AT_MOST * level)
    clear = np.flatnonzero((height > threshold) & (height < ARTEFACT * level) & at_all)
    beats = _without_t_waves(clear, at, height, rate)
    beats = _search_back(beats, at, height, threshold, floor, rate)
    prominence = height[beats] / np.maximum(floor[beats], 1e-300)
    return (at[beats] * step + step // 2).astype(np.int64), prominence


def _levels(slope: Signal, at: NDArray[np.int64], rate: float) -> tuple[Signal, Signal]:
    """Return the level of the beats and of the floor around each peak."""
    from scipy.ndimage import median_filter

    # The windows share the stretch evenly; what is left of the division is less than a window's
    # samples over all windows, and goes without.
    n = max(len(slope) // max(round(WINDOW * rate), 1), 1)
    width = len(slope) // n
    windows = slope[: n * width].reshape(n, width)
    highest = windows.max(axis=1)
    middle = np.partition(windows, width // 2, axis=1)[:, width // 2]
    level = median_filter(highest, LEVEL_WINDOWS, mode="nearest")
    level = np.maximum(level, FAINT * np.percentile(highest, 75))
    floor = median_filter(middle, FLOOR_WINDOWS, mode="nearest")
    centres = (np.arange(n) + 0.5) * width
    return np.interp(at, centres, level), np.interp(at, centres, floor)


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
    found = []
    for k in np.flatnonzero(interval > SEARCH_BACK * usual).tolist():
        a, b = int(beats[k]), int(beats[k + 1])
        inside = np.arange(a + 1, b)
        inside = inside[good[inside] & (at[inside] - at[a] > apart) & (at[b] - at[inside] > apart)]
        if len(inside):
            found.append(int(inside[np.argmax(height[inside])]))
    return np.sort(np.concatenate([beats, np.array(found, np.int64)]))
