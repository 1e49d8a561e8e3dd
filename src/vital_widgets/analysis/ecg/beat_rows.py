"""Signal around beats as rows of a matrix, and operations on them.

Every operation on a row depends on that row alone, so that the result is the same however the
recording is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Index = NDArray[np.int64]
    Floats = NDArray[np.float64]

BLOCK = 1 << 18  # samples in rows at a time


@dataclass(frozen=True, eq=False)
class BeatRows:
    """Signal around beats, shape (k, n); the beat is column ``at``.

    Signal is continuous from column ``low`` to before ``high``; beyond, the last value is held.
    """

    x: Rows
    low: Index
    high: Index
    at: int


def beat_rows(values: NDArray[np.float64], at: Index, before: int, after: int) -> BeatRows:
    """Return ``before`` samples before and ``after`` samples after the samples ``at``.

    Samples beyond the array or a NaN are replaced by the last value on the side of the beat.
    """
    n = len(values)
    columns = np.arange(-before, after + 1)
    index = at[:, None] + columns
    x = values[np.clip(index, 0, n - 1)]
    bad = ~np.isfinite(x)
    low = np.maximum(before - at, 0)
    high = np.minimum(n - at + before, before + after + 1)
    holed = np.flatnonzero(bad.any(axis=1))
    if len(holed):
        holes = bad[holed]
        left = holes[:, before::-1]
        gap = np.where(left.any(axis=1), before - np.argmax(left, axis=1) + 1, 0)
        low[holed] = np.maximum(low[holed], gap)
        right = holes[:, before:]
        gap = np.where(right.any(axis=1), before + np.argmax(right, axis=1), high[holed])
        high[holed] = np.minimum(high[holed], gap)
    cut = np.flatnonzero((low > 0) | (high < x.shape[1]))
    for k in cut.tolist():
        if low[k] < high[k]:
            x[k, : low[k]] = x[k, low[k]]
            x[k, high[k] :] = x[k, high[k] - 1]
        else:
            x[k] = 0.0
    return BeatRows(x, low, high, before)


def box(x: Rows, width: int) -> Rows:
    """Return the running mean of ``width`` columns, starting at each column."""
    if width == 1:
        return x
    sums = np.cumsum(x, axis=1)
    out = np.empty_like(x)
    out[:, 0] = sums[:, width - 1]
    out[:, 1 : x.shape[1] - width + 1] = sums[:, width:] - sums[:, :-width]
    out[:, x.shape[1] - width + 1 :] = sums[:, -1:] - sums[:, -width:-1]
    out[:, : x.shape[1] - width + 1] /= width
    out[:, x.shape[1] - width + 1 :] /= np.arange(width - 1, 0, -1)
    return out


def slopes(x: Rows, width: int) -> tuple[Rows, float]:
    """Return the quadratic spline wavelet transform, a smoothed slope, and its delay in columns.

    The filter bank of Mallat and Zhong that Martínez et al. use has at scale ``2**(k + 1)`` in
    closed form the response of three running means over ``width = 2**k`` samples and a difference
    over as many, so it exists at any scale, and for any sampling rate at the same time scales.
    It is divided by ``width``: the units are those of the signal per sample. Column ``j`` of the
    result describes column ``j + delay`` of ``x``.
    """
    smooth = box(box(box(x, width), width), width)
    out = np.zeros_like(x)
    out[:, :-width] = (smooth[:, width:] - smooth[:, :-width]) / width
    out[:, x.shape[1] - 4 * width :] = 0.0  # the means are incomplete there
    return out, (4 * width - 3) / 2


def last_true(mask: Mask) -> Index:
    """Return the last true column of each row, -1 where there is none."""
    n = mask.shape[1]
    return np.where(mask.any(axis=1), n - 1 - np.argmax(mask[:, ::-1], axis=1), -1)


def first_true(mask: Mask) -> Index:
    """Return the first true column of each row, -1 where there is none."""
    return np.where(mask.any(axis=1), np.argmax(mask, axis=1), -1)


def window(n: int, first: Index | NDArray[np.float64], stop: Index | NDArray[np.float64]) -> Mask:
    """Return rows of ``n`` columns that are true from ``first`` to before ``stop``."""
    columns = np.arange(n)
    return np.asarray((columns >= first[:, None]) & (columns < stop[:, None]))


def pick(x: Rows, column: Index) -> NDArray[np.float64]:
    """Return one column of each row; columns outside count as the nearest."""
    return np.asarray(x[np.arange(len(x)), np.clip(column, 0, x.shape[1] - 1)])


def fraction(a: Floats, b: Floats, level: Floats | float) -> Floats:
    """Return how far from ``a`` to ``b`` a level lies, 0 to 1; 0 where they do not rise."""
    rises = b > a
    return np.clip(np.where(rises, (level - a) / np.where(rises, b - a, 1.0), 0.0), 0.0, 1.0)


def crossing(size: Rows, level: Floats, column: Index, step: int, limit: Index) -> Floats:
    """Return where ``size`` falls below ``level`` going from a column outwards, by interpolation.

    ``step`` is -1 for the left and 1 for the right; ``column`` -1 means nowhere. If the level is
    not reached up to column ``limit``, the place of the smallest slope is returned.
    """
    n = size.shape[1]
    first, stop = (limit, column) if step < 0 else (column + 1, limit + 1)
    inside = window(n, first, stop)
    below = inside & (size < level[:, None])
    at = last_true(below) if step < 0 else first_true(below)
    flattest = np.argmin(np.where(inside, size, np.inf), axis=1)
    share = fraction(pick(size, at), pick(size, at - step), level)
    place = np.where(at >= 0, at - step * share, flattest)
    return np.where((column >= 0) & inside.any(axis=1), place, np.nan)
