"""Geometric figures of the histogram of NN intervals: triangular index and TINN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEUROKIT_LIMIT = 2.0**14  # squared error above which that program finds no triangle
NARROWEST = 2  # bins: the base of a triangle over its top bin alone, which any value has
PYHRV_SIGMA = 2.0  # bins by which that program smooths the histogram


def histogram(ms: NDArray[np.float64], width: float) -> tuple[NDArray[np.int64], float]:
    """Return counts in bins of ``width`` from 0 on, up to the longest interval."""
    edges = np.arange(0, ms.max() + width, width)
    return np.histogram(ms, edges)[0], width


def triangular_index(counts: NDArray[np.int64]) -> float:
    """Return the number of intervals over the height of the histogram."""
    return float(counts.sum() / counts.max())


def tinn(counts: NDArray[np.int64], ms: NDArray[np.float64], width: float, method: str) -> float:
    """Return the base of the triangle that fits the histogram best, in ms.

    Its top is the histogram's; its feet N and M are bins on either side. The squared error of the
    left side depends on N only and that of the right side on M only, so each is found alone.

    Parameters
    ----------
    counts : ndarray, shape (n,)
        Histogram from 0 on.
    ms : ndarray
        The intervals.
    width : float
        Of a bin, in ms.
    method : {'least-squares', 'neurokit2-0.2', 'neurokit2-0.3', 'pyhrv'}
        'least-squares': over the whole histogram (Task Force 1996); NaN where it has no shape,
        or one bin alone would be the triangle.
        The others do as those programs do, 0 where they find no triangle: NeuroKit2 has the left
        foot at the first bin, leaves out what lies outside the feet, and up to 0.2 gives 0 where
        the error is 2¹⁴ or more; pyHRV smooths the histogram first and has its feet within the
        data.
    """
    heights = counts.astype(np.float64)
    neurokit = method.startswith("neurokit2")
    if method == "pyhrv":
        from scipy.ndimage import gaussian_filter1d

        heights = gaussian_filter1d(heights, PYHRV_SIGMA)
    top = int(np.argmax(heights))
    filled = np.flatnonzero(counts)
    if neurokit:
        # That program tries the right feet for the first left one only.
        lefts = np.arange(int(np.floor(ms.min() / width)) + 1, top)[:1]
        longest = ms.max()
        rights = np.arange(top + 1, len(counts) + 1)
        rights = rights[rights * width < longest]
        rights = rights[rights < len(counts)]
    elif method == "pyhrv":
        lefts = np.arange(filled[0], top)
        rights = np.arange(top + 1, filled[-1] + 1)
    else:
        # A foot is where the triangle is 0, so it may lie just outside what is filled.
        lefts = np.arange(max(filled[0] - 1, 0), top)
        rights = np.arange(top + 1, filled[-1] + 2)
    if not len(lefts) or not len(rights):
        if method == "least-squares":
            base = filled[-1] - filled[0] + 2 if len(filled) else 0
            return float(base * width) if base > NARROWEST else float("nan")
        return 0.0
    left = [_side_error(heights, top, int(n), whole=not neurokit) for n in lefts]
    right = [_side_error(heights, top, int(m), whole=not neurokit) for m in rights]
    if method == "neurokit2-0.2" and min(left) + min(right) >= NEUROKIT_LIMIT:
        return 0.0
    n, m = int(lefts[int(np.argmin(left))]), int(rights[int(np.argmin(right))])
    if method == "least-squares" and m - n <= NARROWEST:
        return float("nan")
    return float((m - n) * width)


def _side_error(heights: NDArray[np.float64], top: int, foot: int, *, whole: bool) -> float:
    """Return the squared error of one side of the triangle from its top to a foot."""
    step = 1 if foot > top else -1
    bins = np.arange(top + step, foot + step, step)
    inside = bins[(bins >= 0) & (bins < len(heights))]
    line = heights[top] * (foot - inside) / (foot - top)
    error = float(np.sum((heights[inside] - line) ** 2))
    if whole:
        rest = heights[foot + 1 :] if step > 0 else heights[: max(foot, 0)]
        error += float(np.sum(rest**2))
    return error
