"""Which peaks are not pulses: peaks of noise, mains hum, spikes and tremor.

Every detector marks something in a signal without pulses, because its thresholds follow the signal.
Peaks of noise occur at random, as beats do in atrial fibrillation, but have no shape in common.
Mains hum may be regular, but has no power at the frequencies of a pulse. A pulse lasts 0.2 s and
more, so a median filter of 0.1 s preserves it and removes a spike. Hearts beat up to about 250
times a minute, so most of the power of a pulse wave below 12 Hz lies below 4.2 Hz; that of tremor
does not. And pulses do not occur at random times with random heights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.peak_choice import interval_change, power_share
from vital_widgets.analysis.ppg.pulse_places import smoothed
from vital_widgets.analysis.signal.statistics.chance import (
    AT_RANDOM,
    RAGGED,
    irregularity,
    raggedness,
    usual,
)
from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Places = NDArray[np.int64]
    Signal = NDArray[np.float64]

AROUND = 31  # pulses that are judged together
FEWEST, ENOUGH = 5, 16  # pulses needed to judge regularity; to judge chance
HALF = 0.3  # s on either side of a peak: its shape
# Medians over pulses: relative change of successive intervals above which peaks are random, and
# correlation of successive shapes below which they have none in common. White noise has 0.27 to
# 0.37 and 0.15 to 0.25, noise of 0.5 to 3 Hz 0.24 to 0.33 and 0.59 to 0.74; pulses in white noise
# as strong as themselves up to 0.22 and 0.35 to 0.95, atrial fibrillation at 20 dB 0.19 to 0.26
# and 0.89 to 0.97.
CHANGE, ALIKE = 0.23, 0.75
PULSE = (0.5, 8.0)  # Hz: where the power of a pulse lies
# Share of the power above 0.5 Hz: below the first limit it is hum; below the second one if the
# intervals change by more than those of hum that beats with the sampling.
HUM, MAY_BE_HUM, STEADY = 0.002, 0.007, 0.12
CLEARLY_ALIKE, CLEARLY_REGULAR = 0.85, 0.08
SPECTRUM = 4.0  # s
HEARTS, ABOVE = (0.5, 4.2), 12.0  # Hz: up to 250 beats/min; upper limit of what is compared
MIN_HEART_SHARE, OVER = 0.5, 10.0  # share of that power where hearts beat; s
SPIKE, MIN_LEFT = 0.1, 0.4  # s; share of the height that the median filter leaves


def no_pulses_among(
    values: Signal, smooth: Signal, fs: float, peaks: Places, height: Signal
) -> Mask:
    """Return which peaks, of given heights above their onsets, are not pulses."""
    return _noise(values, smooth, fs, peaks) | _artefacts(values, smooth, fs, peaks, height)


def _noise(values: Signal, smooth: Signal, fs: float, peaks: Places) -> Mask:
    """Return which peaks are those of noise or of mains hum."""
    if not len(peaks) or (share := power_share(values, fs, SPECTRUM, PULSE, PULSE[0])) < HUM:
        return np.ones(len(peaks), bool)
    if len(peaks) < FEWEST:
        return np.zeros(len(peaks), bool)
    change, alike = interval_change(peaks), _likeness(smooth, peaks, round(HALF * fs))
    around = min(AROUND, (len(peaks) - 1) | 1)
    random, shared = (running_median(each, around, "reflect") for each in (change, alike))
    found = _are_noise(random, shared) | ((share < MAY_BE_HUM) & (random > STEADY))
    found = running_median(found.astype(np.float64), around, "reflect") > 0
    # Where most of what has no shape in common is noise, a few regular waves in it are chance.
    weak = shared < ALIKE
    if found.sum() > 2 * (weak & ~found).sum():
        found |= weak
    # All peaks together decide more surely than some, unless some are clearly pulses.
    pulses = (shared > CLEARLY_ALIKE) | (random < CLEARLY_REGULAR)
    if not pulses.any() and _are_noise(np.median(change), np.median(alike)):
        found[:] = True
    return np.asarray(found)


def _are_noise(random: Any, shared: Any) -> Any:
    return (random > CHANGE) & (shared < ALIKE)


def _likeness(smooth: Signal, peaks: Places, half: int) -> Signal:
    """Return the correlation of the shape of each peak with that of the next one."""
    whole = peaks[(peaks >= half) & (peaks < len(smooth) - half)]
    if len(whole) < 2:  # noqa: PLR2004 - none to compare with
        return np.zeros(len(peaks))
    shapes = smooth[whole[:, None] + np.arange(-half, half + 1)]
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    size = np.sqrt(np.einsum("ij,ij->i", shapes, shapes))
    products = np.einsum("ij,ij->i", shapes[1:], shapes[:-1])
    like = products / np.maximum(size[1:] * size[:-1], 1e-300)
    return np.asarray(like[np.clip(np.searchsorted(whole, peaks), 0, len(like) - 1)])


def _artefacts(values: Signal, smooth: Signal, fs: float, peaks: Places, height: Signal) -> Mask:
    """Return which peaks are too fast for a heart, spikes, or random in time and height."""
    if len(peaks) < FEWEST:
        return np.zeros(len(peaks), bool)
    found = usual(_share_of_hearts(values, fs)[peaks]) < MIN_HEART_SHARE
    found |= usual(_left_of(values, smooth, fs, peaks)) < MIN_LEFT
    if len(peaks) >= ENOUGH:
        found |= (irregularity(peaks) > AT_RANDOM) & (raggedness(height) > RAGGED)
    return usual(found.astype(np.float64)) > 0


def _share_of_hearts(values: Signal, fs: float) -> Signal:
    """Return the share of the power around each sample at the frequencies of hearts."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import butter, sosfiltfilt

    width = max(round(OVER * fs), 1)
    powers = []
    for band in (HEARTS, (HEARTS[1], min(ABOVE, 0.45 * fs))):
        part = sosfiltfilt(butter(4, band, "bandpass", fs=fs, output="sos"), values)
        powers.append(uniform_filter1d(np.square(part), width, mode="nearest"))
    slow, fast = powers
    return np.asarray(slow / np.maximum(slow + fast, 1e-300))


def _left_of(values: Signal, smooth: Signal, fs: float, peaks: Places) -> Signal:
    """Return the share of the height of each peak that a median filter leaves."""
    from scipy.ndimage import median_filter

    half = max(round(SPIKE * fs / 2), 1)
    without = smoothed(np.asarray(median_filter(values, 2 * half + 1, mode="nearest")), fs)
    around = np.clip(peaks[:, None] + np.arange(-2 * half, 2 * half + 1), 0, len(values) - 1)
    before = np.maximum(np.ptp(smooth[around], axis=1), 1e-300)
    return np.asarray(np.ptp(without[around], axis=1) / before)
