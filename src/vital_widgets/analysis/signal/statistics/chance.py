"""Whether peaks come at random times with random heights, each judged with those around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

AROUND = 31  # peaks that are judged together
# Above what a heart does, atrial fibrillation included: change of the interval as a share, and
# spread of ln(height).
AT_RANDOM, RAGGED = 0.42, 0.45
NORMAL_MAD = 1.4826  # of a normal distribution: standard deviation over MAD


def usual(numbers: Numbers) -> Numbers:
    """Return the median of each number and those around it."""
    from scipy.ndimage import median_filter

    if len(numbers) <= AROUND:
        return np.full(len(numbers), np.median(numbers))
    return np.asarray(median_filter(numbers, AROUND, mode="reflect"))


def usually(numbers: Numbers, above: float) -> NDArray[np.bool_]:
    """Return where `usual` exceeds a limit: where most of those around do."""
    from scipy.ndimage import uniform_filter1d

    exceed = numbers > above
    if exceed.all() or not exceed.any():
        return exceed
    if len(numbers) <= AROUND:
        return usual(numbers) > above
    share = uniform_filter1d(exceed.astype(np.float64), AROUND, mode="reflect")
    return np.asarray(share > 0.5)  # noqa: PLR2004 - of an odd number, so never half


def irregularity(places: NDArray[np.int64]) -> Numbers:
    """Return how much the intervals around each of six or more peaks change, as a share.

    Bigeminy repeats every second interval and trigeminy every third: the smallest of the changes
    to the first, second and third next interval counts. ``places`` are samples, rising.
    """
    interval = np.diff(places).astype(np.float64)
    smallest = np.full(len(places), np.inf)
    for apart in (1, 2, 3):
        change = np.abs(interval[apart:] - interval[:-apart]) / interval[apart:]
        middle = np.median(change)
        ends = np.full(apart, middle)
        smallest = np.minimum(smallest, usual(np.concatenate([ends, change, [middle]])))
    return smallest


def raggedness(height: Numbers) -> Numbers:
    """Return how much the logarithm of the heights spreads around each peak."""
    size = np.log(np.maximum(height, 1e-300))
    return NORMAL_MAD * usual(np.abs(size - usual(size)))
