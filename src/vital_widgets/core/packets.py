"""Rows in packets that share one time stamp: spaced evenly, with gaps where rows are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.evenpackets import EvenPackets
from vital_widgets.core.lateness import FEW, SEVERAL, STEADY
from vital_widgets.core.packetruns import (
    MISFIT,
    Known,
    Packets,
    advanced,
    from_rows,
    usual_count,
    wanders,
)
from vital_widgets.core.packettimes import timebase_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase

_CONTEXT = STEADY + 2 * SEVERAL  # packets before those to decide
_CHUNK = 4096  # packets that are decided together
_LONGEST_WAIT = 1 << 16  # packets that are examined before one must be decided
_MANY = 0.05  # share of gaps among packets, or of rows by which the grid moves, that is irregular
_WANDERS = 0.4  # share of the usual lag by which the least lags of a clock differ at most
_ROUGH = 1.5  # intervals: usual limit of the lateness of rows with times of their own
_FEWER = 0.99  # of a given rate: a lower rate is not explained by clock error
_STANDS = 4  # a note names packets with this many times the usual number of rows
_ENOUGH = 64  # packets by which it is judged whether they follow a clock


class PacketGrid:
    """Find the even grid of rows that come in packets, each with one time stamp.

    Punctual packets reveal each lost one (`EvenPackets`); for others the lateness is estimated
    (`LatePackets`).

    Parameters
    ----------
    before : TimeBase
        Rows before, each with a time of its own; only their positions are used.
    fs : float, optional
        The sampling rate in Hz if it is known.
    """

    def __init__(self, before: TimeBase, fs: float | None = None) -> None:
        self._late = LatePackets(before, fs)
        self._even = EvenPackets(before, fs)
        self._error: InvalidInputError | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows, those before included."""
        return self._even.n_rows

    def feed(self, times: NDArray[np.float64]) -> None:
        """Take the times of the next rows, which never fall."""
        self._even.feed(times)
        if self._error is None:
            try:
                self._late.feed(times)
            except InvalidInputError as error:
                self._error = error
        if self._error is not None and not self._even.holds:
            raise self._error

    def timebase(self) -> TimeBase:
        """Return the time base of the rows fed so far."""
        base = self._even.timebase()
        if base is None and self._error is not None:
            raise self._error
        return self._late.timebase() if base is None else base

    def notes(self) -> list[str]:
        """Return notes about the times."""
        base = self._even.timebase()
        return self._late.notes() if base is None else [self._even.note(base)]


class LatePackets:
    """Find the even grid of rows in packets, each with one time stamp, that may come late.

    Rows are spaced by the rate. A late packet and the burst that follows it move no row; where
    the least lateness of several packets jumps, there is a gap. Parameters as for `PacketGrid`.
    """

    def __init__(self, before: TimeBase, fs: float | None = None) -> None:
        self._fs = fs
        self._given = None if fs is None else 1 / fs  # interval
        self._n = before.n_samples
        runs = before.starts[before.starts < self._n - 1]
        last = max(self._n - SEVERAL, int(runs[-1]) if len(runs) else 0)
        self._firsts = np.arange(last, self._n, dtype=np.int64)
        self._stamps = before.times(last, self._n)
        self._begun = max(len(self._firsts) - 1, 0)  # the last may have more rows
        self._limit = _CHUNK
        self._known = from_rows(before)
        self._onset = before.start
        self._most, self._first_most = 1, 0
        self._shared = 0
        self._first_shared = 0
        self._found: tuple[Known, TimeBase, list[str]] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows, those before included."""
        return self._n

    @property
    def _rare(self) -> bool:
        """Whether nearly all rows have a time of their own."""
        return self._shared < _MANY * self._n

    def feed(self, times: NDArray[np.float64]) -> None:
        """Take the times of the next rows, which never fall."""
        last = self._stamps[-1] if len(self._stamps) else np.nan
        new = np.diff(times, prepend=last) != 0
        if not self._n:
            self._onset = float(times[0])
        firsts = self._n + np.flatnonzero(new)
        same = len(times) - len(firsts)
        if same and not self._shared:
            self._first_shared = self._n + int((~new).argmax())
        self._shared += same
        before = self._firsts[-1:] if self._n else np.zeros(0, np.int64)
        self._n += len(times)
        begins = np.concatenate([before, firsts])
        counts = np.diff(begins, append=self._n)
        if counts.max() > self._most:
            self._most = int(counts.max())
            self._first_most = int(begins[counts.argmax()])
        self._firsts = np.concatenate([self._firsts, firsts])
        self._stamps = np.concatenate([self._stamps, times[new]])
        while self._begun + self._limit < len(self._stamps):
            self._decide()
        self._found = None
        self._check(self._known)

    def timebase(self) -> TimeBase:
        """Return the time base of the rows fed so far."""
        return self._solution()[1]

    def notes(self) -> list[str]:
        """Return notes about the times."""
        return self._solution()[2]

    def _decide(self) -> None:
        """Decide the next packets, and drop them."""
        stop = self._begun + self._limit
        packets = Packets(self._stamps[:stop], self._firsts[: stop + 1], self._begun)
        forced = self._limit >= _LONGEST_WAIT
        known, decided = advanced(self._known, packets, self._given, final=forced)
        if decided == self._begun:
            self._limit *= 4
            return
        self._known, self._limit = known, _CHUNK
        run = int(np.searchsorted(self._firsts, known.runs[-1]))
        dropped = max(decided - _CONTEXT, min(run, decided - 1), 0)
        self._firsts, self._stamps = self._firsts[dropped:], self._stamps[dropped:]
        self._begun = decided - dropped

    def _solution(self) -> tuple[Known, TimeBase, list[str]]:
        if self._found is None:
            ends = np.append(self._firsts, self._n)
            if len(self._stamps) + self._known.n_packets < 2 and self._given is None:  # noqa: PLR2004
                raise InvalidInputError(
                    f"all {self._n} rows have the same time, so their distance is unknown; "
                    "give fs= in Hz"
                )
            # The last packet may be cut off by the end.
            whole = usual_count(np.diff(ends)[:-1]) if len(ends) > FEW else int(np.diff(ends).max())
            ends[-1] = max(ends[-1], ends[-2] + whole)
            packets = Packets(self._stamps, ends, self._begun)
            known, _ = advanced(self._known, packets, self._given, final=True)
            base, moved = timebase_of(known, self._n, self._onset, self._fs)
            self._check(known, moved)
            self._found = known, base, self._said(known, base, moved)
        return self._found

    def _check(self, known: Known, moved: float = 0.0) -> None:
        """Raise if these are not packets of samples at an even rate."""
        if known.n_packets < _ENOUGH or not known.interval:
            return
        rate = 1 / known.interval
        if self._given is not None:
            if rate * self._given > MISFIT:
                raise InvalidInputError(
                    f"fs={self._fs:g} Hz does not fit the times: they give "
                    f"{rate:.6g} Hz; leave out fs=, or, if the times are wrong, give no time "
                    "column"
                )
            return
        if (
            len(known.runs) - 1 <= _MANY * known.n_packets
            and moved <= max(4 * self._most, _MANY * self._n)
            and not (self._rare and known.rough > _ROUGH * known.interval)
            and (
                known.n_packets < SEVERAL**2
                or wanders(known)
                <= max(1.5 * known.interval, _WANDERS * known.lag, known.usual * known.interval / 4)
            )
        ):
            return
        raise InvalidInputError(
            f"rows share time stamps (row {self._first_shared + 1} has the same time as the row "
            f"before it), and the number of rows in a second varies too much for samples at an "
            f"even rate ({rate:.4g} Hz on average). If they are evenly spaced samples, give "
            "fs= in Hz; if each row is an event or one of several quantities, the table is not a "
            "sampled signal"
        )

    def _said(self, known: Known, base: TimeBase, moved: float) -> list[str]:
        notes = []
        if self._shared:
            if self._rare and self._most == 2:  # noqa: PLR2004
                rows = "1 row has" if self._shared == 1 else f"{self._shared} rows have"
                what = (
                    f"{rows} the time of the row before (the first is row {self._first_shared + 1})"
                )
            else:
                even = (known.n_packets - 2) * self._most <= self._n  # ends may be cut off
                count = f"{self._most}" if even else f"up to {self._most}"
                what = f"{count} samples share one time stamp"
                if self._most > _STANDS * known.usual:
                    what += f" (usually {known.usual}; those from row {self._first_most + 1} on)"
            notes.append(f"{what}; their times were spaced evenly at {base.fs:.6g} Hz")
        if known.latest > max(known.jump, known.usual * known.interval):
            notes.append(
                f"samples came up to {known.latest:.3g} s late and the next ones in a burst; this "
                "is not shown as a gap"
            )
        if known.jump > max(known.usual, 2) * known.interval and known.n_packets > 2:  # noqa: PLR2004
            notes.append(
                f"the delays of the packets vary: missing samples of less than about "
                f"{known.jump:.3g} s cannot be distinguished from such delays"
            )
        drift = abs(known.interval * base.fs - 1) * self._n
        if self._given is not None and drift > max(1.0, known.jump / known.interval):
            rate = 1 / known.interval
            note = (
                f"the time stamps give {rate:.6g} Hz, which differs from the sampling rate of "
                f"{base.fs:g} Hz"
            )
            if rate < _FEWER * base.fs:
                note += (
                    f": {1 - rate / base.fs:.0%} of the samples may be missing, and not all of "
                    "them are shown as gaps"
                )
            notes.append(note)
        elif moved:
            notes.append(f"the clock drifts against {base.fs:.6g} Hz; the times were aligned again")
        return notes
