"""Edits over beats that stay as they are: applying or undoing one does not touch the others."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vital_widgets.analysis.beats.beat_series import MIN_MS
from vital_widgets.analysis.beats.edit_log import ADD, DELETE, MOVE, NOISE, Edit
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

APART_S = MIN_MS / 1000
ADDED, MOVED, RELABELLED = "added", "moved", "relabelled"


class Edited(NamedTuple):
    """A beat that was edited: its time in seconds, its label, and how it was edited."""

    time: float
    label: str
    how: str


class Undo(NamedTuple):
    """What was there before an edit: of a beat (None if it did not exist); of noise -1."""

    beat: int
    before: Edited | None
    known: bool


class EditOverlay:
    """Beats with edits over them.

    Beats have numbers: those of the original are ``0`` to ``n - 1``, added ones follow.

    Parameters
    ----------
    times : ndarray of float64, shape (n,)
        Times of the original beats in seconds, increasing.
    labels : ndarray of str, shape (n,)
        Their labels.
    tolerance : float
        An edit refers to the beat nearest to its time, at most so many seconds away.
    """

    def __init__(
        self, times: NDArray[np.float64], labels: NDArray[np.str_], tolerance: float
    ) -> None:
        self.times, self.labels, self.tolerance = times, labels, tolerance
        self.changed: dict[int, Edited | None] = {}  # None: deleted
        self.loose: list[tuple[float, int]] = []  # changed beats that exist, in order of time
        self.noise: list[tuple[float, float]] = []
        self._next = len(times)

    def apply(self, edit: Edit, told: Callable[[], str]) -> tuple[Edit, Undo]:
        """Apply an edit; return it with the exact time of its beat, and what undoes it.

        Raises
        ------
        InvalidInputError
            There is no such beat, or there is one already where it should go. ``told`` gives
            the words for the edit in the message. Nothing was changed then.
        """
        if edit.action == NOISE:
            self.noise.append((edit.time, edit.to))
            return edit, Undo(-1, None, known=False)
        if edit.action == ADD:
            self._check_free(edit.time, -1, told)
            beat, self._next = self._next, self._next + 1
            return edit, self._put(beat, Edited(edit.time, edit.label, ADDED))
        beat = self.nearest(edit.time)
        if beat < 0:
            raise InvalidInputError(f"{told()}: {self._why_none(edit.time)}")
        time, label, how = self.state(beat)
        exact = Edit(edit.action, time, edit.to, edit.label)
        if edit.action == DELETE:
            return exact, self._put(beat, None)
        if edit.action == MOVE:
            self._check_free(edit.to, beat, told)
            return exact, self._put(beat, Edited(edit.to, label, how if how == ADDED else MOVED))
        kept = how if how in (ADDED, MOVED) else RELABELLED
        return exact, self._put(beat, Edited(time, edit.label, kept))

    def undo(self, undo: Undo) -> None:
        """Undo the edit that was applied last of those that are not undone."""
        if undo.beat < 0:
            self.noise.pop()
            return
        self._put(undo.beat, undo.before)
        if not undo.known:
            del self.changed[undo.beat]

    def state(self, beat: int) -> Edited:
        """Return a beat that exists."""
        found = self.changed.get(beat)
        if found is not None:
            return found
        return Edited(float(self.times[beat]), str(self.labels[beat]), "")

    def nearest(self, time: float, within: float | None = None, but: int = -1) -> int:
        """Return the number of the beat nearest to a time, of two the earlier; -1 if none is near.

        Parameters
        ----------
        time : float
            Seconds.
        within : float, optional
            Largest distance in seconds; the tolerance by default.
        but : int
            A beat that does not count.
        """
        reach = (self.tolerance if within is None else within) * (1 + 1e-9)
        found = [*self._originals(time, reach, but), *self._loose(time, reach, but)]
        return min(found, default=(0.0, 0.0, -1))[2]

    def noise_at(self, time: float) -> tuple[float, float] | None:
        """Return the stretch of noise that a time lies in."""
        return next((one for one in self.noise if one[0] <= time < one[1]), None)

    def stretches(self) -> Stretches:
        """Return the noise, joined where it overlaps."""
        begin, end = zip(*self.noise, strict=True) if self.noise else ((), ())
        return Stretches(np.array(begin, np.float64), np.array(end, np.float64))

    def _originals(self, time: float, reach: float, but: int) -> Iterator[tuple[float, float, int]]:
        """Give the nearest beats on both sides that are as they were."""
        at = int(np.searchsorted(self.times, time))
        for step, first in ((-1, at - 1), (1, at)):
            beat = first
            while 0 <= beat < len(self.times):
                own = float(self.times[beat])
                if abs(own - time) > reach:
                    break
                if beat not in self.changed and beat != but and self.noise_at(own) is None:
                    yield abs(own - time), own, beat
                    break
                beat += step

    def _loose(self, time: float, reach: float, but: int) -> Iterator[tuple[float, float, int]]:
        at = bisect_left(self.loose, (time, -1))
        for step, first in ((-1, at - 1), (1, at)):
            k = first
            while 0 <= k < len(self.loose) and abs(self.loose[k][0] - time) <= reach:
                own, beat = self.loose[k]
                if beat != but and self.noise_at(own) is None:
                    yield abs(own - time), own, beat
                    break
                k += step

    def _put(self, beat: int, now: Edited | None) -> Undo:
        """Set what is known of a beat, and return what was."""
        known, before = beat in self.changed, self.changed.get(beat)
        if before is not None:
            del self.loose[bisect_left(self.loose, (before.time, beat))]
        if now is not None:
            insort(self.loose, (now.time, beat))
        self.changed[beat] = now
        return Undo(beat, before, known)

    def _check_free(self, time: float, but: int, told: Callable[[], str]) -> None:
        noise = self.noise_at(time)
        if noise is not None:
            raise InvalidInputError(
                f"{told()}: {time:.6g} s lies in the noise from {noise[0]:.6g} to "
                f"{noise[1]:.6g} s, where no beats are used; undo the noise first"
            )
        other = self.nearest(time, APART_S * (1 - 1e-6), but)
        if other >= 0:
            raise InvalidInputError(
                f"{told()}: there is a beat at {self.state(other).time:.6g} s, less than "
                f"{1000 * APART_S:g} ms away; give another time, or edit that beat"
            )

    def _why_none(self, time: float) -> str:
        noise = self.noise_at(time)
        if noise is not None:
            return (
                f"{time:.6g} s lies in the noise from {noise[0]:.6g} to {noise[1]:.6g} s, where no "
                "beats are used"
            )
        close = self.nearest(time, math.inf)
        near = f"; the nearest is at {self.state(close).time:.6g} s" if close >= 0 else ""
        return f"no beat lies within {self.tolerance:g} s of {time:.6g} s{near}"
