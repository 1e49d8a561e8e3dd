"""A histogram that merges exactly, whatever the range of later values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FINEST = 40  # bins are no narrower than the largest value / 2**FINEST: finer than any converter


@dataclass(frozen=True, eq=False)
class PowerOfTwoBins:
    """Counts in at most ``max_bins`` bins ``[k 2^e, (k + 1) 2^e)``, the first with ``k = first``.

    The width is the smallest power of two with which so many bins cover all values, ``low`` to
    ``high``. It depends on these extremes alone, and wider bins consist of whole narrower ones. So
    counts are exact, and the same in whatever order and parts the values came.
    """

    max_bins: int
    exponent: int = 0  # without meaning if there are no counts
    first: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    low: float = math.inf
    high: float = -math.inf

    def updated(self, values: NDArray[np.float64]) -> PowerOfTwoBins:
        """Return the bins with finite values added."""
        if not len(values):
            return self
        wider = self._covering(float(values.min()), float(values.max()))
        k = np.floor(np.ldexp(values, -wider.exponent)).astype(np.int64)
        k -= wider.first
        np.add(wider.counts, np.bincount(k, minlength=len(wider.counts)), out=wider.counts)
        return wider

    def merged(self, other: PowerOfTwoBins) -> PowerOfTwoBins:
        """Return the bins of both together."""
        if not len(other.counts):
            return self
        if not len(self.counts):
            return other
        both = self._covering(other.low, other.high)
        both.counts[:] += other._covering(self.low, self.high).counts
        return both

    def _covering(self, low: float, high: float) -> PowerOfTwoBins:
        """Return a copy of the counts, in bins that cover a further range."""
        low, high = min(low, self.low), max(high, self.high)
        e = exponent_of(low, high, self.max_bins)
        first, last = math.floor(math.ldexp(low, -e)), math.floor(math.ldexp(high, -e))
        counts = np.zeros(last - first + 1, np.int64)
        if len(self.counts):
            k = (self.first + np.arange(len(self.counts))) >> min(e - self.exponent, 62)
            np.add.at(counts, k - first, self.counts)
        return PowerOfTwoBins(self.max_bins, e, first, counts, low, high)

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins in the units of the signal, shape (bins + 1,)."""
        if not len(self.counts):
            return np.zeros(0)
        k = self.first + np.arange(len(self.counts) + 1, dtype=np.float64)
        return np.asarray(np.ldexp(k, self.exponent))


def exponent_of(low: float, high: float, max_bins: int) -> int:
    """Return the exponent of the narrowest bins that cover a range.

    It never falls while the range grows, which is what makes the bins merge.
    """
    largest = max(abs(low), abs(high))
    e = math.frexp(largest)[1] - FINEST if largest else -FINEST
    width = high / max_bins - low / max_bins  # each divided first, as the range may overflow
    if width > 0:
        e = max(e, math.frexp(width)[1] - 2)
    while math.floor(math.ldexp(high, -e)) - math.floor(math.ldexp(low, -e)) >= max_bins:
        e += 1
    return e
