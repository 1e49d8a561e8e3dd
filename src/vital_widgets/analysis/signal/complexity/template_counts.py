"""Count the similar templates of a series, exactly and in bounded memory.

Series with some hundred different values (intervals in whole samples) are counted in a table of
cumulative counts (`level_counts`); other series of up to some days by sets of bits (`RangeSets`);
longer ones by SciPy's k-d tree. Pairs are never stored.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAFSIZE = 32
FEW = 400  # points, for which the matrix of all pairs is fastest
DIGITS = 9
WIDTHS = (2, 3)  # values of the templates that tables count
N_PROBES = 4096  # points that show whether levels are few
MAX_LEVELS = 1500
MAX_BITS = 400_000  # points
CELLS_PER_PAIR = 1 / 15  # with more cells, cumulating them takes longer than the bits of all pairs
QUERIES = 1 << 14  # at a time
WORD = 64
TABLE_BYTES = 1 << 24  # of the kept sets of one value
MIN_STEP = 16  # templates between kept sets
AT_ONCE = 1 << 15  # words of sets that are processed at a time: they stay in the cache


def plain_counts(points: NDArray[np.float64], radius: float) -> NDArray[np.int64]:
    """Return how many points lie within ``radius`` of each, itself included, of a few points."""
    near = np.ones((len(points), len(points)), bool)
    for column in points.T:
        near &= np.abs(column[:, None] - column) <= radius
    return np.asarray(near.sum(axis=1))


def level_counts(points: NDArray[np.float64], radius: float) -> NDArray[np.int64] | None:
    """Return how many points lie within ``radius`` of each, itself included, if levels are few.

    None if there are too many levels. Values that agree to nine digits are one level, because
    differences of times have rounding errors.
    """
    k, m = points.shape
    top = float(np.max(np.abs(points), initial=0))
    if m not in WIDTHS or not 0 < top < np.inf:
        return None
    digits = DIGITS - math.ceil(math.log10(top))
    some = np.unique(np.round(points[:: max(k // N_PROBES, 1), 0], digits))
    if len(some) > MAX_LEVELS:
        return None
    levels, codes = np.unique(np.round(points, digits), return_inverse=True)
    n = len(levels)
    if n > MAX_LEVELS or n * n > CELLS_PER_PAIR * k * k:
        return None
    near = np.abs(levels[:, None] - levels) <= radius
    low = np.argmax(near, axis=1)
    high = low + near.sum(axis=1)
    codes = codes.reshape(k, m)
    if m == WIDTHS[0]:
        table = np.bincount(codes[:, 0] * n + codes[:, 1], minlength=n * n).reshape(n, n)
        return _in_boxes(table, low[codes], high[codes])
    return _swept(codes, low, high)


def _swept(
    codes: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Count three values, level by level of the first, in a table of the other two.

    The table holds the templates whose first value is near; only the needed part of it is
    cumulated. None if that is more work than comparing all pairs.
    """
    n = len(low)
    order = np.argsort(codes[:, 0], kind="stable")
    first = np.searchsorted(codes[order, 0], np.arange(n + 1))
    rest = codes[order, 1:]
    there = np.flatnonzero(np.diff(first))
    corners = np.minimum.reduceat(low[rest], first[there], axis=0)
    ends = np.maximum.reduceat(high[rest], first[there], axis=0)
    if int(np.prod(ends - corners, axis=1).sum()) > CELLS_PER_PAIR * len(codes) ** 2:
        return None
    flat = rest[:, 0] * n + rest[:, 1]
    table = np.zeros(n * n, np.int64)
    out = np.zeros(len(codes), np.int64)
    begun = ended = 0
    for level, corner, end in zip(there.tolist(), corners, ends, strict=True):
        a, b = first[level], first[level + 1]
        stop, start = first[high[level]], first[low[level]]
        np.add.at(table, flat[ended:stop], 1)
        np.subtract.at(table, flat[begun:start], 1)
        begun, ended = start, stop
        part = table.reshape(n, n)[corner[0] : end[0], corner[1] : end[1]]
        out[order[a:b]] = _in_boxes(part, low[rest[a:b]] - corner, high[rest[a:b]] - corner)
    return out


def _in_boxes(
    table: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the sums over the boxes of a table from ``low`` to below ``high``, shape (k,)."""
    sums = np.zeros((table.shape[0] + 1, table.shape[1] + 1), np.int64)
    np.cumsum(table, axis=0, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    a, b, c, d = low[:, 0], high[:, 0], low[:, 1], high[:, 1]
    return np.asarray(sums[b, d] - sums[a, d] - sums[b, c] + sums[a, c])


class RangeSets:
    """Sets of points by their rank in one value: one bit for each pair.

    The templates similar in one value are a range of those sorted by it. At regular steps in that
    order, the set of all templates before is kept as bits; a range is the difference of two such
    sets, corrected by the few templates in between. Similar in all values is their conjunction.
    """

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


def pairs_within(points: NDArray[np.float64], radius: float) -> int:
    """Return the number of unordered pairs of points, shape (k, m), within ``radius``.

    Distances are those of the maximum norm; those equal to the radius are within it.
    """
    from scipy.spatial import cKDTree

    if len(points) <= 1 or radius < 0:
        return 0
    counts = (plain_counts if len(points) <= FEW else level_counts)(points, radius)
    if counts is not None:
        return (int(counts.sum()) - len(points)) // 2
    if len(points) <= MAX_BITS:
        return bit_pairs(points, radius)
    tree = cKDTree(points, leafsize=LEAFSIZE)
    return (int(tree.count_neighbors(tree, radius, p=np.inf)) - len(points)) // 2


def mean_log_share(points: NDArray[np.float64], radius: float) -> float:
    """Return the mean over points of the log of the share of points within ``radius``.

    The point itself is counted, so that the logarithm exists (Pincus 1991).
    """
    from scipy.spatial import cKDTree

    k = len(points)
    counts = (plain_counts if k <= FEW else level_counts)(points, radius)
    if counts is None and k <= MAX_BITS:
        counts = bit_counts(points, radius)
    if counts is not None:
        return float(np.mean(np.log(counts / k)))
    tree = cKDTree(points, leafsize=LEAFSIZE)
    # Queries in the order of the tree find its cells in the cache.
    points = points[tree.indices]
    total = 0.0
    for i in range(0, k, QUERIES):
        found = tree.query_ball_point(points[i : i + QUERIES], radius, p=np.inf, return_length=True)
        total += float(np.sum(np.log(found / k)))
    return total / k
