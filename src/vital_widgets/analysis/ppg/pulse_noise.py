"""Whether what a detector found are pulses, or only the highest waves of noise or mains hum.

Every detector marks something in a signal without pulses, because all thresholds follow the signal.
Waves of noise come at random, as beats in atrial fibrillation do, but each has a shape of its own,
as pulses have not. Mains hum may come regularly, but leaves nothing at the frequencies of a pulse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

AROUND = 31  # pulses that are judged together
FEWEST = 5  # pulses that tell whether they are regular
HALF = 0.3  # s on either side of a peak: its shape
# Medians over pulses: the change of the interval from one to the next (as a share) above which
# they come at random, and the correlation of one with the next below which they have no shape in
# common. White noise has 0.27 to 0.37 and 0.15 to 0.25, noise of 0.5 to 3 Hz 0.24 to 0.33 and 0.59
# to 0.74; a pulse in white noise as strong as itself up to 0.22 and 0.35 to 0.95, a fibrillating
# heart at 20 dB 0.19 to 0.26 and 0.89 to 0.97.
AT_RANDOM, ALIKE = 0.23, 0.75
PULSE = (0.5, 8.0)  # Hz: where the power of a pulse lies
# Of the power above 0.5 Hz: below the first it is hum, whatever comes of it; below the second if
# the intervals change by more than hum that beats with the samples makes them.
HUM, MAY_BE_HUM, STEADY = 0.002, 0.007, 0.12
CLEARLY_ALIKE, CLEARLY_REGULAR = 0.85, 0.08
SPECTRUM = 4.0  # s


def noise_among(values: Signal, smooth: Signal, fs: float, peaks: Any) -> NDArray[np.bool_]:
    """Return which peaks are those of noise, each judged with those around it.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Signal without NaN.
    smooth : ndarray, shape (n,)
        The signal, smoothed.
    fs : float
        Sampling rate in Hz.
    peaks : ndarray of int64, shape (k,)
        Samples, rising.
    """
    if not len(peaks) or (share := _share_of_pulses(values, fs)) < HUM:
        return np.ones(len(peaks), bool)
    if len(peaks) < FEWEST:
        return np.zeros(len(peaks), bool)
    change, alike = _changes(peaks), _likeness(smooth, peaks, round(HALF * fs))
    around = min(AROUND, (len(peaks) - 1) | 1)
    random, shared = (running_median(each, around, "reflect") for each in (change, alike))
    found = _are_noise(random, shared) | ((share < MAY_BE_HUM) & (random > STEADY))
    found = running_median(found.astype(np.float64), around, "reflect") > 0
    # Where most of what has no shape in common is noise, a few regular waves in it are chance.
    weak = shared < ALIKE
    if found.sum() > 2 * (weak & ~found).sum():
        found |= weak
    # All together tell more surely than some, as long as none among them are clearly pulses.
    pulses = (shared > CLEARLY_ALIKE) | (random < CLEARLY_REGULAR)
    if not pulses.any() and _are_noise(np.median(change), np.median(alike)):
        found[:] = True
    return np.asarray(found)


def _are_noise(random: Any, shared: Any) -> Any:
    return (random > AT_RANDOM) & (shared < ALIKE)


def _changes(peaks: NDArray[np.int64]) -> Signal:
    """Return the change of the interval at each peak, as a share of the longer one's next."""
    interval = np.diff(peaks).astype(np.float64)
    change = np.abs(np.diff(interval)) / np.maximum(interval[1:], 1.0)
    return np.concatenate([change[:1], change, change[-1:]])


def _likeness(smooth: Signal, peaks: NDArray[np.int64], half: int) -> Signal:
    """Return how the shape of each peak correlates with that of the next one."""
    whole = peaks[(peaks >= half) & (peaks < len(smooth) - half)]
    if len(whole) < 2:  # noqa: PLR2004 - none to compare with
        return np.zeros(len(peaks))
    shapes = smooth[whole[:, None] + np.arange(-half, half + 1)]
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    size = np.sqrt(np.einsum("ij,ij->i", shapes, shapes))
    products = np.einsum("ij,ij->i", shapes[1:], shapes[:-1])
    like = products / np.maximum(size[1:] * size[:-1], 1e-300)
    at = np.clip(np.searchsorted(whole, peaks), 0, len(like) - 1)
    return np.asarray(like[at])


def _share_of_pulses(values: Signal, fs: float) -> float:
    """Return how much of the power, slow changes left out, lies at the frequencies of a pulse."""
    from scipy.signal import welch

    frequency, power = welch(values, fs, nperseg=min(round(SPECTRUM * fs), len(values)))
    total = float(power[frequency >= PULSE[0]].sum())
    of_pulse = float(power[(frequency >= PULSE[0]) & (frequency <= PULSE[1])].sum())
    return of_pulse / total if total > 0 else 0.0
