"""Averages of power in time bins, over a whole recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase

ROUNDING = 1e-3  # of a sample: times computed from seconds


@dataclass(frozen=True, eq=False)
class TimeBins:
    """Bins of equal width in time from the first column of a recording on, gaps included.

    The first of the columns lies ``first`` samples after the start of the recording, the others
    ``step`` samples after each other; ``averaged`` of them make one of ``count`` bins.
    """

    timebase: TimeBase
    first: float
    step: int
    averaged: int
    count: int

    @property
    def width(self) -> int:
        """Width of a bin in samples."""
        return self.step * self.averaged

    @property
    def times(self) -> NDArray[np.float64]:
        """Time of the middle of each bin in seconds, shape (count,)."""
        middle = self.first + (self.averaged - 1) * (self.step / 2)
        samples = middle + np.arange(self.count) * self.width
        return np.asarray(self.timebase.start + samples / self.timebase.fs, np.float64)

    def of(self, run_start: int, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the bins of columns ``offsets`` samples after the first column of a run."""
        base = self.timebase
        run_offset = (base.time_of(run_start) - base.start) * base.fs
        return np.floor((run_offset + offsets + ROUNDING) / self.width).astype(np.int64)


def bins_of(timebase: TimeBase, length: int, step: int, max_columns: int) -> TimeBins:
    """Return at most so many bins of a recording whose columns last ``length`` samples."""
    base = timebase
    span = round((base.end - base.start) * base.fs) if base.n_samples else 0
    columns = (span - length) // step + 1 if span >= length else 0
    averaged = max(-(-columns // max_columns), 1)
    return TimeBins(base, length / 2, step, averaged, -(-columns // averaged))


@dataclass(frozen=True, eq=False)
class BinSums:
    """Sums over columns in successive bins, from one piece.

    Attributes
    ----------
    first : int
        Number of the first bin.
    sums : ndarray of float64, shape (bins, rows)
        Sums of the valid columns.
    counts : ndarray of int64, shape (bins,) or (bins, rows)
        Number of valid columns.
    n_excluded : int
        Number of columns that contain missing samples.
    """

    first: int
    sums: NDArray[np.float64]
    counts: NDArray[np.int64]
    n_excluded: int = 0


def averages(
    partials: Sequence[BinSums], count: int, rows: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return means, shape (count, rows), NaN in empty bins, and the number of columns in each."""
    sums = np.zeros((count, rows))
    by_row = any(part.counts.ndim > 1 for part in partials)
    counts = np.zeros((count, rows) if by_row else (count,), np.int64)
    for part in partials:
        # A run that begins within half a sample of the end may reach one bin further.
        kept = slice(0, max(min(len(part.sums), count - part.first), 0))
        where = slice(part.first, part.first + kept.stop)
        sums[where] += part.sums[kept]
        counts[where] += part.counts[kept]
    divisor = counts if by_row else counts[:, None]
    sums /= np.maximum(divisor, 1)
    np.copyto(sums, np.nan, where=divisor == 0)
    return sums, counts
