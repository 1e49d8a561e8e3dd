"""Few points that look like a long signal on a screen: the minimum and maximum of short runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase

COLUMNS = 1500  # about the pixels of a wide plot
AT_ONCE = 1 << 20  # samples


def screen_points(
    read: Callable[[int, int], NDArray[Any]], base: TimeBase, columns: int = COLUMNS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times in seconds and values to be drawn as a line, with NaN in gaps.

    Parameters
    ----------
    read : callable
        ``read(i0, i1)`` gives samples, of which no more than some megabytes are held at a time.
    base : TimeBase
        Times of all samples.
    columns : int
        Up to twice as many samples are returned as they are; of more, the minimum and the maximum
        of each of about so many runs.
    """
    n = base.n_samples
    step = max(-(-n // columns), 1)
    if n <= 2 * columns:
        times, values = base.times(0, n), np.asarray(read(0, n), np.float64)
        return _with_gaps(times, values, 1.5 / base.fs)
    lows, highs = [], []
    for first in range(0, n, max(AT_ONCE // step, 1) * step):
        part = np.asarray(read(first, min(first + max(AT_ONCE // step, 1) * step, n)), np.float64)
        rows = np.concatenate([part, np.full(-len(part) % step, np.nan)]).reshape(-1, step)
        missing = np.isnan(rows)
        low = np.where(missing, np.inf, rows).min(axis=1)
        high = np.where(missing, -np.inf, rows).max(axis=1)
        nothing = missing.all(axis=1)
        lows.append(np.where(nothing, np.nan, low))
        highs.append(np.where(nothing, np.nan, high))
    first_of = np.arange(0, n, step)
    values = np.stack([np.concatenate(lows), np.concatenate(highs)], axis=1).ravel()
    starts = base.times_of(first_of)
    times = np.stack([starts, starts + step / base.fs / 2], axis=1).ravel()
    return _with_gaps(times, values, 1.5 * step / base.fs)


def _with_gaps(
    times: NDArray[np.float64], values: NDArray[np.float64], longest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put a NaN where two points are further apart than ``longest`` seconds."""
    after = np.flatnonzero(np.diff(times) > longest) + 1
    return np.insert(times, after, times[after - 1]), np.insert(values, after, np.nan)
