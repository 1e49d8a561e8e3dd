"""Whether marks come at random times with random heights, each judged with those around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures = NDArray[np.float64]

AROUND = 31  # marks that are judged together
# What no heart does, not in atrial fibrillation either: change of the interval as a share, and
# spread of ln(height).
AT_RANDOM, RAGGED = 0.42, 0.45
NORMAL_MAD = 1.4826  # of a normal distribution: standard deviation over MAD


def usual(figures: Figures) -> Figures:
    """Return the median of each figure and those around it."""
    if len(figures) <= AROUND:
        return np.full(len(figures), np.median(figures))
    return running_median(figures, AROUND, "symmetric")


def irregularity(places: NDArray[np.int64]) -> Figures:
    """Return for each mark how much intervals usually change around it, as a share.

    Bigeminy repeats every second interval and trigeminy every third: the least of these counts.

    Parameters
    ----------
    places : ndarray of int64, shape (n,)
        Samples of the marks, rising; at least six.
    """
    interval = np.diff(places).astype(np.float64)
    least = np.full(len(places), np.inf)
    for apart in (1, 2, 3):
        change = np.abs(interval[apart:] - interval[:-apart]) / interval[apart:]
        middle = np.median(change)
        ends = np.full(apart, middle)
        least = np.minimum(least, usual(np.concatenate([ends, change, [middle]])))
    return least


def raggedness(height: Figures) -> Figures:
    """Return for each mark how much the logarithm of the heights spreads around it."""
    size = np.log(np.maximum(height, 1e-300))
    return NORMAL_MAD * usual(np.abs(size - usual(size)))
