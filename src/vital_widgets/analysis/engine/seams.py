"""How what neighbouring blocks found is joined, so that no event is lost and none is kept twice.

Two blocks see different surroundings of an event at their border, and may place it on either side
of it. If each kept what it placed in its own core, both could leave the event to the other, or
both could keep it. Therefore a block also hands on what it found around its core, and two blocks
are joined at an event that both found: what comes before it is taken from the first block, what
comes after it from the second. So every event that both found is kept once.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

    Places = NDArray[np.int64] | NDArray[np.float64]


class Core(NamedTuple):
    """The samples that a block answers for, by index in the channel.

    Attributes
    ----------
    run_start : int
        First sample of the run; nothing is joined across the end of a run.
    first, stop : int
        The core is ``first <= i < stop``.
    """

    run_start: int
    first: int
    stop: int

    @classmethod
    def of(cls, piece: Piece, first: int, stop: int) -> Core:
        """Return the core of a block of a piece, given by index in its values."""
        return cls(piece.run_start, piece.first + first, piece.first + stop)

    def near(self, places: Places, reach: float) -> NDArray[np.bool_]:
        """Return which places lie in the core or less than ``reach`` samples from it."""
        return np.asarray((places >= self.first - reach) & (places < self.stop + reach))


def kept_of(
    cores: Sequence[Core],
    places: Sequence[Places],
    spans: Sequence[Places | float],
    reach: float,
    same: float = 0.0,
    *,
    lasting: bool = False,
) -> list[slice]:
    """Return for each block which of its events are kept.

    Parameters
    ----------
    cores : sequence of Core
        Of all blocks, in order.
    places : sequence of ndarray, each of shape (n,)
        Samples of the channel at which each block found events, rising; those at least up to
        ``reach`` from its core are among them.
    spans : sequence of float or ndarray of shape (n,)
        Two marks less than the smaller of their spans apart, in samples, are of one event.
    reach : float
        Samples on either side of a border within which two blocks are joined. If they have no
        event in common there, each keeps what lies in its core.
    same : float
        Samples by which marks of one event may differ without a reason to join elsewhere.
    lasting : bool
        Whether events last until the next one begins. Then the event at which two blocks are joined
        is taken from the second of them, in which it ends where the next begins; otherwise from the
        first, if both place it in the core of the first.
    """
    begin = [int(np.searchsorted(at, core.first)) for core, at in zip(cores, places, strict=True)]
    end = [int(np.searchsorted(at, core.stop)) for core, at in zip(cores, places, strict=True)]
    marks = list(zip(places, spans, strict=True))
    for k, (core, after) in enumerate(itertools.pairwise(cores)):
        if core.run_start == after.run_start:
            seam = _seam(marks[k], marks[k + 1], after.first, reach, same)
            if seam is not None:
                i, j = seam
                own = not lasting and max(places[k][i], places[k + 1][j]) < after.first
                end[k], begin[k + 1] = i + own, j + own
    return [slice(i, j) for i, j in zip(begin, end, strict=True)]


def _seam(
    before: tuple[Places, Places | float],
    after: tuple[Places, Places | float],
    border: int,
    reach: float,
    same: float,
) -> tuple[int, int] | None:
    """Return the event at which two blocks are joined, as its number in either of them.

    It is the one nearest to the border on which both agree, or if they agree on none, that with
    the smallest difference.
    """
    i0 = int(np.searchsorted(before[0], border - reach))
    i1 = int(np.searchsorted(before[0], border + reach))
    j0 = int(np.searchsorted(after[0], border - reach))
    j1 = int(np.searchsorted(after[0], border + reach))
    if i0 == i1 or j0 == j1:
        return None
    a, b = before[0][i0:i1], after[0][j0:j1]
    span_a = np.broadcast_to(before[1], len(before[0]))[i0:i1]
    span_b = np.broadcast_to(after[1], len(after[0]))[j0:j1]
    away = np.abs(a[:, None] - b).astype(np.float64)
    nearest = np.argmin(away, axis=1)
    each = np.arange(len(a))
    differ = away[each, nearest]
    mutual = np.argmin(away, axis=0)[nearest] == each
    one = np.flatnonzero(mutual & (differ < np.minimum(span_a, span_b[nearest])))
    if not len(one):
        return None
    order = np.lexsort((np.abs(a[one] - border), np.maximum(differ[one], same)))
    best = int(one[order[0]])
    return i0 + best, j0 + int(nearest[best])
