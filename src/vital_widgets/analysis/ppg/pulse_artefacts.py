"""Whether waves can be pulses: not faster than hearts, no spikes, not ragged at random times.

A pulse takes 0.2 s and more, so a median filter of 0.1 s leaves it where it takes a spike. Hearts
beat up to some 250 times a minute, so most of what a pulse wave has below 12 Hz lies below 4.2 Hz
(Elgendi et al. 2013 and Charlton et al. 2022 filter at 8 Hz), where a tremor or an alpha rhythm has
hardly anything. And pulses come neither at random times with random heights.

References
----------
Elgendi M et al. Systolic peak detection in acceleration photoplethysmograms. PLoS ONE
2013;8:e76585.
Charlton PH et al. Detecting beats in the photoplethysmogram: benchmarking open-source algorithms.
Physiol Meas 2022;43:085007.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ppg.pulse_places import smoothed
from vital_widgets.analysis.signal.statistics.chance import (
    AT_RANDOM,
    RAGGED,
    irregularity,
    raggedness,
    usual,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]

FEWEST, ENOUGH = 5, 16  # marks that tell; that tell chance
HEARTS, ABOVE = (0.5, 4.2), 12.0  # Hz: up to 250 beats/min; what is looked at in all
SLOW = 0.5  # of that power at least lies where hearts beat
OVER = 10.0  # s
SPIKE, LEFT = 0.1, 0.4  # s; share of the height that is left of a pulse


def no_pulse_among(
    values: Signal, smooth: Signal, fs: float, peaks: Places, height: Signal
) -> NDArray[np.bool_]:
    """Return which peaks are those of no pulse, each judged with those around it.

    Parameters
    ----------
    values, smooth : ndarray, shape (n,)
        Signal without NaN, and the same smoothed.
    fs : float
        Sampling rate in Hz.
    peaks : ndarray of int64, shape (k,)
        Samples, rising.
    height : ndarray, shape (k,)
        Of each over its onset.
    """
    if len(peaks) < FEWEST:
        return np.zeros(len(peaks), bool)
    found = usual(_share_of_hearts(values, fs)[peaks]) < SLOW
    found |= usual(_left_of(values, smooth, fs, peaks)) < LEFT
    if len(peaks) >= ENOUGH:
        found |= (irregularity(peaks) > AT_RANDOM) & (raggedness(height) > RAGGED)
    return usual(found.astype(np.float64)) > 0


def _share_of_hearts(values: Signal, fs: float) -> Signal:
    """Return how much of the power around each sample lies at the frequencies of hearts."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import butter, sosfiltfilt

    seconds = max(round(OVER * fs), 1)
    powers = []
    for band in (HEARTS, (HEARTS[1], min(ABOVE, 0.45 * fs))):
        part = sosfiltfilt(butter(4, band, "bandpass", fs=fs, output="sos"), values)
        powers.append(uniform_filter1d(np.square(part), seconds, mode="nearest"))
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
