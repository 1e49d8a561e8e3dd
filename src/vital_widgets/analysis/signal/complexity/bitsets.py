"""Count similar templates by bits: one bit for each pair, sixty-four pairs per instruction.

The templates similar in one value are a range of those sorted by it. At regular steps in that
order, the set of all templates before is kept as bits; a range is the difference of two such sets,
corrected by the few templates in between. Similar in all values is the conjunction of these sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = 64
TABLE_BYTES = 1 << 24  # of the kept sets of one value
MIN_STEP = 16  # templates between kept sets
AT_ONCE = 1 << 15  # words of sets that are processed at a time: they stay in the cache


class RangeSets:
    """Sets of points by their rank in one value."""

    def __init__(self, values: NDArray[np.float64], radius: float) -> None:
        n = len(values)
        self.words = -(-n // WORD)
        self.every = max(MIN_STEP, -(-n * self.words * 8 // TABLE_BYTES))
        self.order = np.argsort(values, kind="stable")
        levels, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        ends = np.concatenate([[0], np.cumsum(counts)])
        low, high = near_levels(levels, radius)
        self.low = ends[low][inverse]
        self.high = ends[high][inverse]
        steps = np.zeros((n // self.every + 1, self.words), np.uint64)
        kept = self.order[: (len(steps) - 1) * self.every]
        row = 1 + np.arange(len(kept)) // self.every
        np.bitwise_or.at(steps.reshape(-1), row * self.words + kept // WORD, bit_of(kept))
        self.sets = np.bitwise_or.accumulate(steps, axis=0)

    def near(self, i0: int, i1: int, word: int = 0) -> NDArray[np.uint64]:
        """Return the sets of points near points ``i0 <= i < i1``, from a word of the sets on.

        The shape is (i1 - i0, words - word).
        """
        low, high = self.low[i0:i1], self.high[i0:i1]
        sets = self.sets[high // self.every, word:] ^ self.sets[low // self.every, word:]
        width = sets.shape[1]
        flat = sets.reshape(-1)
        for rank in (low, high):
            over = rank % self.every
            first = np.repeat(rank - over, over)
            within = np.arange(len(first)) - np.repeat(np.cumsum(over) - over, over)
            point = self.order[first + within]
            row = np.repeat(np.arange(len(rank)), over)
            if word:
                later = point >= word * WORD
                point, row = point[later], row[later]
            np.bitwise_xor.at(flat, row * width + point // WORD - word, bit_of(point))
        return np.asarray(sets, np.uint64)


def bit_of(points: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the bit of each point within its word."""
    return np.left_shift(np.uint64(1), (points % WORD).astype(np.uint64))


def near_levels(
    levels: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the range of levels within ``radius`` of each: exactly those whose distance is."""
    last = len(levels) - 1
    low = np.searchsorted(levels, levels - radius, side="left")
    high = np.searchsorted(levels, levels + radius, side="right")
    # The sum is rounded differently from the distance, which decides about the neighbours.
    low -= (low > 0) & (levels - levels[np.maximum(low - 1, 0)] <= radius)
    low += levels - levels[np.minimum(low, last)] > radius
    high += (high <= last) & (levels[np.minimum(high, last)] - levels <= radius)
    high -= levels[high - 1] - levels > radius
    return low, high


def bit_counts(points: NDArray[np.float64], radius: float) -> NDArray[np.int64]:
    """Return how many points lie within ``radius`` of each, itself included, shape (k,)."""
    sets = [RangeSets(column, radius) for column in np.ascontiguousarray(points.T)]
    n = len(points)
    out = np.empty(n, np.int64)
    at_once = max(AT_ONCE // sets[0].words, 1)
    for i in range(0, n, at_once):
        stop = min(i + at_once, n)
        near = sets[0].near(i, stop)
        for one in sets[1:]:
            near &= one.near(i, stop)
        out[i:stop] = ones(near)
    return out


def bit_pairs(points: NDArray[np.float64], radius: float) -> int:
    """Return the number of unordered pairs of different points within ``radius``.

    Each pair is counted once, apart from those within a block of points.
    """
    sets = [RangeSets(column, radius) for column in np.ascontiguousarray(points.T)]
    n = len(points)
    at_once = max(AT_ONCE // sets[0].words // WORD, 1) * WORD
    total = 0
    for i in range(0, n, at_once):
        stop, word = min(i + at_once, n), i // WORD
        near = sets[0].near(i, stop, word)
        for one in sets[1:]:
            near &= one.near(i, stop, word)
        own = -(-stop // WORD) - word  # blocks are whole words; pairs within one are counted twice
        twice = int(ones(near[:, :own]).sum()) - (stop - i)
        total += twice // 2
        total += int(ones(near[:, own:]).sum())
    return total


def ones(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many bits are set in each row."""
    return np.asarray(np.bitwise_count(words).sum(axis=1, dtype=np.int64))
