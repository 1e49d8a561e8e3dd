"""From a place within a QRS complex to the sample of its R peak, and its direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

REACH = 0.09  # s on either side of the place in which the R peak is searched
TREND = 0.25  # s, of the running mean that is subtracted: baseline, and most of the T wave
SMOOTH = 0.010  # s, against noise; the last step is on the samples themselves
FINE = 0.006  # s
NEIGHBOURS = 15  # beats whose polarity is shared
# A beat points the other way if its other deflection is larger by the first factor, and if the
# ratio of both differs from the usual one by the second, or its size by the third: then it has
# another shape, and is not noise on an S that is about as large as the R.
OPPOSITE, UNUSUAL, LARGE = 1.1, 2.0, 1.6


def r_peaks_at(
    values: Signal, places: NDArray[np.int64], fs: float, polarity: str = "auto"
) -> tuple[NDArray[np.int64], NDArray[np.int8], Signal]:
    """Return the R peak of each complex, its direction (1 up, -1 down), and its height.

    ``places`` are samples within the QRS complexes, rising; those of neighbouring places may give
    the same peak. Heights are deflections from the trend, in the units of the values.
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
        size = np.maximum(up, down)
        limit = 1e-3 * size + 1e-300
        ratio = np.log(np.maximum(up, limit) / np.maximum(down, limit))
        usual = median_filter(ratio, NEIGHBOURS, mode="nearest")
        other = (ratio > 0) != (usual > 0)
        other &= np.abs(ratio) > np.log(OPPOSITE)
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
