"""Some columns of a spectrogram, without computing the others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from vital_widgets.analysis.engine.compute import source_of, step_of
from vital_widgets.analysis.engine.plan import Piece, Plan, pieces_of
from vital_widgets.analysis.signal.spectra.spectrogram import spectrogram
from vital_widgets.analysis.signal.spectra.time_frequency import BinSums, averages

if TYPE_CHECKING:
    import functools

    import numpy as np
    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.spectra.spectrogram import _Rows
    from vital_widgets.analysis.signal.spectra.time_frequency import TimeBins
    from vital_widgets.core.channel import Channel


class SpectrogramColumns:
    """The columns of `spectrogram`, computed when they are asked for.

    Parameters
    ----------
    channel : Channel
        The signal.
    **options
        Parameters of `spectrogram`.
    """

    def __init__(self, channel: Channel, **options: Any) -> None:
        self._plan: Plan[BinSums, Any] = spectrogram.plan(channel, **options)
        self._source = source_of(self._plan)
        parts = cast("functools.partial[BinSums]", self._plan.work).keywords
        self._bins: TimeBins = parts["bins"]
        self._rows: _Rows = parts["rows"]
        self.frequencies: NDArray[np.float64] = self._rows.average(parts["windows"].frequencies)

    @property
    def count(self) -> int:
        """Number of columns."""
        return self._bins.count

    @property
    def times(self) -> NDArray[np.float64]:
        """Time of the middle of each column in seconds."""
        return self._bins.times

    @property
    def column_s(self) -> float:
        """Width of a column in seconds."""
        return self._bins.width / self._source.fs

    def power(self, first: int, stop: int) -> NDArray[np.float64]:
        """Return the density of columns ``first <= c < stop``, shape (rows, columns)."""
        plan, source, bins = self._plan, self._source, self._bins
        base = bins.timebase
        step = step_of(plan, source)
        sums = []
        for run_start, run_stop in source.runs():
            offset = (base.time_of(run_start) - base.start) * base.fs
            # A sample more on each side, because of rounding; other columns are left out below.
            lo = run_start + max(0, math.floor(first * bins.width - offset) - 1)
            hi = min(run_stop, run_start + math.ceil(stop * bins.width - offset) + 1)
            for _, begin, end, _ in pieces_of(plan, lo, hi, step):
                sums.append(self._sums(begin, end, run_start, run_stop))
        kept = [_within(part, first, stop) for part in sums]
        power, _ = averages(kept, stop - first, self._rows.count)
        return power.T

    def _sums(self, begin: int, end: int, run_start: int, run_stop: int) -> BinSums:
        first = max(begin - self._plan.before, run_start)
        values = self._source.read(first, min(end + self._plan.after, run_stop))
        core = slice(begin - first, end - first)
        piece = Piece(values, core, first, run_start, run_stop, self._source.fs)
        sums: BinSums = self._plan.work(piece)
        return sums


def _within(part: BinSums, first: int, stop: int) -> BinSums:
    """Return the sums of some bins, counted from the first of them."""
    kept = slice(max(first - part.first, 0), max(stop - part.first, 0))
    return BinSums(max(part.first - first, 0), part.sums[kept], part.counts[kept])
