"""Medians around each value of a series of which a part changes at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


class RunningMedian:
    """The median of each value and its neighbours; after a change only those near it are computed.

    Parameters
    ----------
    size : int
        Number of values of each median, odd; beyond the ends, the first and last value count.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.panels.runningmedian import RunningMedian
    >>> RunningMedian(3).of(np.array([5.0, 1.0, 2.0, 9.0]))
    array([5., 2., 2., 9.])
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: tuple[Values, Values] = np.empty(0), np.empty(0)

    def of(self, values: Values) -> Values:
        """Return the medians of values of shape (n,), which must not be changed afterwards."""
        before, known = self._known
        half = self._size // 2
        n, shorter = len(values), min(len(values), len(before))
        first = _alike(values[:shorter], before[:shorter])
        last = _alike(
            values[n - shorter :][::-1][: shorter - first],
            before[len(before) - shorter :][::-1][: shorter - first],
        )
        # Medians of values whose neighbours are all the same are the same.
        left, right = max(first - half, 0), max(last - half, 0)
        medians = np.empty(n)
        medians[:left] = known[:left]
        medians[n - right :] = known[len(known) - right :]
        begin, end = max(left - half, 0), min(n - right + half, n)
        if left < n - right:
            near = _medians(values[begin:end], self._size)
            medians[left : n - right] = near[left - begin : n - right - begin]
        self._known = values, medians
        return medians


def _medians(values: Values, size: int) -> Values:
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(values, size, mode="nearest"), np.float64)


def _alike(one: Values, other: Values) -> int:
    """Return how many values at the begin are the same."""
    differ = one != other
    k = int(np.argmax(differ)) if len(differ) else 0
    return k if len(differ) and differ[k] else len(differ)
