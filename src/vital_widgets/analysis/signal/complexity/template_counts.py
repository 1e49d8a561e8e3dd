"""Count the similar templates of a series, exactly and in bounded memory.

Series with some hundred different values (intervals in whole samples) are counted in a table of
cumulative counts (`level_counts`); other series of up to some days by sets of bits (`bitsets`);
longer ones by SciPy's k-d tree. Pairs are never stored.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.signal.complexity.bitsets import bit_counts, bit_pairs

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
    if m < max(WIDTHS):
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
