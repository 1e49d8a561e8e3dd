"""A histogram that merges exactly, whatever the range of what comes later."""

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
    """Counts in bins ``[k 2^e, (k + 1) 2^e)``.

    The width is the smallest power of two with which at most ``most`` bins cover all values. It
    depends on the extremes alone, and wider bins are made of whole narrower ones: counts are exact,
    and the same in whatever order and parts the values came.

    Attributes
    ----------
    most : int
        Largest number of bins.
    exponent : int
        ``e``; meaningless without counts.
    first : int
        ``k`` of the first bin.
    counts : ndarray of int64, shape (bins,)
        Values in each bin.
    low, high : float
        Smallest and largest value.
    """

    most: int
    exponent: int = 0
    first: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    low: float = math.inf
    high: float = -math.inf

    def updated(self, values: NDArray[np.float64]) -> PowerOfTwoBins:
        """Return the bins with finite values added."""
        if not len(values):
            return self
        wider = self.covering(float(values.min()), float(values.max()))
        k = np.floor(np.ldexp(values, -wider.exponent)).astype(np.int64)
        k -= wider.first
        counts = wider.counts + np.bincount(k, minlength=len(wider.counts))
        return PowerOfTwoBins(self.most, wider.exponent, wider.first, counts, wider.low, wider.high)

    def merged(self, other: PowerOfTwoBins) -> PowerOfTwoBins:
        """Return the bins of both together."""
        if not len(other.counts):
            return self
        if not len(self.counts):
            return other
        mine = self.covering(other.low, other.high)
        theirs = other.covering(self.low, self.high)
        counts = mine.counts + theirs.counts
        return PowerOfTwoBins(self.most, mine.exponent, mine.first, counts, mine.low, mine.high)

    def covering(self, low: float, high: float) -> PowerOfTwoBins:
        """Return the same counts in bins that cover a further range."""
        low, high = min(low, self.low), max(high, self.high)
        e = exponent_of(low, high, self.most)
        first, last = math.floor(math.ldexp(low, -e)), math.floor(math.ldexp(high, -e))
        counts = np.zeros(last - first + 1, np.int64)
        if len(self.counts):
            k = (self.first + np.arange(len(self.counts))) >> min(e - self.exponent, 62)
            np.add.at(counts, k - first, self.counts)
        return PowerOfTwoBins(self.most, e, first, counts, low, high)

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins, shape (bins + 1,), in the unit of the signal."""
        if not len(self.counts):
            return np.zeros(0)
        k = self.first + np.arange(len(self.counts) + 1, dtype=np.float64)
        return np.asarray(np.ldexp(k, self.exponent))


def exponent_of(low: float, high: float, most: int) -> int:
    """Return the exponent of the narrowest bins that are allowed to cover a range.

    It never falls as the range grows, which is what makes the bins merge.
    """
    largest = max(abs(low), abs(high))
    e = math.frexp(largest)[1] - FINEST if largest else -FINEST
    span = high / most - low / most  # of a bin; each divided first, as the range may overflow
    if span > 0:
        e = max(e, math.frexp(span)[1] - 2)
    while math.floor(math.ldexp(high, -e)) - math.floor(math.ldexp(low, -e)) >= most:
        e += 1
    return e
