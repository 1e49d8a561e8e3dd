"""Groups of beats of similar shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Shapes = NDArray[np.float32]
    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]
    View = Callable[[Shapes], Shapes]

SAMPLE = 1200  # beats that are clustered at a time; all others join the nearest cluster
COMPONENTS = 12
ROUNDS = 8
BLOCK = 2048
MERGE = 0.75  # share of the limit below which the distance of two means makes them one
NONE = -1


def groups_of(shapes: Shapes, view: View, limit: float, min_beats: int) -> Labels:
    """Return a group for each beat, largest group first, -1 for none.

    The distance of two beats is the norm of their difference over the larger of their norms:
    shape and size count, and for two beats of one size it is ``sqrt(2 (1 - r))`` of their
    correlation ``r``. Some beats at a time, evenly spread over those without a group, are
    clustered by average linkage over their principal components; then all join the nearest mean.
    ``view`` gives the part of some beats that is compared; ``limit`` is the largest distance of
    similar beats, and ``min_beats`` the size of the smallest group.
    """
    labels = np.full(len(shapes), NONE, np.int64)
    if not len(shapes):
        return labels
    means = np.empty((0, view(shapes[:1]).shape[1]))
    for _ in range(ROUNDS):
        left = np.flatnonzero(labels == NONE)
        if len(left) < min_beats:
            break
        chosen = left[np.unique(np.linspace(0, len(left) - 1, min(SAMPLE, len(left))).astype(int))]
        # If all beats are in the sample, a group has its full size; if not, two beats are a start.
        needed = min_beats if len(chosen) == len(left) else 2
        new = _clustered(view(shapes[chosen]).astype(np.float64), limit, needed)
        if not len(new):
            break
        means = _merged(np.concatenate([means, new]), limit)
        labels = _nearest(shapes, view, means, limit)
    for _ in range(2):  # the means of all beats that joined, and which beats belong to these
        sums, count = sums_of(shapes, view, labels, len(means))
        means = _merged(sums[count > 0] / count[count > 0, None], limit)
        labels = _nearest(shapes, view, means, limit)
    if not len(means):
        return labels
    size = np.bincount(labels[labels >= 0], minlength=len(means))
    order = np.argsort(-size, kind="stable")
    rank = np.full(len(means) + 1, NONE, np.int64)  # the last is that of -1
    kept = order[size[order] >= min_beats]
    rank[kept] = np.arange(len(kept))
    return rank[labels]


def blocks_of(shapes: Shapes, view: View, labels: Labels) -> Iterator[tuple[slice, Floats, Labels]]:
    """Give some beats at a time: where they are, the view of them, and their groups."""
    for i in range(0, len(shapes), BLOCK):
        part = slice(i, i + BLOCK)
        yield part, view(shapes[part]).astype(np.float64), labels[part]


def sums_of(
    shapes: Shapes, view: View, labels: Labels, n_groups: int, means: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the sums of each group's beats, or of their squared differences from ``means``."""
    sums: Floats = np.zeros((n_groups, view(shapes[:1]).shape[1]))
    for _, x, group in blocks_of(shapes, view, labels):
        if means is not None:
            x = (x - np.concatenate([means, np.zeros((1, x.shape[1]))])[group]) ** 2  # noqa: PLW2901
        sums += (group == np.arange(n_groups)[:, None]).astype(np.float64) @ x
    return sums, np.bincount(labels[labels >= 0], minlength=n_groups).astype(np.float64)


def _clustered(beats: Floats, limit: float, needed: int) -> Floats:
    """Return the means of the groups among some beats."""
    if len(beats) < max(needed, 2):
        return np.empty((0, beats.shape[1]))
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.linalg import svd
    from scipy.spatial.distance import squareform

    if float(np.ptp(beats, axis=0).max()) == 0:
        return beats[:1]
    mean = beats.mean(axis=0)
    axes = svd(beats - mean, full_matrices=False)[2][:COMPONENTS]
    reduced = mean + (beats - mean) @ axes.T @ axes  # distances refer to the norm of the beat
    distance = squareform(_distances(reduced, reduced), checks=False)
    groups = fcluster(linkage(distance, "average"), limit, "distance") - 1
    kept = np.flatnonzero(np.bincount(groups) >= needed)
    means = [beats[groups == group].mean(axis=0) for group in kept]
    return np.array(means).reshape(-1, beats.shape[1])


def _distances(beats: Floats, means: Floats) -> Floats:
    norms, own = (np.sqrt(np.sum(one**2, axis=1)) for one in (beats, means))
    squares = norms[:, None] ** 2 + own**2 - 2 * beats @ means.T
    larger = np.maximum(np.maximum(norms[:, None], own), 1e-300)
    return np.asarray(np.sqrt(np.maximum(squares, 0)) / larger)


def _nearest(shapes: Shapes, view: View, means: Floats, limit: float) -> Labels:
    """Return for each beat the group with the nearest mean, -1 where none is near enough."""
    labels = np.full(len(shapes), NONE, np.int64)
    if len(means):
        for part, x, _ in blocks_of(shapes, view, labels):
            distance = _distances(x, means)
            labels[part] = np.where(distance.min(axis=1) <= limit, distance.argmin(axis=1), NONE)
    return labels


def _merged(means: Floats, limit: float) -> Floats:
    """Return means of which no two are similar: the earlier of two stays."""
    kept: list[int] = []
    for k in range(len(means)):
        if not kept or _distances(means[k : k + 1], means[kept]).min() >= MERGE * limit:
            kept.append(k)
    return means[kept]
