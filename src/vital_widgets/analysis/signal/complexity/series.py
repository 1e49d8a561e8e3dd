"""A series to measure: its values, and where it is interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import EQUAL_MS, Intervals, intervals_of
from vital_widgets.analysis.engine.result import NOTHING
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import ValidSignal, checked_fs, checked_signal
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Series:
    """Values, and which of them follow each other.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        The values that are numbers.
    stretch : ndarray of int64, shape (n,)
        Values ``i`` and ``i + 1`` follow each other if and only if their numbers are equal.
    valid : ValidSignal
        How many seconds they rest on, where that is known.
    resolution : float
        Values that differ by no more are equal: what rounding leaves of differences of times.
    """

    values: NDArray[np.float64]
    stretch: NDArray[np.int64]
    valid: ValidSignal = NOTHING
    resolution: float = 0.0

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self.values)

    @property
    def constant(self) -> bool:
        """Whether all values are equal."""
        return not len(self.values) or bool(np.ptp(self.values) <= self.resolution)

    def bounds(self) -> NDArray[np.int64]:
        """Return the stretches as rows ``(i0, i1)``, shape (k, 2)."""
        if not len(self.values):
            return np.empty((0, 2), np.int64)
        cuts = np.flatnonzero(np.diff(self.stretch)) + 1
        edges = np.concatenate([[0], cuts, [len(self.values)]])
        return np.stack([edges[:-1], edges[1:]], axis=1)

    def starts(self, span: int) -> NDArray[np.int64]:
        """Return each ``i`` for which values ``i`` to ``i + span`` lie in one stretch."""
        if span >= len(self.values):
            return np.empty(0, np.int64)
        return np.flatnonzero(self.stretch[: len(self.values) - span] == self.stretch[span:])

    def templates(self, starts: NDArray[np.int64], m: int, delay: int) -> NDArray[np.float64]:
        """Return the vectors of ``m`` values, ``delay`` apart, from ``starts``; shape (k, m)."""
        return np.asarray(self.values[starts[:, None] + delay * np.arange(m)])

    def part(self, i0: int, i1: int) -> Series:
        """Return values ``i0 <= i < i1``."""
        return Series(self.values[i0:i1], self.stretch[i0:i1], resolution=self.resolution)


def series_of(values: Any, fs: float | None = None, usable: Any = None) -> Series:
    """Return a series from an array with NaN where it is interrupted, or from intervals.

    Parameters
    ----------
    values : array-like of float, shape (n,), Intervals, or a result with ``intervals()``
        Of beats, the series is that of their intervals in ms.
    fs : float, optional
        Sampling rate in Hz of an array; it only tells how many seconds the values last.
    usable : bool array of shape (n,), or (with ``fs``) Stretches, Annotations, quality result
        Where an array may be used.
    """
    if isinstance(values, Intervals) or callable(getattr(values, "intervals", None)):
        if usable is not None:
            raise InvalidInputError(
                "usable= says which samples of an array may be used; leave intervals out with "
                "intervals.where(mask) instead"
            )
        return of_intervals(intervals_of(values))
    rate = 1.0 if fs is None else checked_fs(fs)
    if fs is None and usable is not None and not isinstance(usable, (np.ndarray, list, tuple)):
        raise InvalidInputError("fs is missing: usable= in seconds needs the sampling rate in Hz")
    signal = only_usable(checked_signal(values), usable, rate)
    kept = np.isfinite(signal)
    broken = np.cumsum(~kept)[kept].astype(np.int64)
    n = int(np.count_nonzero(kept))
    valid = NOTHING if fs is None else ValidSignal(n / rate, len(signal) / rate)
    return Series(signal if n == len(signal) else signal[kept], broken, valid)


def of_intervals(intervals: Intervals) -> Series:
    """Return the series of intervals in ms."""
    if not len(intervals):
        return Series(intervals.ms, intervals.stretch)
    seconds = float(np.sum(intervals.ms)) / 1000
    span = float(intervals.times[-1] - intervals.times[0] + intervals.ms[0] / 1000)
    valid = ValidSignal(seconds, max(span, seconds))
    return Series(intervals.ms, intervals.stretch, valid, EQUAL_MS)
