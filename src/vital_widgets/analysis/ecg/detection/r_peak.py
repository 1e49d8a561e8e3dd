"""From a place within a QRS complex to the sample of its R peak, and its direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ecg.detection.ecg_stretch import around

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
    from scipy.ndimage import uniform_filter1d

    if not len(places):
        return places, np.empty(0, np.int8), np.empty(0)
    trend = np.empty_like(values)  # SciPy would fill it with zeros first
    uniform_filter1d(values, max(round(TREND * fs), 1) | 1, output=trend, mode="nearest")
    flat = np.subtract(values, trend, out=trend)
    uniform_filter1d(flat, max(round(SMOOTH * fs), 1) | 1, output=flat, mode="nearest")
    reach = max(round(REACH * fs), 1)
    cut = around(flat, places, -reach, reach)
    columns = cut.T.copy()  # beats side by side, which NumPy compares much faster
    up, down = columns.max(axis=0), -columns.min(axis=0)
    if polarity == "auto":
        points_up = _point_up(up, down)
    else:
        points_up = np.full(len(places), polarity == "up")
    signs = np.where(points_up, 1, -1).astype(np.int8)
    cut *= signs[:, None]
    coarse = np.clip(places + np.argmax(cut, axis=1) - reach, 0, len(values) - 1)
    fine = max(round(FINE * fs), 1)
    near = around(values, coarse, -fine, fine) * signs[:, None]
    peaks = np.clip(coarse + np.argmax(near, axis=1) - fine, 0, len(values) - 1)
    return peaks, signs, flat[coarse] * signs


def _point_up(up: Signal, down: Signal) -> NDArray[np.bool_]:
    """Return which beats point up, by their deflections and those of their neighbours."""
    from scipy.ndimage import median_filter

    size = np.maximum(up, down)
    limit = 1e-3 * size + 1e-300
    ratio = np.log(np.maximum(up, limit) / np.maximum(down, limit))
    points_up = ratio > 0
    if points_up.all() or not points_up.any():
        return points_up
    usual = median_filter(ratio, NEIGHBOURS, mode="nearest")
    other = (points_up != (usual > 0)) & (np.abs(ratio) > np.log(OPPOSITE))
    large = size > LARGE * median_filter(size, NEIGHBOURS, mode="nearest")
    other &= (np.abs(ratio - usual) > np.log(UNUSUAL)) | large
    return np.asarray((usual > 0) != other)
