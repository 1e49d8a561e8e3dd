"""Where a signal crosses a level."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

DIRECTIONS = {"both": 0, "up": 1, "down": -1}
PIECE = 1 << 20  # samples at a time


@dataclass(frozen=True, kw_only=True, eq=False)
class ZeroCrossings(Result, given=("times", "level")):
    """Crossings of a level.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds, by a straight line between the samples on both sides.
    direction : ndarray of int8, shape (n,)
        1 upwards, -1 downwards.
    rate : float
        Crossings a second of valid signal; NaN without signal.
    level : float
        The level.
    """

    times: NDArray[np.float64]
    direction: NDArray[np.int8]
    rate: float
    level: float

    def __len__(self) -> int:
        """Return the number of crossings."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a crossing: time (s) and direction."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, "direction": self.direction})

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each crossing."""
        texts = np.where(self.direction > 0, "crossing up", "crossing down").tolist()
        return Annotations(self.times, texts, channel=[channel] * len(self))

    def facts(self) -> list[tuple[str, str]]:
        """Return the number and the rate."""
        return [
            ("crossings", f"{len(self):,}"),
            ("rate", quantity(self.rate, "per s")),
            ("level", quantity(self.level)),
        ]


@dataclass(frozen=True)
class _State:
    """What the last samples of a piece leave open."""

    index: int  # of the last sample off the level
    value: float
    side: int  # last side beyond the hysteresis, 0 if none yet
    crossed: float  # the last plain crossing, in samples; NaN if none


def plan_crossings(
    fs: float, *, level: float = 0.0, hysteresis: float = 0.0, direction: str = "both"
) -> Plan[Any, ZeroCrossings]:
    """Return the plan of `zero_crossings`."""
    checked_fs(fs)
    level = checked_number(level, "level")
    band = checked_number(hysteresis, "hysteresis", 0)
    wanted = DIRECTIONS[checked_choice(direction, "direction", tuple(DIRECTIONS))]
    work = functools.partial(_crossings, level=level, band=band)
    return Plan(work, functools.partial(_joined, level=level, wanted=wanted), carry=True)


@chunked(plan_crossings)
@with_recipe("values")
def zero_crossings(
    values: Any,
    fs: float,
    *,
    level: float = 0.0,
    hysteresis: float = 0.0,
    direction: str = "both",
    usable: Any = None,
) -> ZeroCrossings:
    """Find where a signal crosses zero, or another level.

    In pieces it gives exactly the same.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN is a boundary, and no crossing is told across one.
    fs : float
        Sampling rate in Hz.
    level : float
        The level, in the unit of the values.
    hysteresis : float
        The signal must go this far beyond the level on both sides for a crossing to count; its
        time is that of the level. Set it above the noise.
    direction : str
        'both', 'up' or 'down'.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.
    """
    rate = checked_fs(fs)
    plan = plan_crossings(rate, level=level, hysteresis=hysteresis, direction=direction)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=PIECE)


def _crossings(
    piece: Piece, state: _State | None, *, level: float, band: float
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int8]], _State | None]:
    x = piece.core_values - level
    part = np.cumsum(np.isnan(x))  # signal of one number is without a gap
    at = np.flatnonzero(np.abs(x) > 0)
    value, where, number = x[at], at + piece.core_first, part[at]
    new = 0
    if state is not None:
        new = 1
        value = np.concatenate([[state.value], value])
        where = np.concatenate([[state.index], where])
        number = np.concatenate([[0], number])
    side = np.sign(value).astype(np.int8)
    turn = _turns(side, number)
    a, b = value[turn], value[turn + 1]
    times = where[turn] + a / (a - b) * (where[turn + 1] - where[turn])
    # With hysteresis a crossing counts once the far side is reached; its time is the last one.
    far = np.flatnonzero(np.abs(value[new:]) > band) + new
    sides, numbers, reached = side[far], number[far], where[far]
    if state is not None and state.side:
        sides = np.concatenate([[np.int8(state.side)], sides])
        numbers = np.concatenate([[0], numbers])
        reached = np.concatenate([[state.index], reached])
    over = _turns(sides, numbers) + 1
    known = np.concatenate([[state.crossed if state is not None else np.nan], times])
    found = known[np.searchsorted(where[turn + 1], reached[over], side="right")]
    carried = None
    if len(where) and number[-1] == part[-1]:
        last_side = int(sides[-1]) if len(sides) and numbers[-1] == part[-1] else 0
        carried = _State(int(where[-1]), float(value[-1]), last_side, float(known[-1]))
    return (np.asarray(found), sides[over]), carried


def _turns(side: NDArray[np.int8], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each ``i`` whose side differs from that of ``i + 1``, without a gap in between."""
    return np.flatnonzero((side[1:] != side[:-1]) & (number[1:] == number[:-1]))


def _joined(
    partials: Sequence[tuple[NDArray[np.float64], NDArray[np.int8]]],
    extent: Extent,
    *,
    level: float,
    wanted: int,
) -> ZeroCrossings:
    at = np.concatenate([p[0] for p in partials]) if partials else np.empty(0)
    way = np.concatenate([p[1] for p in partials]) if partials else np.empty(0, np.int8)
    if wanted:
        at, way = at[way == wanted], way[way == wanted]
    whole = np.floor(at).astype(np.int64)
    times = extent.times(whole) + (at - whole) / extent.fs if len(at) else np.empty(0)
    seconds = extent.valid.seconds
    note = () if seconds else (not_enough("no sample is a number that may be used"),)
    return ZeroCrossings(
        times=times,
        direction=way,
        rate=len(times) / seconds if seconds else float("nan"),
        level=level,
        valid=extent.valid,
        notes=note,
    )
