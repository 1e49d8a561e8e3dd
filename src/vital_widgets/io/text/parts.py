"""Files that hold several tables one after another, each below a head of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import FormatError
from vital_widgets.io.text.readingplan import TimePlan, TimeReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vital_widgets.io.text.preamble import Preamble

_DAY = 86400.0


@dataclass(frozen=True)
class Heads:
    """The heads of further parts: how they are recognized and read.

    Attributes
    ----------
    line : str
        Pattern of a line of a head.
    read : callable
        Reads the lines of a head; returns None if they are not one.
    first : Preamble
        The head of the file.
    refusal : str
        Why further parts are not joined to the first, and what to do; '' where they are.
    """

    line: str
    read: Callable[[Sequence[str]], Preamble | None]
    first: Preamble
    refusal: str = ""


@dataclass
class PartsClock:
    """Seconds of the rows of a file in parts, on the clock of the first.

    Each part has times of its own, which continue those before or start again; then its head
    states the start. Without times, rows are counted from the start that the head states.

    Parameters
    ----------
    path : str
        For messages.
    plan : TimePlan
        How times are written.
    fs : float or None
        Sampling rate in Hz; known where there are no times.
    heads : Heads or None
        None for a file of one part.
    n_parts : int
        How many have begun.
    begun : list of (int, Preamble)
        Further parts that began in the rows asked for last: the first row, and what the head says.
    """

    path: str
    plan: TimePlan
    fs: float | None
    heads: Heads | None
    n_parts: int = 1
    begun: list[tuple[int, Preamble]] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)
    _row: int = 0
    _in_part: int = 0
    _last: float = 0.0
    _shift: float = 0.0
    _joined: bool = False

    def __post_init__(self) -> None:
        self._clock = TimeReader(self.plan)

    @property
    def tells_times(self) -> bool:
        """Whether rows have times, of their own or from a head."""
        return bool(self.plan.columns) or (self.heads is not None and not self.heads.refusal)

    def check(self, row: int, heads: Sequence[tuple[int, str]]) -> None:
        """Raise if a further part begins in rows from ``row`` on that cannot be joined."""
        if heads and self.heads is not None and self.heads.refusal:
            first, line = heads[0]
            raise FormatError(
                f"{self.path}, before row {row + first + 1} ({line.strip()[:60]!r}): "
                f"{self.heads.refusal}"
            )

    def seconds(
        self, raw: NDArray[Any] | None, n_rows: int, heads: Sequence[tuple[int, str]]
    ) -> NDArray[np.float64]:
        """Return the seconds of the next rows; ``heads`` are lines of heads before rows."""
        done = 0
        self.begun = []
        parts: list[NDArray[np.float64]] = []
        for row, line in heads:
            if row > done:
                parts.append(self._next(raw, done, row))
                done = row
            self._lines.append(line)
        if n_rows > done:
            parts.append(self._next(raw, done, n_rows))
        return np.concatenate(parts) if parts else np.empty(0)

    def _next(self, raw: NDArray[Any] | None, first: int, stop: int) -> NDArray[np.float64]:
        begins = bool(self._lines)
        if begins:
            self._begin()
        if raw is None:
            assert self.fs is not None
            times = np.arange(self._in_part, self._in_part + stop - first) / self.fs
        else:
            times = self._clock.seconds(raw[first:stop])
        if begins:
            self._place(float(times[0]))
        if self._shift:
            times = times + self._shift
        self._in_part += stop - first
        self._row += stop - first
        self._last = float(times[-1])
        return times

    def _begin(self) -> None:
        """Read the head of the next part, or raise if the part cannot be joined to the first."""
        heads = self.heads
        assert heads is not None
        preamble, self._lines = heads.read(self._lines), []
        self.n_parts += 1
        where = f"{self.path}, row {self._row + 1}"
        if preamble is None:
            raise FormatError(
                f"{where}: the head of a block begins here but is incomplete; complete it in a "
                "copy of the file"
            )
        self.begun.append((self._row, preamble))
        first = heads.first
        if (preamble.fs, preamble.rates) != (first.fs, first.rates):
            raise FormatError(
                f"{where}: a block with {preamble.fs or 0:g} Hz begins here, but the first block "
                f"has {first.fs or 0:g} Hz; export blocks of different rates to separate files"
            )
        if preamble.names != first.names:
            raise FormatError(
                f"{where}: a block with the channels {', '.join(preamble.names)} begins here, but "
                f"the first block has {', '.join(first.names)}; export the blocks to separate files"
            )
        self._joined = preamble.start is None or first.start is None
        if preamble.start is not None and first.start is not None:
            self._shift = (preamble.start - first.start).total_seconds()
        self._clock = TimeReader(self.plan)
        self._in_part = 0

    def _place(self, begin: float) -> None:
        """Decide how the times of the part are moved to the clock of the first part."""
        shift = self._shift
        stamp = self.plan.stamp
        if (
            self._joined
        ):  # no head states a start; if the times start again, the part follows directly
            restarts = begin <= self._last
            self._shift = self._last + 1 / (self.fs or math.inf) - begin if restarts else 0.0
        elif stamp is not None and not stamp.is_clock:
            self._shift = 0.0  # dates need no help
        elif stamp is not None and self.plan.origin_ns:
            self._shift = round((shift - begin) / _DAY) * _DAY  # the day of a time of day
        elif begin > self._last and abs(begin - shift) < abs(begin):
            self._shift = 0.0  # times continue

    def notes(self) -> list[str]:
        """Return the notes about the parts."""
        ends = ["the last block of the file has a head but no rows"] if self._lines else []
        if self.n_parts == 1:
            return ends
        placed = "the heads state no start times, so the blocks follow each other without gaps"
        if not self._joined:
            placed = "the dates in the heads give their times"
        return [f"the file has {self.n_parts} blocks with a head each; {placed}", *ends]
