"""How much a sensor moves, from an accelerometer worn with it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalsLike, signals_of
from vital_widgets.analysis.engine.validity import checked_fs, checked_number, not_enough
from vital_widgets.analysis.signal.windows.window_rows import Rows
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

AXES = 3
MIN_RATE = 8.0  # Hz
PER_G = {"g": 1.0, "m/s2": 9.80665}  # gravity in each of the units
REST = {"g": (0.6, 1.6), "m/s2": (6.0, 16.0)}  # range of the median magnitude, which is gravity


@dataclass(frozen=True, kw_only=True, eq=False)
class Motion(Result, given=("times", "ends"), columns={"time": "times", "end": "ends", "g": "g"}):
    """Intensity of motion in windows.

    Attributes
    ----------
    times, ends : ndarray, shape (n,)
        Start and end of each window in seconds.
    g : ndarray, shape (n,)
        Standard deviation of the magnitude of the acceleration in g; NaN if unknown.
    """

    times: NDArray[np.float64]
    ends: NDArray[np.float64]
    g: NDArray[np.float64]

    def during(self, begin: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the largest motion (g) in each stretch ``[begin, end)``; NaN if unknown."""
        first = np.searchsorted(self.ends, begin, side="right")
        last = np.searchsorted(self.times, end, side="left")
        known = np.append(np.where(np.isfinite(self.g), self.g, -np.inf), -np.inf)
        edges = np.stack([np.minimum(first, len(self.g)), np.maximum(last, first)], 1).ravel()
        largest = np.maximum.reduceat(known, np.minimum(edges, len(self.g)))[::2]
        return np.where((last > first) & np.isfinite(largest), largest, np.nan)

    def _facts(self) -> list[tuple[str, str]]:
        largest = np.max(self.g, where=np.isfinite(self.g), initial=-np.inf)
        return [
            ("median", quantity(median_of(self.g), "g")),
            ("largest", quantity(largest if np.isfinite(largest) else np.nan, "g")),
        ]


@analysis
def motion_intensity(
    x: SignalsLike,
    fs: float | None = None,
    *,
    window_s: float = 2.0,
    units: str | None = None,
    usable: UsableLike = None,
) -> Plan[Any, Motion]:
    """Measure how much a sensor moves, from its three-axis accelerometer.

    Parameters
    ----------
    x : array-like of float, shape (3, n), or sequence of three channels
        Acceleration along x, y and z.
    fs : float, optional
        Sampling rate in Hz, at least 8; required for an array, and the channels' own for
        channels.
    window_s : float
        Length of a window in seconds, on a grid fixed to the start of each run; 2 contains a step.
    units : {'g', 'm/s2'}, optional
        Units of the samples; by default they follow from the magnitude at rest, which is gravity.
    usable : UsableLike, optional
        Where the samples may be used; everywhere by default.

    Returns
    -------
    Motion
        The same to rounding errors however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        There are not three axes, or the magnitude at rest is not gravity in known units.

    Notes
    -----
    The magnitude of the vector does not depend on the orientation of the sensor, and its standard
    deviation in a window does not contain gravity. It is similar to the ENMO of [1]_, the mean of
    ``magnitude - 1 g``, but needs no calibration.

    References
    ----------
    .. [1] van Hees VT, Gorzelniak L, Dean León EC, et al. Separating movement and gravity
       components in an acceleration signal and implications for the assessment of human daily
       physical activity. PLoS ONE 2013;8(4):e61691. doi:10.1371/journal.pone.0061691

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import motion_intensity
    >>> axes = np.zeros((3, 320))
    >>> axes[2] = 1 + 0.2 * np.sin(np.arange(320))
    >>> motion_intensity(axes, fs=32).g.round(2).tolist()
    [0.14, 0.14, 0.14, 0.14, 0.14]
    """
    signals = signals_of(x, fs, usable, count=AXES)
    rate = checked_fs(signals.fs, MIN_RATE, "body movements have frequencies of some Hz")
    window = checked_number(window_s, "window_s", 0.5, 60, unit="s")
    if units is not None and units not in PER_G:
        raise InvalidInputError(f"units={units!r} is not accepted; give 'g' or 'm/s2'")
    n = max(round(window * rate), 2)

    def join(partials: Sequence[NDArray[np.float64]], extent: Extent) -> Motion:
        first, stop, mean, sd = np.concatenate([np.empty((0, 4)), *partials]).T
        times, ends = first, stop
        if len(first):
            times = extent.times(first.astype(np.int64))
            ends = extent.times(stop.astype(np.int64) - 1) + 1 / extent.fs
        rest, notes = median_of(mean), list[str]()
        if np.isnan(rest):
            notes.append(not_enough("no window has samples of all three axes"))
        else:
            sd = sd / PER_G[units or _units_of(rest)]
        return Motion(times=times, ends=ends, g=sd, valid=extent.valid, notes=tuple(notes))

    return Plan(functools.partial(_intensity, n=n), join, grid=n, source=signals)


def _intensity(piece: Piece, n: int) -> NDArray[np.float64]:
    """Return first sample, stop, mean and standard deviation of the magnitude in each window."""
    magnitude = np.sqrt(np.sum(np.square(piece.core_values), axis=0))
    starts = np.arange(0, len(magnitude), n)
    stops = np.minimum(starts + n, len(magnitude))
    padded = np.pad(magnitude, (0, n * len(starts) - len(magnitude)), constant_values=np.nan)
    windows = Rows(padded.reshape(-1, n), piece.fs)
    enough = windows.count >= np.maximum((stops - starts) / 2, 2)
    measured = [np.where(enough, v, np.nan) for v in (windows.mean, np.sqrt(windows.moment(2)))]
    return np.stack([starts + piece.core_first, stops + piece.core_first, *measured], 1)


def _units_of(rest: float) -> str:
    """Return the units in which a magnitude is gravity."""
    for units, (low, high) in REST.items():
        if low <= rest <= high:
            return units
    raise InvalidInputError(
        f"the magnitude at rest is {rest:.4g}, which is gravity neither in g (1) nor in m/s2 "
        "(9.8); give units='g' or units='m/s2', and convert counts of a converter first"
    )
