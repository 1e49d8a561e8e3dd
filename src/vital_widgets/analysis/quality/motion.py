"""How much a sensor moves, from an accelerometer worn with it."""

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
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

GRAVITY = 9.80665  # m/s²
AXES = 3
AT_ONCE = 1 << 18  # samples of each axis: keeps what is computed from them small
LOWEST_RATE = 8.0
REST_G = (0.6, 1.6)  # median magnitude that is gravity, in g
REST_MS2 = (6.0, 16.0)  # the same in m/s²


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion(Result, given=("times", "ends")):
    """Intensity of motion in windows.

    Attributes
    ----------
    times, ends : ndarray, shape (n,)
        Begin and end of each window in seconds.
    g : ndarray, shape (n,)
        Standard deviation of the magnitude of the acceleration in g; NaN where unknown.
    """

    times: NDArray[np.float64]
    ends: NDArray[np.float64]
    g: NDArray[np.float64]

    def during(self, begin: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the largest motion (g) in each stretch ``[begin, end)``; NaN where unknown."""
        first = np.searchsorted(self.ends, begin, side="right")
        last = np.searchsorted(self.times, end, side="left")
        known = np.append(np.where(np.isfinite(self.g), self.g, -np.inf), -np.inf)
        edges = np.stack([np.minimum(first, len(self.g)), np.maximum(last, first)], 1).ravel()
        largest = np.maximum.reduceat(known, np.minimum(edges, len(self.g)))[::2]
        return np.where((last > first) & np.isfinite(largest), largest, np.nan)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each window: time, end (s), g."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, "end": self.ends, "g": self.g})

    def facts(self) -> list[tuple[str, str]]:
        """Return the typical and the largest motion."""
        known = self.g[np.isfinite(self.g)]
        median = float(np.median(known)) if len(known) else float("nan")
        largest = float(known.max()) if len(known) else float("nan")
        return [("median", quantity(median, "g")), ("largest", quantity(largest, "g"))]


def _plan(fs: float, *, window: float = 2.0, unit: str | None = None) -> Plan[Any, Motion]:
    rate = checked_fs(fs, LOWEST_RATE, "movement of a body has its power up to some Hz")
    seconds = checked_number(window, "window", 0.5, 60, unit="s")
    if unit not in (None, "g", "m/s2"):
        raise InvalidInputError(f"unit={unit!r} is not a unit of acceleration: 'g' or 'm/s2'")
    n = max(round(seconds * rate), 2)
    return Plan(
        functools.partial(_intensity, n=n),
        functools.partial(_join, unit=unit),
        grid=n,
        stacked=True,
        channels=AXES,
    )


@chunked(_plan)
@with_recipe("values", "usable")
def motion_intensity(
    values: Any, fs: float, *, window: float = 2.0, unit: str | None = None, usable: Any = None
) -> Motion:
    """Return how much a sensor moves, from its three-axis accelerometer.

    Parameters
    ----------
    values : array-like of float, shape (3, n)
        Acceleration along x, y and z.
    fs : float
        Sampling rate in Hz.
    window : float
        Seconds of a window, on a grid fixed to the start of each run.
    unit : {'g', 'm/s2'}, optional
        Unit of the samples; by default told from the magnitude at rest, which is gravity.
    usable : optional
        Where the samples may be used.

    Returns
    -------
    Motion
        The same whatever the chunk length, to rounding.

    Notes
    -----
    The magnitude of the vector does not depend on how the sensor lies; its standard deviation in
    a window takes gravity out. After van Hees et al. (2013), PLoS ONE 8:e61691, whose ENMO is the
    mean of ``magnitude - 1 g``; the standard deviation needs no calibration of the 1 g.
    """
    plan = _plan(fs, window=window, unit=unit)
    axes = checked_signal(values, ndim=2)
    if len(axes) != AXES:
        raise InvalidInputError(f"values has the shape {axes.shape}; give three axes: (3, n)")
    rate = checked_fs(fs)
    return run_on_array(plan, only_usable(axes, usable, rate), rate, chunk_samples=AT_ONCE)


def _intensity(piece: Piece, n: int) -> NDArray[np.float64]:
    """Return rows of first sample, stop, mean and standard deviation of the magnitude."""
    begin, end = int(piece.core.start), int(piece.core.stop)
    magnitude = np.sqrt(np.sum(np.square(piece.values[:, begin:end]), axis=0))
    starts = np.arange(0, end - begin, n)
    known = np.isfinite(magnitude)
    filled = np.where(known, magnitude, 0.0)
    count = np.add.reduceat(known, starts, dtype=np.float64)
    mean = np.add.reduceat(filled, starts) / np.maximum(count, 1)
    away = np.where(known, filled - np.repeat(mean, np.diff(np.append(starts, len(filled)))), 0.0)
    spread = np.sqrt(np.add.reduceat(away**2, starts) / np.maximum(count, 1))
    lengths = np.diff(np.append(starts, end - begin))
    enough = count >= np.maximum(lengths / 2, 2)
    first = starts + begin + piece.first
    return np.stack(
        [first, first + lengths, np.where(enough, mean, np.nan), np.where(enough, spread, np.nan)],
        1,
    )


def _join(partials: Sequence[NDArray[np.float64]], extent: Extent, unit: str | None) -> Motion:
    rows = np.concatenate(partials) if partials else np.empty((0, 4))
    first, stop = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    times, ends = (
        (extent.times(first), extent.times(stop - 1) + 1 / extent.fs)
        if len(rows)
        else (rows[:, 0], rows[:, 1])
    )
    known = rows[np.isfinite(rows[:, 2]), 2]
    if not len(known):
        notes = (not_enough("no window has samples of all three axes"),)
        return Motion(times=times, ends=ends, g=rows[:, 3], valid=extent.valid, notes=notes)
    return Motion(times=times, ends=ends, g=rows[:, 3] / _per_g(known, unit), valid=extent.valid)


def _per_g(magnitudes: NDArray[np.float64], unit: str | None) -> float:
    if unit is not None:
        return 1.0 if unit == "g" else GRAVITY
    rest = float(np.median(magnitudes))
    for (low, high), scale in ((REST_G, 1.0), (REST_MS2, GRAVITY)):
        if low <= rest <= high:
            return scale
    raise InvalidInputError(
        f"the magnitude at rest is {rest:.4g}, which is gravity neither in g (1) nor in m/s² (9.8);"
        " give unit='g' or unit='m/s2', and scale counts of a converter first"
    )
