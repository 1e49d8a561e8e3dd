"""Count the templates of a series that are alike, exactly and in bounded memory.

The counts come from SciPy's k-d tree under the maximum norm, which takes whole cells of the tree
at a time and never holds the pairs. Equal templates, which a rhythm measured in whole samples is
full of, are counted once with their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.complexity.measure import A_PAIR

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAFSIZE = 32
QUERIES = 1 << 14  # at a time


def closed_radius(tolerance: float, *, closed: bool) -> float:
    """Return the radius whose closed ball holds what is within (or strictly below) a tolerance."""
    return tolerance if closed else float(np.nextafter(tolerance, -np.inf))


def _grouped(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the different points with their numbers, or all without, whichever is less work."""
    order = np.lexsort(points.T[::-1])
    ordered = points[order]
    new = np.concatenate([[True], np.any(ordered[1:] != ordered[:-1], axis=1)])
    first = np.flatnonzero(new)
    if len(first) > 0.7 * len(points):
        return points, None
    counts = np.diff(np.concatenate([first, [len(points)]]))
    return ordered[first], counts.astype(np.float64)


def pairs_within(points: NDArray[np.float64], radius: float) -> int:
    """Return the number of unordered pairs of different points within ``radius``.

    Parameters
    ----------
    points : ndarray of float64, shape (k, m)
        Templates.
    radius : float
        Largest distance in the maximum norm, itself included.
    """
    from scipy.spatial import cKDTree

    if len(points) < A_PAIR or radius < 0:
        return 0
    unique, weights = _grouped(points)
    tree = cKDTree(unique, leafsize=LEAFSIZE)
    if weights is None:
        total = int(tree.count_neighbors(tree, radius, p=np.inf))
    else:
        total = round(float(tree.count_neighbors(tree, radius, p=np.inf, weights=(weights,) * 2)))
    return (total - len(points)) // 2


def mean_log_share(points: NDArray[np.float64], radius: float) -> float:
    """Return the mean over points of the log of the share of points within ``radius``.

    The point itself is counted, so that the logarithm exists (Pincus 1991).
    """
    from scipy.spatial import cKDTree

    k = len(points)
    tree = cKDTree(points, leafsize=LEAFSIZE)
    asked, weights = _grouped(points)
    total = 0.0
    for i in range(0, len(asked), QUERIES):
        found = tree.query_ball_point(asked[i : i + QUERIES], radius, p=np.inf, return_length=True)
        logs = np.log(np.maximum(found, 1) / k)
        total += float(np.sum(logs if weights is None else logs * weights[i : i + QUERIES]))
    return total / k
