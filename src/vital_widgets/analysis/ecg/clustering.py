"""Groups of beats of like shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    View = Callable[[NDArray[np.float32]], NDArray[np.float32]]

SAMPLE = 1200  # beats at a time that are clustered; all others go to the nearest cluster
COMPONENTS = 12
ROUNDS = 8
BLOCK = 2048
NONE = -1


def groups_of(
    blocks: list[NDArray[np.float32]], view: View, limit: float, least: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return a group for each beat, largest group first, and its distance from the group's mean.

    The distance of two beats is the norm of their difference over the larger of their norms:
    shape and size count, and for two beats of one size it is ``sqrt(2 (1 - r))`` of their
    correlation ``r``. Some beats at a time, evenly spread over those that have no group yet, are
    clustered by average linkage over their principal components; then all join the nearest mean.

    Parameters
    ----------
    blocks : list of ndarray, each of shape (k, m)
        Beats in order.
    view : callable
        Gives what is compared of some beats; called again and again, so that it need not be kept.
    limit : float
        Distance above which beats are not alike.
    least : int
        Groups of fewer beats are none: their beats get -1.
    """
    n = sum(len(block) for block in blocks)
    labels = np.full(n, NONE, np.int64)
    if not n:
        return labels, np.empty(0)
    centres = np.empty((0, view(blocks[0][:1]).shape[1]))
    for _ in range(ROUNDS):
        left = np.flatnonzero(labels == NONE)
        if len(left) < least:
            break
        chosen = left[np.unique(np.linspace(0, len(left) - 1, min(SAMPLE, len(left))).astype(int))]
        # All beats in the sample: a group must have its size. A part of them: two are a start.
        needed = least if len(chosen) == len(left) else 2
        new = _clustered(_take(blocks, view, chosen), limit, needed)
        if not len(new):
            break
        centres = _merged(np.concatenate([centres, new]), limit)
        labels, _ = _nearest(blocks, view, centres, limit)
    centres = _merged(_means(blocks, view, labels, centres), limit)
    labels, _ = _nearest(
        blocks, view, centres, limit
    )  # who belongs to the means of all that joined
    centres = _merged(_means(blocks, view, labels, centres), limit)
    labels, distance = _nearest(blocks, view, centres, limit)
    if not len(centres):
        return labels, np.full(n, np.nan)
    count = np.bincount(labels[labels >= 0], minlength=len(centres))
    order = np.argsort(-count, kind="stable")
    rank = np.full(len(centres) + 1, NONE, np.int64)  # the last is for -1
    kept = order[count[order] >= least]
    rank[kept] = np.arange(len(kept))
    labels = rank[labels]
    return labels, np.where(labels >= 0, distance, np.nan)


def _take(
    blocks: list[NDArray[np.float32]], view: View, chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    firsts = np.cumsum([0, *(len(block) for block in blocks)])
    parts = []
    for block, first in zip(blocks, firsts.tolist(), strict=False):
        here = chosen[(chosen >= first) & (chosen < first + len(block))] - first
        parts.append(view(block[here]).astype(np.float64))
    return np.concatenate(parts)


def _clustered(beats: NDArray[np.float64], limit: float, needed: int) -> NDArray[np.float64]:
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
    # The norm of the distance is that of the beat itself: the mean is put back.
    reduced = mean + (beats - mean) @ axes.T @ axes
    norms = np.sqrt(np.sum(reduced**2, axis=1))
    squares = norms[:, None] ** 2 + norms**2 - 2 * reduced @ reduced.T
    larger = np.maximum(np.maximum(norms[:, None], norms), 1e-300)
    distance = np.sqrt(np.maximum(squares, 0)) / larger
    tree = linkage(squareform(distance, checks=False), "average")
    groups = fcluster(tree, limit, "distance") - 1
    sizes = np.bincount(groups)
    kept = np.flatnonzero(sizes >= needed)
    if not len(kept):
        return np.empty((0, beats.shape[1]))
    return np.stack([beats[groups == group].mean(axis=0) for group in kept])


def _distances(block: NDArray[np.float32], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    x = block.astype(np.float64)
    norms = np.sqrt(np.sum(x**2, axis=1))
    own = np.sqrt(np.sum(centres**2, axis=1))
    squares = norms[:, None] ** 2 + own**2 - 2 * x @ centres.T
    larger = np.maximum(np.maximum(norms[:, None], own), 1e-300)
    return np.asarray(np.sqrt(np.maximum(squares, 0)) / larger)


def _nearest(
    blocks: list[NDArray[np.float32]], view: View, centres: NDArray[np.float64], limit: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    labels, nearest = [], []
    for block in blocks:
        for i in range(0, len(block), BLOCK):
            part = view(block[i : i + BLOCK])
            if not len(centres):
                labels.append(np.full(len(part), NONE, np.int64))
                nearest.append(np.full(len(part), np.nan))
                continue
            distance = _distances(part, centres)
            best = np.argmin(distance, axis=1)
            least = distance[np.arange(len(part)), best]
            labels.append(np.where(least <= limit, best, NONE))
            nearest.append(least)
    return np.concatenate(labels), np.concatenate(nearest)


def _means(
    blocks: list[NDArray[np.float32]],
    view: View,
    labels: NDArray[np.int64],
    centres: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the mean of each group's beats; groups without beats are dropped."""
    sums, count = np.zeros_like(centres), np.zeros(len(centres))
    first = 0
    for block in blocks:
        here = labels[first : first + len(block)]
        for group in np.unique(here[here >= 0]).tolist():
            some = view(block[here == group])
            sums[group] += some.sum(axis=0, dtype=np.float64)
            count[group] += len(some)
        first += len(block)
    kept = count > 0
    return np.asarray(sums[kept] / count[kept, None])


def _merged(centres: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Return centres of which no two are alike: the earlier of two stays."""
    kept: list[int] = []
    for k in range(len(centres)):
        if kept:
            distance = _distances(centres[k : k + 1].astype(np.float32), centres[kept])
            if float(distance.min()) < 0.75 * limit:
                continue
        kept.append(k)
    return centres[kept]
