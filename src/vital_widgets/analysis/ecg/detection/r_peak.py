"""From a place somewhere in the QRS to the sample of its R peak, and which way it points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

REACH = 0.09  # s on either side of the place in which the R peak is looked for
TREND = 0.25  # s, of the running mean that is taken out first: baseline, and most of the T wave
SMOOTH = 0.010  # s, against noise; the last step is on the samples themselves
FINE = 0.006  # s
NEIGHBOURS = 15  # beats whose polarity is shared
# For a beat to point the other way its other deflection must be so many times larger, and the
# ratio of both, or its size, so many times what is usual: it is of another shape, and no noise on
# an S that is about as large as the R.
OPPOSITE, UNUSUAL, LARGE = 1.1, 2.0, 1.6


def r_peaks_at(
    values: Signal, places: NDArray[np.int64], fs: float, polarity: str = "auto"
) -> tuple[NDArray[np.int64], NDArray[np.int8], Signal]:
    """Return the R peak of each complex, which way it points, and its height.

    Parameters
    ----------
    values : ndarray, shape (n,)
        ECG without NaN.
    places : ndarray of int64, shape (k,)
        Places in the QRS complexes, rising.
    fs : float
        Sampling rate in Hz.
    polarity : {'auto', 'up', 'down'}
        The deflection to mark; 'auto' takes the larger one of the beats around, and of a beat
        itself where its other deflection is clearly larger and its shape is unusual (a ventricular
        beat).

    Returns
    -------
    peaks : ndarray of int64, shape (k,)
        One for each place; those of neighbouring places may fall together.
    signs : ndarray of int8, shape (k,)
        1 up, -1 down.
    heights : ndarray, shape (k,)
        Deflection from the trend, in the units of the values.
    """
    from scipy.ndimage import median_filter, uniform_filter1d

    if not len(places):
        return places, np.empty(0, np.int8), np.empty(0)
    trend = uniform_filter1d(values, max(round(TREND * fs), 1) | 1, mode="nearest")
    flat = uniform_filter1d(values - trend, max(round(SMOOTH * fs), 1) | 1, mode="nearest")
    reach = max(round(REACH * fs), 1)
    around = np.clip(places[:, None] + np.arange(-reach, reach + 1), 0, len(values) - 1)
    cut = flat[around]
    up, down = cut.max(axis=1), -cut.min(axis=1)
    if polarity == "auto":
        least = 1e-3 * np.maximum(up, down) + 1e-300
        ratio = np.log(np.maximum(up, least) / np.maximum(down, least))
        usual = median_filter(ratio, NEIGHBOURS, mode="nearest")
        other = (ratio > 0) != (usual > 0)
        other &= np.abs(ratio) > np.log(OPPOSITE)
        size = np.maximum(up, down)
        large = size > LARGE * median_filter(size, NEIGHBOURS, mode="nearest")
        other &= (np.abs(ratio - usual) > np.log(UNUSUAL)) | large
        points_up = (usual > 0) != other
    else:
        points_up = np.full(len(places), polarity == "up")
    signs = np.where(points_up, 1, -1).astype(np.int8)
    rows = np.arange(len(places))
    coarse = around[rows, np.argmax(cut * signs[:, None], axis=1)]
    fine = max(round(FINE * fs), 1)
    near = np.clip(coarse[:, None] + np.arange(-fine, fine + 1), 0, len(values) - 1)
    peaks = near[rows, np.argmax(values[near] * signs[:, None], axis=1)].astype(np.int64)
    return peaks, signs, flat[coarse] * signs
