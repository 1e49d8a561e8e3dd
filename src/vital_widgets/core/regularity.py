"""The time base of rows with times of their own, or of rows in packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.evengrid import EvenGrid
from vital_widgets.core.packets import PacketGrid
from vital_widgets.core.timebase import TimeBase, checked_rate
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_YEAR = 365.25 * 86400
_ODD_PAUSE = 1000  # times the duration before it: such a pause means that the clock was set


class GridFinder:
    """Find the even grid behind the times of rows that come in blocks.

    Missing rows become gaps; jitter and drift of the clock are reported in notes (`EvenGrid`). Once
    two consecutive rows have the same time, the rows are taken as packets (`PacketGrid`).

    Parameters
    ----------
    fs : float, optional
        The sampling rate in Hz if it is known. Then rows are taken as evenly spaced despite
        jitter, and the times only place the first row and the gaps.
    """

    def __init__(self, fs: float | None = None) -> None:
        self._fs = None if fs is None else checked_rate(fs)
        self._grid: EvenGrid | PacketGrid = EvenGrid(self._fs)
        self._first: float | None = None
        self._last = -np.inf

    @property
    def n_rows(self) -> int:
        """Number of rows fed so far."""
        return self._grid.n_rows

    def feed(self, times: NDArray[np.float64], first_row: int) -> None:
        """Take the times of the next rows.

        Parameters
        ----------
        times : ndarray of float64, shape (n,)
            Seconds, never falling.
        first_row : int
            Number of the first of them, counted from 1; for messages.

        Raises
        ------
        InvalidInputError
            A time is missing, times fall, or they fit no even grid.
        """
        block = np.ascontiguousarray(times, np.float64)
        if len(block) == 0:
            return
        before = np.concatenate([[self._last], block[:-1]])
        _check(block, before, first_row)
        if self._first is None:
            self._first = float(block[0])
        _check_clock_was_set(block, before, first_row, self._first)
        self._last = float(block[-1])
        if isinstance(self._grid, EvenGrid):
            if not np.any(block == before):
                self._grid.feed(block, first_row)
                return
            self._grid = PacketGrid(self._grid.timebase(), self._fs)
        self._grid.feed(block)

    def timebase(self) -> TimeBase:
        """Return the time base of the rows fed so far."""
        return self._grid.timebase()

    def notes(self) -> list[str]:
        """Return notes about the times."""
        return self._grid.notes()


def _check(block: NDArray[np.float64], before: NDArray[np.float64], first_row: int) -> None:
    bad = np.flatnonzero(~np.isfinite(block))
    if len(bad):
        msg = (
            f"row {first_row + int(bad[0])} has no time ({block[bad[0]]}); "
            "every row needs one: add it in a copy of the file, or, if the rows are evenly spaced "
            "samples, give fs= in Hz and no time column"
        )
        raise InvalidInputError(msg)
    bad = np.flatnonzero(block < before)
    if len(bad):
        k = int(bad[0])
        msg = (
            f"row {first_row + k} has a time before that of the row before it "
            f"({float(block[k])!r} s after {float(before[k])!r} s); times must rise. Either the "
            "clock was set back there, or another recording begins: split the table before that "
            "row, or, if the rows are evenly spaced samples, give fs= in Hz and no time column"
        )
        raise InvalidInputError(msg)


def _check_clock_was_set(
    block: NDArray[np.float64], before: NDArray[np.float64], first_row: int, first: float
) -> None:
    """Raise for a pause of years after a short recording, which shows that a clock was set."""
    pauses = np.diff(block, prepend=before[0] if np.isfinite(before[0]) else block[0])
    k = int(np.argmax(pauses))
    pause = float(pauses[k])
    if pause > _YEAR and pause > _ODD_PAUSE * (float(before[k]) - first):
        raise InvalidInputError(
            f"row {first_row + k} lies {pause / _YEAR:.3g} years after the row before it: the "
            "clock was set there, or its time is wrong. Copy the file without the rows before it, "
            "or without that row, or, if the rows are evenly spaced samples, give fs= in Hz and no "
            "time column"
        )
