"""Whether what a detector found are beats, or only the highest peaks of noise or mains hum.

Every detector marks something in a signal without beats, because all thresholds follow the signal.
Such marks give themselves away by three things together: they hardly stand out from what lies
between them, they come at random, and they have no shape in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.detection.slope_detector import (
    averaged_down,
    between_means,
    clearest_slope,
    levels_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

AROUND = 31  # beats that are judged together
# Medians: prominence below which peaks may be noise, and the change of the interval from one to
# the next (as a share) above which they come at random. Noise has prominence 1.6 to 1.9 and
# change 0.35 and more; beats at 0 dB 2.2 and 0.2; a fast rhythm of wide beats, of prominence
# 1.3, is regular (0.1). Between, the more they stand out the more may they change.
NOISE, AT_RANDOM, RISING_FROM = 2.05, 0.22, 1.7
CLEAR = 3.0  # peaks around here that stand out so much are beats
# Mains hum can beat regularly with the samples. Its prominence is 1 to 1.4, and nearly all its
# power lies above the QRS.
HUM, ABOVE_QRS, MOST = 1.5, 35.0, 0.9  # prominence, Hz, share of the power
SLOWEST = 3.0  # Hz: baseline is no part of that power
FEWEST = 4  # peaks that tell whether they are regular
LEVELS = 8  # a flat line that flickers by a count or two has no more values than this
REACH = 0.1  # s around a mark, in which its slope is looked for
# Beats are marked by the size of their slope, which has no sign: noise points up as often as down
# there, and a sum of n marks of unit size has the square n. That of marks with a shape in common
# has more; over n, the excess is exponential for noise (Rayleigh's test), and this is beyond it.
SHARED = 12.0
# Those around a mark must have that shape too: mean of their correlations with it.
TOGETHER, ALIKE = 61, 0.2
SHAPE_BAND, HALF_SHAPE = (0.03, 0.3), 0.15  # s: lengths of running means; on either side of a mark


def prominence_at(values: Signal, fs: float, places: NDArray[np.int64]) -> Signal:
    """Return how much the slope at each place stands out from the floor around it, a ratio."""
    from scipy.ndimage import maximum_filter1d

    x, step = averaged_down(values, fs)
    if not len(places) or len(x) < fs / step:
        return np.full(len(places), np.nan)
    slope = clearest_slope(x, fs / step)
    centres, _, floor = levels_of(slope, fs / step)
    highest = maximum_filter1d(slope, 2 * round(REACH * fs / step) + 1)
    at = np.clip(places // step, 0, len(x) - 1)
    return np.asarray(highest[at] / np.maximum(np.interp(at, centres, floor), 1e-300))


def noise_among(
    values: Signal, fs: float, peaks: NDArray[np.int64], prominence: Signal
) -> NDArray[np.bool_]:
    """Return which peaks are those of noise, each judged with those around it.

    Parameters
    ----------
    values : ndarray, shape (n,)
        ECG without NaN.
    fs : float
        Sampling rate in Hz.
    peaks : ndarray of int64, shape (k,)
        Samples, rising.
    prominence : ndarray, shape (k,)
        How much each stands out from the floor.
    """
    from scipy.ndimage import median_filter

    if not len(peaks):
        return np.zeros(0, bool)
    change = np.zeros(len(peaks))
    if len(peaks) >= FEWEST:
        interval = np.diff(peaks).astype(np.float64)
        change[1:-1] = np.abs(np.diff(interval)) / np.maximum(interval[1:], 1.0)
        change[0], change[-1] = change[1], change[-2]
    around = min(AROUND, (len(peaks) - 1) | 1)
    stands = median_filter(prominence, around, mode="reflect")
    random = median_filter(change, around, mode="reflect")
    weak = stands < NOISE
    above_qrs = weak.any() and _is_above_qrs(values, fs)
    alike = np.zeros(len(peaks), bool)
    if weak.any() and not above_qrs:
        alike = (stands >= HUM) & share_a_shape(values, fs, peaks)
    weak &= ~alike
    found = weak & _are_noise(stands, random)
    # Of hardly any values, prominence tells nothing: the floor may be zero.
    few = _takes_few_values(values)
    doubtful = np.full(len(peaks), few) | (stands < HUM)
    if few:
        found |= random > AT_RANDOM
    if doubtful.any() and (above_qrs or _is_above_qrs(values, fs)):
        found |= doubtful
    found = median_filter(found.astype(np.uint8), around, mode="reflect") > 0
    # Where most of what is weak is noise, a few regular peaks among it are chance.
    if found.sum() > (weak & ~found).sum():
        found |= weak
    # All together tell more surely than some, as long as nothing among them stands out.
    if stands.max() < CLEAR and _are_noise(np.median(prominence), np.median(change)):
        found |= ~alike
    return np.asarray(found)


def share_a_shape(
    values: Signal, fs: float, peaks: NDArray[np.int64], excess: float = SHARED
) -> NDArray[np.bool_]:
    """Return which marks have, with those around them, the shape that most have in common.

    ``excess`` is the test's threshold: of noise exp(-excess) exceeds it.
    """
    from scipy.ndimage import uniform_filter1d

    x, step = averaged_down(values, fs)
    rate = fs / step
    if len(peaks) < FEWEST or len(x) < rate:
        return np.zeros(len(peaks), bool)
    band, slope = between_means(x, rate, SHAPE_BAND), clearest_slope(x, rate)
    reach, half = round(REACH * rate), round(HALF_SHAPE * rate)
    near = np.clip((peaks // step)[:, None] + np.arange(-reach, reach + 1), 0, len(x) - 1)
    steepest = near[np.arange(len(peaks)), np.argmax(slope[near], axis=1)]
    shape = band[np.clip(steepest[:, None] + np.arange(-half, half + 1), 0, len(x) - 1)]
    shape /= np.maximum(np.linalg.norm(shape, axis=1, keepdims=True), 1e-300)
    total = shape.sum(axis=0)
    square = float(total @ total)
    if square / len(peaks) - 1 <= excess:
        return np.zeros(len(peaks), bool)
    alike = uniform_filter1d(shape @ total / np.sqrt(square), min(TOGETHER, len(peaks)))
    return np.asarray(alike > ALIKE)


def _are_noise(stands: Any, random: Any) -> Any:
    """Return whether peaks of this prominence and this change of interval are those of noise."""
    return (stands < NOISE) & (random > np.maximum(stands - RISING_FROM, AT_RANDOM))


def _takes_few_values(values: Signal) -> bool:
    """Return whether the samples take hardly any values: a flat line and its rounding."""
    first = values[: 50 * LEVELS]
    return len(np.unique(first)) <= LEVELS and len(np.unique(values)) <= LEVELS


def _is_above_qrs(values: Signal, fs: float) -> bool:
    """Return whether nearly all power lies above the frequencies of a QRS complex."""
    from scipy.signal import welch

    frequency, power = welch(values, fs, nperseg=min(round(2 * fs), len(values)))
    total = float(power[frequency >= SLOWEST].sum())
    return total > 0 and float(power[frequency >= ABOVE_QRS].sum()) > MOST * total
