"""Whether what a detector found are beats, or only the highest peaks of noise or mains hum.

Every detector marks something in a signal without beats, because all thresholds follow the signal.
Such marks have three properties together: they hardly exceed what lies between them, they come at
random, and they have no shape in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.peak_choice import power_share
from vital_widgets.analysis.ecg.detection.ecg_stretch import REACH, TINY, around

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.ecg.detection.ecg_stretch import EcgStretch

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]
    Mask = NDArray[np.bool_]

AROUND = 31  # beats that are judged together
# Medians: prominence below which peaks may be noise, and the change of the interval from one to
# the next (as a share) above which they come at random. Noise has prominence 1.6 to 1.9 and
# change 0.35 and more; beats at 0 dB 2.2 and 0.2; a fast rhythm of wide beats, of prominence
# 1.3, is regular (0.1). Between these, a higher prominence allows more change.
NOISE, AT_RANDOM, RISING_FROM = 2.05, 0.22, 1.7
CLEAR = 3.0  # peaks of this prominence are beats
# Mains hum can beat regularly with the samples. Its prominence is 1 to 1.4, and nearly all its
# power lies above the QRS.
HUM, ABOVE_QRS, MOST = 1.5, 35.0, 0.9  # prominence, Hz, share of the power
MIN_FREQUENCY = 3.0  # Hz: baseline wander is no part of that power
MIN_PEAKS = 4  # that show whether they are regular
LEVELS = 8  # a flat line that flickers by a count or two has no more values than this
# Beats are marked by the size of their slope, which has no sign: noise points up as often as down
# there, and the sum of n marks of unit size has the square n. That of marks with a shape in common
# is larger; the excess over n is exponential for noise (Rayleigh's test), and does not reach this.
SHARED = 12.0
# Those around a mark must have that shape too: mean of their correlations with it.
TOGETHER, ALIKE = 61, 0.2
HALF_SHAPE = 0.15  # s on either side of a mark


def is_noise(ecg: EcgStretch, peaks: Places, prominence: Signal) -> Mask:
    """Return which peaks are noise, each judged with those around it."""
    from scipy.ndimage import median_filter

    if not len(peaks):
        return np.zeros(0, bool)
    near = min(AROUND, (len(peaks) - 1) | 1)
    few, stands = _has_few_values(ecg.values), prominence
    if few or stands.min() < CLEAR:  # if not, no median is lower
        stands = median_filter(prominence, near, mode="reflect")
    if stands.min() >= CLEAR and not few:
        return np.zeros(len(peaks), bool)
    change = np.zeros(len(peaks))
    if len(peaks) >= MIN_PEAKS:
        interval = np.diff(peaks).astype(np.float64)
        change[1:-1] = np.abs(np.diff(interval)) / np.maximum(interval[1:], 1.0)
        change[0], change[-1] = change[1], change[-2]
    random = median_filter(change, near, mode="reflect")
    weak = stands < NOISE
    above_qrs = weak.any() and _is_above_qrs(ecg.values, ecg.fs)
    alike = np.zeros(len(peaks), bool)
    if weak.any() and not above_qrs:
        alike = (stands >= HUM) & share_a_shape(ecg, peaks)
    weak &= ~alike
    found = weak & _are_noise(stands, random)
    # Of a signal with hardly any values, prominence says nothing: the floor may be zero.
    doubtful = np.full(len(peaks), few) | (stands < HUM)
    if few:
        found |= random > AT_RANDOM
    if doubtful.any() and (above_qrs or _is_above_qrs(ecg.values, ecg.fs)):
        found |= doubtful
    found = median_filter(found.astype(np.uint8), near, mode="reflect") > 0
    # Where most weak peaks are noise, a few regular ones among them are chance.
    if found.sum() > (weak & ~found).sum():
        found |= weak
    # All together are a more certain test than some, as long as no peak among them is clear.
    if stands.max() < CLEAR and _are_noise(np.median(prominence), np.median(change)):
        found |= ~alike
    return np.asarray(found)


def share_a_shape(ecg: EcgStretch, peaks: Places, excess: float = SHARED) -> Mask:
    """Return which marks have, with those around them, the shape that most have in common.

    ``excess`` is the threshold of the test: noise exceeds it with probability exp(-excess).
    """
    from scipy.ndimage import uniform_filter1d

    if len(peaks) < MIN_PEAKS or len(ecg.x) < ecg.rate:
        return np.zeros(len(peaks), bool)
    slope, _ = ecg.slope_and_levels
    reach, half = round(REACH * ecg.rate), round(HALF_SHAPE * ecg.rate)
    middle = peaks // ecg.step
    steepest = middle - reach + np.argmax(around(slope, middle, -reach, reach), axis=1)
    steepest = np.clip(steepest, 0, len(ecg.x) - 1)
    shape = around(ecg.shape_band, steepest, -half, half)
    shape /= np.maximum(np.linalg.norm(shape, axis=1, keepdims=True), TINY)
    total = shape.sum(axis=0)
    square = float(total @ total)
    if square / len(peaks) - 1 <= excess:
        return np.zeros(len(peaks), bool)
    alike = uniform_filter1d(shape @ total / np.sqrt(square), min(TOGETHER, len(peaks)))
    return np.asarray(alike > ALIKE)


def _are_noise(stands: Signal | np.floating, random: Signal | np.floating) -> Mask:
    """Return whether peaks of this prominence and this change of interval are those of noise."""
    return np.asarray((stands < NOISE) & (random > np.maximum(stands - RISING_FROM, AT_RANDOM)))


def _has_few_values(values: Signal) -> bool:
    """Return whether the samples have hardly any values: a flat line and its rounding."""
    first = values[: 50 * LEVELS]
    return len(np.unique(first)) <= LEVELS and len(np.unique(values)) <= LEVELS


def _is_above_qrs(values: Signal, fs: float) -> bool:
    """Return whether nearly all power lies above the frequencies of a QRS complex."""
    return power_share(values, fs, 2.0, (ABOVE_QRS, np.inf), MIN_FREQUENCY) > MOST
