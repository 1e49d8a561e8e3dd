"""Which signal represents the whole recording in the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from vital_widgets.core.signalkind import signal_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from vital_widgets.core.channel import Channel
    from vital_widgets.serve.signals import Signals
    from vital_widgets.serve.window import Part

MOST_EXAMINED = 12
WIDTH = 800
CHANGES = 0.01  # least share of the pieces whose values differ from those before
ONE_WAY = 0.9  # of a counter or a ramp, more than this share of the changes go in one direction


class Source(Protocol):
    """The part of a session that is used here."""

    @property
    def channels(self) -> Sequence[Channel]:
        """The channel of each signal."""

    @property
    def signals(self) -> Signals:
        """The signals."""

    def part(self, k: int, t0: float, t1: float, width: int) -> Part:
        """Return the bins of the ``k``-th signal that show a window."""


def overview_signal(session: Source, signals: Sequence[int], duration: float) -> int | None:
    """Return the signal that the overview shows: the first informative one whose kind is known.

    The front end chooses in the same way. Signals whose pyramid is not complete are not examined.

    Parameters
    ----------
    session : Source
        Where the data come from.
    signals : sequence of int
        Indices of the visible signals, in order.
    duration : float
        Duration of the recording in seconds.
    """
    kinds = {k: _kind(session, k) for k in signals}
    ordered = sorted(signals, key=lambda k: kinds[k] == "other")
    for k in ordered[:MOST_EXAMINED]:
        if not session.signals.complete(k):
            return k
        part = session.part(k, 0.0, duration, WIDTH)
        full = part.lo <= part.hi
        low, high = (np.where(full, one, np.nan) for one in (part.lo, part.hi))
        if is_informative(low, high):
            return k
    return ordered[0] if ordered else None


def is_informative(low: ArrayLike, high: ArrayLike) -> bool:
    """Whether a signal says something about the whole recording.

    Parameters
    ----------
    low, high : array_like of float
        Minima and maxima of consecutive pieces; NaN where there is nothing.

    Returns
    -------
    bool
        False for nothing, for a constant, for a status that rarely changes, and for a counter or a
        ramp.
    """
    return _varies(low) or _varies(high)


def _varies(values: ArrayLike) -> bool:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    up = int(np.count_nonzero(known[1:] > known[:-1]))
    down = int(np.count_nonzero(known[1:] < known[:-1]))
    changes = up + down
    return changes >= max(2, CHANGES * len(known)) and max(up, down) <= ONE_WAY * changes


def _kind(session: Source, k: int) -> str:
    lane = session.signals.lane(k)
    channel = session.channels[k]
    return signal_kind(channel.name, channel.units) if lane is None else lane.kind
