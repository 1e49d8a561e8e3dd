"""Tables that begin anew in the middle of a file, below a head of their own."""

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
    """How the heads of further parts look, and what they say.

    Attributes
    ----------
    line : str
        Pattern of a line of a head.
    read : callable
        What the lines of a head say, None if they are none.
    first : Preamble
        What the head of the file says.
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

    Each part has times of its own, which go on from those before or begin anew; then its head
    says when. Where there are no times rows are counted from what the head says.

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
        """Whether rows have times, of their own or by a head."""
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
        """Take what the head of the next part says, or raise if it is of another kind."""
        heads = self.heads
        assert heads is not None
        told, self._lines = heads.read(self._lines), []
        self.n_parts += 1
        where = f"{self.path}, row {self._row + 1}"
        if told is None:
            raise FormatError(f"{where}: lines of a head stand there, and no whole head")
        self.begun.append((self._row, told))
        first = heads.first
        if (told.fs, told.rates) != (first.fs, first.rates):
            raise FormatError(
                f"{where}: another block begins there with {told.fs or 0:g} Hz, and the first has "
                f"{first.fs or 0:g} Hz; export blocks of different rates to files of their own"
            )
        if told.names != first.names:
            raise FormatError(
                f"{where}: another block begins there with the channels {', '.join(told.names)}, "
                f"and the first has {', '.join(first.names)}; export them to files of their own"
            )
        self._joined = told.start is None or first.start is None
        if told.start is not None and first.start is not None:
            self._shift = (told.start - first.start).total_seconds()
        self._clock = TimeReader(self.plan)
        self._in_part = 0

    def _place(self, begin: float) -> None:
        """Decide how times that begin so are moved to the clock of the first part."""
        shift = self._shift
        stamp = self.plan.stamp
        if self._joined:  # no head says when: the part follows at once, if it begins anew
            anew = begin <= self._last
            self._shift = self._last + 1 / (self.fs or math.inf) - begin if anew else 0.0
        elif stamp is not None and not stamp.is_clock:
            self._shift = 0.0  # dates need no help
        elif stamp is not None and self.plan.origin_ns:
            self._shift = round((shift - begin) / _DAY) * _DAY  # the day of a time of day
        elif begin > self._last and abs(begin - shift) < abs(begin):
            self._shift = 0.0  # times go on

    def notes(self) -> list[str]:
        """Return what a person should know about the parts."""
        ends = ["the file ends with the head of a block without rows"] if self._lines else []
        if self.n_parts == 1:
            return ends
        placed = "as no head says when, they follow each other at once"
        if not self._joined:
            placed = "they lie where the dates of their heads say"
        return [f"the file has {self.n_parts} blocks with a head each; {placed}", *ends]
