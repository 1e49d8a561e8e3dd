"""Rows that each have a time: sampling rate, missing rows, jitter, drift."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.plainrate import plain_rate
from vital_widgets.core.timebase import TimeBase, checked_rate
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

OFF_GRID_SHARE = 0.05  # share of rows off the grid above which the times are irregular
LONG = 1.5  # an interval this much longer than the usual one interrupts a stretch
LOOK_AHEAD = 16  # rows by which a gap is distinguished from one late row
STEP = 0.45  # the most that a correction of drift moves the grid, in samples
NOTED_JITTER = 0.01  # deviations below this share of an interval are not worth a note


@dataclass
class _Piece:
    """Rows on one grid: first row's index and time on the grid, and whether a gap lies before."""

    start: int
    onset: float
    after_gap: bool


class EvenGrid:
    """Find the even grid behind the times of rows that come in blocks.

    Missing rows become gaps. A row that lies off the grid by less than half an interval counts
    as jitter. A clock that drifts is followed by moving the grid by less than half an interval
    where needed, so that every row stays within about half an interval of its own time.

    ``fs`` is as for `GridFinder`, which says what rows it gets and when.
    """

    def __init__(self, fs: float | None = None) -> None:
        self._given = None if fs is None else checked_rate(fs)
        self._dt = 0.0 if self._given is None else 1 / self._given
        self._waiting: NDArray[np.float64] = np.empty(0)
        self._checked_rate = False
        self._pieces: list[_Piece] = []
        self._n = 0
        self._before = 0.0
        self._plain = False
        self._off_grid = 0
        self._corrections = 0
        self._jitter = 0.0
        self._span = 0.0  # seconds and intervals of the runs that ended in a gap
        self._intervals = 0
        self._run_start = 0
        self._run_onset = 0.0

    @property
    def n_rows(self) -> int:
        """Number of rows fed so far."""
        return self._n + len(self._waiting)

    @property
    def jitter(self) -> float:
        """Largest distance of a row from the grid, in intervals."""
        return self._jitter

    @property
    def n_moves(self) -> int:
        """Number of places where the grid was moved to follow a clock that drifts."""
        return sum(not piece.after_gap for piece in self._merged())

    def feed(self, times: NDArray[np.float64], first_row: int) -> None:
        """Take the times of the next rows, which rise; or raise if they fit no even grid."""
        block = np.ascontiguousarray(times, np.float64)
        if len(block) == 0:
            return
        first_row -= len(self._waiting)
        block = np.concatenate([self._waiting, block]) if len(self._waiting) else block
        if not self._checked_rate:
            if len(block) < 2:  # noqa: PLR2004 - an interval needs two rows
                self._waiting = block
                return
            self._settle_rate(block)
        self._waiting = np.empty(0)
        self._walk(block, first_row)
        self._refine()

    def timebase(self) -> TimeBase:
        """Return the time base of the rows fed so far.

        A single row has no rate of its own: 1 Hz is taken unless ``fs`` was given.
        """
        if not self._pieces:
            fs = self._given or 1.0
            onset = float(self._waiting[0]) if len(self._waiting) else 0.0
            return TimeBase(fs, len(self._waiting), np.zeros(1, np.int64), np.array([onset]))
        pieces = self._merged()
        starts = [piece.start for piece in pieces]
        onsets: list[float] = []
        end = -np.inf
        for piece, stop in zip(pieces, [*starts[1:], self._n], strict=True):
            # The rate of now must not let a run begin before the one before it ended.
            onsets.append(max(piece.onset, end - STEP * self._dt))
            end = onsets[-1] + (stop - piece.start) * self._dt
        return TimeBase(1 / self._dt, self._n, np.array(starts, np.int64), np.array(onsets))

    def notes(self) -> list[str]:
        """Return notes about the times."""
        notes = []
        if self._given is None and self.n_rows == 1:
            notes.append(
                "one row does not define a sampling rate; 1 Hz is assumed (give fs= in Hz)"
            )
        if self._jitter > NOTED_JITTER:
            late, fs = self._jitter * self._dt, 1 / self._dt
            notes.append(
                f"the times lie up to {late:.3g} s ({self._jitter:.0%} of an interval) off an even "
                f"grid of {fs:.6g} Hz; the samples are shown on the grid"
            )
        moved = self.n_moves
        if moved > 0:
            notes.append(
                f"the clock drifts against {1 / self._dt:.6g} Hz; the times were aligned again at "
                f"{moved} place{'s' if moved > 1 else ''}"
            )
        return notes

    def _settle_rate(self, block: NDArray[np.float64]) -> None:
        """Decide on the interval from the first block, or check the one that was given."""
        intervals = np.diff(block)
        usual = float(np.median(intervals))
        self._checked_rate = True
        if self._given is not None:
            if not 0.5 < usual * self._given < 1.5:  # noqa: PLR2004 - closer to another multiple
                msg = (
                    f"fs={self._given:g} Hz does not fit the times: their steps of {usual:g} s "
                    f"give {1 / usual:.6g} Hz; leave out fs=, or, if the times are wrong, give "
                    "no time column"
                )
                raise InvalidInputError(msg)
            return
        short = intervals < LONG * usual
        dt = float(intervals[short].mean())
        # The longest stretch without a gap gives the rate most exactly.
        edges = np.flatnonzero(np.diff(np.concatenate([[False], short, [False]]).astype(np.int8)))
        firsts, lasts = edges[::2], edges[1::2]
        longest = int(np.argmax(lasts - firsts))
        first, last = int(firsts[longest]), int(lasts[longest])
        count = last - first
        if count > LOOK_AHEAD:
            dt = float(block[last] - block[first]) / count
        residual = (block[first : last + 1] - block[first]) / dt - np.arange(count + 1)
        self._set_rate(1 / dt, count, float(np.abs(residual).max()))

    def _walk(self, t: NDArray[np.float64], first_row: int) -> None:
        """Process a block from one departure from the grid to the next."""
        base = self._n
        before = self._before if self._pieces else float(t[0])
        long = np.flatnonzero(np.diff(t, prepend=before) >= LONG * self._dt)
        if not self._pieces:
            self._begin(0, self._anchor(t[: _next_stop(long, 0, len(t))]), after_gap=True)
        for p in self._departures(t, base, long):
            rows = t[p : _next_stop(long, p, len(t))]
            ahead = self._residual(rows, base + p)
            typical = float(np.median(ahead)) - self._lag(t, p, long, base)
            if typical >= 0.75:  # noqa: PLR2004 - at least one row is missing
                self._off_grid += abs(typical - round(typical)) > 0.25  # noqa: PLR2004
                self._end_run(float(t[p - 1]) if p else self._before, base + p)
                onset = max(self._anchor(rows), self._grid_time(base + p))
                self._begin(base + p, onset, after_gap=True)
            elif abs(typical) <= 0.5 or self._given is not None:  # noqa: PLR2004 - only this row
                self._off_grid += 1
                self._jitter = max(self._jitter, abs(float(ahead[0])))
            else:
                self._off_grid += 1
                self._corrections += 1
                moved = float(np.clip(typical, -STEP, STEP)) * self._dt
                self._begin(base + p, self._grid_time(base + p) + moved, after_gap=False)
            self._check_regular(base + len(t), base + p, first_row + p)
        self._n = base + len(t)
        self._before = float(t[-1])

    def _departures(
        self, t: NDArray[np.float64], base: int, long: NDArray[np.intp]
    ) -> Iterator[int]:
        """Yield the rows that may lie off the grid; the grid may move between two of them.

        Where the rate is given only long intervals count, else every residual above a half.
        """
        if self._given is not None:
            yield from (int(p) for p in long)
            residual = self._residual(t, base) if len(self._pieces) == 1 else np.zeros(1)
            self._jitter = max(self._jitter, float(np.abs(residual).max()))
            return
        position, width = 0, LOOK_AHEAD
        while position < len(t):
            stop = min(position + width, len(t))
            size = np.abs(self._residual(t[position:stop], base + position))
            off = size > 0.5  # noqa: PLR2004
            k = int(off.argmax()) if off.any() else len(size)
            self._jitter = max(self._jitter, float(size[:k].max(initial=0.0)))
            position += k
            if k == len(size):
                width *= 4  # so that the cost depends on the rows examined, not on the block
                continue
            yield position
            position, width = position + 1, LOOK_AHEAD

    def _residual(self, t: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Return how far times of rows from ``first`` on lie behind the grid, in samples."""
        piece = self._pieces[-1]
        grid = np.arange(first - piece.start, first - piece.start + len(t), dtype=np.float64)
        residual: NDArray[np.float64] = (t - piece.onset) / self._dt - grid
        return residual

    def _lag(self, t: NDArray[np.float64], p: int, long: NDArray[np.intp], base: int) -> float:
        """Return the residual just before row ``p``; 0 unless the rate was given."""
        if self._given is None:
            return 0.0
        earlier = long[long < p]
        first = max(p - LOOK_AHEAD, int(earlier[-1]) if len(earlier) else 0)
        if first == p:
            return float(self._residual(np.array([self._before]), base - 1)[0])
        return float(np.median(self._residual(t[first:p], base + first)))

    def _anchor(self, rows: NDArray[np.float64]) -> float:
        """Return the time of the first of some rows, corrected for its jitter if that is large."""
        residual = (rows - rows[0]) / self._dt - np.arange(len(rows))
        typical = float(np.median(residual[np.abs(residual) < 1]))
        return float(rows[0]) + (typical * self._dt if abs(typical) > 0.1 else 0.0)  # noqa: PLR2004

    def _grid_time(self, row: int) -> float:
        piece = self._pieces[-1]
        return piece.onset + (row - piece.start) * self._dt

    def _begin(self, row: int, onset: float, *, after_gap: bool) -> None:
        self._pieces.append(_Piece(row, onset, after_gap))
        if after_gap:
            self._run_start, self._run_onset = row, onset

    def _end_run(self, last: float, stop: int) -> None:
        self._span += last - self._run_onset
        self._intervals += stop - 1 - self._run_start

    def _refine(self) -> None:
        """Refine the rate with all rows so far, unless it is a plain number that fits."""
        if self._given is not None or (self._plain and not self._corrections):
            return
        span = self._span + self._before - self._run_onset
        count = self._intervals + self._n - 1 - self._run_start
        if count > LOOK_AHEAD and span > 0:
            self._set_rate(count / span, count, self._jitter)

    def _set_rate(self, rate: float, count: int, residual: float) -> None:
        plain = plain_rate(rate, count, residual)
        self._plain = plain is not None
        self._dt = 1 / (rate if plain is None else plain)

    def _check_regular(self, n_rows: int, row: int, shown_row: int) -> None:
        if self._given is not None or self._off_grid <= max(1.0, OFF_GRID_SHARE * n_rows):
            return
        msg = (
            f"the times are irregular: more than {OFF_GRID_SHARE:.0%} of the rows lie off an even "
            f"grid of {1 / self._dt:.6g} Hz (row {shown_row}, for example: "
            f"{self._grid_time(row):.6g} s on the grid). If the rows are evenly spaced samples "
            "with inaccurate times, give fs= in Hz; if they are unevenly spaced, resample them "
            "first"
        )
        raise InvalidInputError(msg)

    def _merged(self) -> list[_Piece]:
        """Return the pieces at the present rate, without needless corrections, none above STEP."""
        merged: list[_Piece] = []
        known = 0  # the last row whose time is known
        for piece in self._pieces:
            if piece.after_gap:
                merged.append(piece)
            else:
                run = merged[-1]
                off = piece.onset - run.onset - (piece.start - run.start) * self._dt
                moves = math.ceil(abs(off) / (STEP * self._dt) - 1e-9) if abs(off) > 0 else 0
                moves = 0 if moves == 1 and abs(off) < STEP / 2 * self._dt else moves
                moves = min(moves, piece.start - known)
                for k in range(1, moves + 1):
                    row = known + (piece.start - known) * k // moves
                    onset = run.onset + (row - run.start) * self._dt + off * k / moves
                    merged.append(_Piece(row, onset, after_gap=False))
            known = piece.start
        return merged


def _next_stop(long: NDArray[np.intp], p: int, n: int) -> int:
    """Return where the look ahead from row ``p`` ends: at the next long interval at the latest."""
    later = int(np.searchsorted(long, p, side="right"))
    stop = min(p + LOOK_AHEAD, n)
    return min(stop, int(long[later])) if later < len(long) else stop
