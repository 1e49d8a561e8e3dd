"""Packets of one size with evenly spaced stamps: each lost packet is a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.evengrid import EvenGrid
from vital_widgets.core.lateness import SEVERAL
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IN_TIME = 0.35  # of a packet: distance of punctual packets from an even grid
_FEW = 4  # runs
_RARE = 1 / (4 * SEVERAL)  # gaps a packet; fewer are found as well where packets come late


class EvenPackets:
    """Find the grid of packets that come in time, as an `EvenGrid` of packets.

    It applies to packets of one size that lie within a third of their length of an even grid and
    of which more than a few are lost. For other packets `timebase` is None, because their
    lateness must be estimated.

    Parameters
    ----------
    before : TimeBase
        Rows before that had times of their own; more than one, and it does not hold.
    fs : float, optional
        The sampling rate in Hz if it is known.
    """

    def __init__(self, before: TimeBase, fs: float | None = None) -> None:
        self._fs = fs
        self.n_rows = before.n_samples
        self._first = np.zeros(min(self.n_rows, 1), np.int64)  # row of the last packet that began
        self._waiting = before.times(0, len(self._first))
        self._last = float(self._waiting[-1]) if len(self._waiting) else np.nan
        self.holds = self.n_rows <= 1
        self._sizes = np.zeros(0, np.int64)
        self._first_size = 0
        self._size = 0
        self._grid: EvenGrid | None = None
        self._found: tuple[TimeBase | None] | None = None

    def feed(self, times: NDArray[np.float64]) -> None:
        """Take the times of the next rows, which never fall."""
        begins = np.flatnonzero(np.diff(times, prepend=self._last) != 0)
        firsts = np.concatenate([self._first, self.n_rows + begins])
        self.n_rows += len(times)
        self._last = float(times[-1])
        self._found = None
        if not self.holds or not len(begins):
            return
        self._first = firsts[-1:]
        self._sizes = np.concatenate([self._sizes, np.diff(firsts)])
        self._waiting = np.concatenate([self._waiting, times[begins]])
        if self._grid is None:
            if len(self._sizes) < SEVERAL:
                return
            self._first_size, self._size = int(self._sizes[0]), int(np.median(self._sizes))
            self._sizes = self._sizes[1:]
            self._grid = EvenGrid(None if self._fs is None else self._fs / self._size)
        self.holds = 1 < self._size >= self._first_size and bool(np.all(self._sizes == self._size))
        if self.holds:
            try:
                self._grid.feed(self._waiting, self._grid.n_rows + 1)
            except InvalidInputError:
                self.holds = False
        self._sizes, self._waiting = self._sizes[:0], self._waiting[:0]

    def timebase(self) -> TimeBase | None:
        """Return the time base of the rows so far if packets are lost and the others punctual."""
        if self._found is None:
            self._found = (self._solution(),)
        return self._found[0]

    def _solution(self) -> TimeBase | None:
        grid = self._grid
        if not self.holds or grid is None or grid.n_moves or grid.jitter > _IN_TIME:
            return None
        packets = grid.timebase()
        if len(packets.starts) < max(_FEW, _RARE * grid.n_rows) or _are_regular(packets.starts):
            return None
        fs = packets.fs * self._size
        missing = self._size - self._first_size
        starts = np.maximum(packets.starts * self._size - missing, 0)
        onsets = packets.onsets.copy()
        onsets[0] += missing / fs  # a first packet that is not whole is the end of one
        return TimeBase(fs, self.n_rows, starts, onsets)

    def note(self, base: TimeBase) -> str:
        """Return a note about the times."""
        lost = sum(stop - start for start, stop in base.gaps) * base.fs / self._size
        packets = "1 packet is" if round(lost) == 1 else f"{lost:.0f} packets are"
        return (
            f"{self._size} samples share one time stamp; their times were spaced evenly at "
            f"{base.fs:.6g} Hz. {packets} missing and shown as gaps"
        )


def _are_regular(starts: NDArray[np.int64]) -> bool:
    """Whether gaps come as regularly as where a coarse clock rounds the times of even packets."""
    return bool(np.ptp(np.diff(starts[1:])) <= 1)
