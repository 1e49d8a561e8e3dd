"""Geometric measures of the histogram of NN intervals: triangular index and TINN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEUROKIT_LIMIT = 2.0**14  # squared error above which NeuroKit2 0.2 finds no triangle
NARROWEST = 2  # bins: base of a triangle over its top bin alone, which any value has
AT_ONCE = 1 << 18  # squared differences that are held in memory
PYHRV_SIGMA = 2.0  # bins by which pyHRV smooths the histogram


def histogram(ms: NDArray[np.float64], width: float) -> NDArray[np.int64]:
    """Return counts in bins of ``width`` ms from 0 to the longest interval."""
    return np.histogram(ms, np.arange(0, ms.max() + width, width))[0]


def tinn(counts: NDArray[np.int64], ms: NDArray[np.float64], width: float, method: str) -> float:
    """Return the base in ms of the triangle that fits a histogram from 0 on best.

    Its top is that of the histogram; its feet are bins on either side. The squared error of each
    side depends on one foot only, so the feet are found independently.

    Parameters
    ----------
    counts, ms, width : ndarray, ndarray, float
        Histogram, intervals, and bin width in ms.
    method : {'least-squares', 'neurokit2-0.2', 'neurokit2-0.3', 'pyhrv'}
        'least-squares': over the whole histogram (Task Force 1996); NaN if one bin alone would be
        the triangle. The others follow those programs, and give 0 if they find no triangle:
        NeuroKit2 only tries the first bin as the left foot, ignores what is outside the feet, and
        up to 0.2 gives 0 for an error from 2¹⁴; pyHRV smooths the histogram first and puts its
        feet within the data.
    """
    heights = counts.astype(np.float64)
    neurokit = method.startswith("neurokit2")
    if method == "pyhrv":
        from scipy.ndimage import gaussian_filter1d

        heights = gaussian_filter1d(heights, PYHRV_SIGMA)
    top = int(np.argmax(heights))
    filled = np.flatnonzero(counts)
    if neurokit:
        lefts = np.arange(int(np.floor(ms.min() / width)) + 1, top)[:1]
        rights = np.arange(top + 1, len(counts))
        rights = rights[rights * width < ms.max()]
    else:  # a foot, where the triangle is 0, may lie just outside what is filled
        outside = int(method == "least-squares")
        lefts = np.arange(max(filled[0] - outside, 0), top)
        rights = np.arange(top + 1, filled[-1] + 1 + outside)
    if not len(lefts) or not len(rights):
        base = filled[-1] - filled[0] + 2
        if method == "least-squares":
            return float(base * width) if base > NARROWEST else float("nan")
        return 0.0
    left = _side_errors(heights[::-1], len(heights) - 1 - top, len(heights) - 1 - lefts, neurokit)
    right = _side_errors(heights, top, rights, neurokit)
    if method == "neurokit2-0.2" and min(left) + min(right) >= NEUROKIT_LIMIT:
        return 0.0
    base = rights[int(np.argmin(right))] - lefts[int(np.argmin(left))]
    if method == "least-squares" and base <= NARROWEST:
        return float("nan")
    return float(base * width)


def _side_errors(
    heights: NDArray[np.float64],
    top: int,
    feet: NDArray[np.int64],
    neurokit: bool,  # noqa: FBT001
) -> list[float]:
    """Return the squared error of the right side of the triangle for each foot.

    It is that up to the end of the histogram, or up to the foot as NeuroKit2 has it.
    """
    bins = np.arange(top + 1, len(heights))
    errors = []
    for some in np.array_split(feet, -(-len(feet) * len(bins) // AT_ONCE) or 1):
        foot = some[:, None]
        squares = (heights[bins] - heights[top] * np.maximum(foot - bins, 0) / (foot - top)) ** 2
        if neurokit:
            errors += [np.sum(row[: m - top]) for row, m in zip(squares, some, strict=True)]
        else:
            errors += list(np.sum(squares, axis=1))
    return [float(one) for one in errors]
