"""Where a signal crosses a level."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Crossings = tuple[NDArray[np.float64], NDArray[np.int8]]

DIRECTIONS = {"both": 0, "up": 1, "down": -1}


@dataclass(frozen=True, kw_only=True, eq=False)
class ZeroCrossings(
    Result, given=("times", "level"), columns={"time": "times", "direction": "direction"}
):
    """Crossings of a level.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds, by linear interpolation between the samples on both sides.
    direction : ndarray of int8, shape (n,)
        1 for upward crossings, -1 for downward ones.
    rate : float
        Crossings per second of valid signal; NaN without signal.
    level : float
        The level, in the units of the signal.
    """

    times: NDArray[np.float64]
    direction: NDArray[np.int8]
    rate: float
    level: float

    def __len__(self) -> int:
        return len(self.times)

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each crossing."""
        texts = np.where(self.direction > 0, "crossing up", "crossing down").tolist()
        return Annotations(self.times, texts, channel=[channel] * len(self))

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("crossings", f"{len(self):,}"),
            ("rate", quantity(self.rate, "per s")),
            ("level", quantity(self.level)),
        ]


@dataclass(frozen=True, eq=False)
class _State:
    """What a piece hands on to the next one; each of one value, or of none."""

    index: NDArray[np.int64]  # of the last sample that is not on the level
    value: NDArray[np.float64]
    side: NDArray[np.int8]  # last side beyond the hysteresis
    crossed: NDArray[np.float64]  # last crossing of the level, in samples; NaN if none


NO_STATE = _State(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int8), np.array([np.nan]))


@analysis
def zero_crossings(
    x: SignalLike,
    fs: float | None = None,
    *,
    level: float = 0.0,
    hysteresis: float = 0.0,
    direction: str = "both",
    usable: UsableLike = None,
) -> Plan[Crossings, ZeroCrossings]:
    """Find where a signal crosses zero, or another level.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Signal; no crossing is found across missing samples (NaN).
    fs, usable
        As for `window_statistics`.
    level : float
        Level in the units of the signal.
    hysteresis : float
        The signal must exceed the level by this amount on both sides for a crossing to count,
        whose time is that of the level itself. Choose it larger than the noise; 0 counts every
        crossing.
    direction : {'both', 'up', 'down'}
        Which crossings to return.

    Returns
    -------
    ZeroCrossings
        Times and directions. The result is exactly the same however the recording is cut into
        pieces.

    Raises
    ------
    InvalidInputError
        A number is out of range, or the direction is unknown.

    Notes
    -----
    A sample exactly on the level belongs to neither side.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import zero_crossings
    >>> t = np.arange(1000) / 100
    >>> zero_crossings(np.sin(2 * np.pi * (t - 0.25)), fs=100, direction="up").times[:3].round(6)
    array([0.25, 1.25, 2.25])
    """
    signal = signal_of(x, fs, usable)
    level = checked_number(level, "level")
    band = checked_number(hysteresis, "hysteresis", 0)
    wanted = DIRECTIONS[checked_choice(direction, "direction", tuple(DIRECTIONS))]
    work = functools.partial(_crossings, level=level, band=band)

    def join(partials: Sequence[Crossings], extent: Extent) -> ZeroCrossings:
        at = np.concatenate([np.empty(0), *(p[0] for p in partials)])
        side = np.concatenate([np.empty(0, np.int8), *(p[1] for p in partials)])
        if wanted:
            at, side = at[side == wanted], side[side == wanted]
        whole = np.floor(at).astype(np.int64)
        seconds = extent.valid.seconds
        return ZeroCrossings(
            times=extent.times(whole) + (at - whole) / extent.fs,
            direction=side,
            rate=len(at) / seconds if seconds else float("nan"),
            level=level,
            valid=extent.valid,
            notes=() if seconds else (not_enough("no valid sample"),),
        )

    return Plan(work, join, carry=True, source=signal)


def _crossings(
    piece: Piece, state: _State | None, *, level: float, band: float
) -> tuple[Crossings, _State | None]:
    old = state or NO_STATE
    x = piece.core_values - level
    part = np.cumsum(np.isnan(x))  # samples of one number have no gap in between
    at = np.flatnonzero(np.abs(x) > 0)
    value = np.concatenate([old.value, x[at]])
    where = np.concatenate([old.index, at + piece.core_first])
    number = np.concatenate([0 * old.index, part[at]])
    side = np.sign(value).astype(np.int8)
    turn = _turns(side, number)
    a, b = value[turn], value[turn + 1]
    times = where[turn] + a / (a - b) * (where[turn + 1] - where[turn])
    # With hysteresis a crossing counts once the far side is reached; its time is the last one.
    far = np.flatnonzero(np.abs(x[at]) > band) + len(old.index)
    before = old.index[: len(old.side)]
    sides = np.concatenate([old.side, side[far]])
    numbers = np.concatenate([0 * before, number[far]])
    over = _turns(sides, numbers) + 1
    known = np.concatenate([old.crossed, times])
    reached = np.concatenate([before, where[far]])[over]
    found = known[np.searchsorted(where[turn + 1], reached, side="right")]
    carried = None
    if len(where) and number[-1] == part[-1]:
        last_side = sides[-1:][numbers[-1:] == part[-1]]
        carried = _State(where[-1:], value[-1:], last_side, known[-1:])
    return (found, sides[over]), carried


def _turns(side: NDArray[np.int8], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each ``i`` whose side differs from that of ``i + 1``, without a gap in between."""
    return np.flatnonzero((side[1:] != side[:-1]) & (number[1:] == number[:-1]))
