"""Confidence intervals of a mean and of a median, sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = 32  # that are sorted at a time
AT_ONCE = 1 << 22  # drawn counts at a time


def t_band(
    mean: NDArray[np.float64], se: NDArray[np.float64], n: int, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Student's confidence interval of a mean of ``n`` values."""
    from scipy.stats import t

    half_width = float(t.ppf((1 + confidence) / 2, n - 1)) * se
    return mean - half_width, mean + half_width


def bootstrap_band(
    stretches: NDArray[np.float32], confidence: float, n_resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return percentiles of the means of events drawn with replacement."""
    n = len(stretches)
    rng = np.random.default_rng(seed)
    means = np.empty((n_resamples, stretches.shape[1]))
    at_once = max(AT_ONCE // n, 1)
    middle = stretches.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = stretches - middle
    for i in range(0, n_resamples, at_once):
        drawn = min(at_once, n_resamples - i)
        counts = rng.multinomial(n, np.full(n, 1 / n), size=drawn).astype(np.float32)
        means[i : i + drawn] = counts @ centred / n
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low + middle, high + middle


def median_band(
    blocks: list[NDArray[np.float32]], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the median and the order statistics around it with at least this confidence.

    The interval is NaN with too few events (95 % needs six). The stretches come in blocks, shape
    (k, length), and are put together some columns at a time.
    """
    from scipy.stats import binom

    n, length = sum(len(one) for one in blocks), blocks[0].shape[1]
    rank = int(binom.ppf((1 - confidence) / 2, n, 0.5))
    middle, low, high = (np.full(length, np.nan) for _ in range(3))
    for i in range(0, length, COLUMNS):
        part = np.concatenate([one[:, i : i + COLUMNS] for one in blocks])
        part.sort(axis=0)
        columns = slice(i, i + COLUMNS)
        middle[columns] = part[[(n - 1) // 2, n // 2]].mean(axis=0, dtype=np.float64)
        if rank > 0:
            low[columns], high[columns] = part[rank - 1], part[n - rank]
    return middle, low, high
