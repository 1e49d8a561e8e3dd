"""A series to measure, where it is interrupted, and a single measure of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.beats.beat_series import EQUAL_MS, Intervals, intervals_of
from vital_widgets.analysis.engine.plan import Extent
from vital_widgets.analysis.engine.result import NOTHING, Result, quantity
from vital_widgets.analysis.engine.source import signal_of, signals_of
from vital_widgets.analysis.engine.validity import ValidSignal, finite_stretches, not_enough
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import IntervalsLike
    from vital_widgets.analysis.engine.source import SignalLike, Source
    from vital_widgets.analysis.engine.stretches import UsableLike

SeriesLike: TypeAlias = "SignalLike | IntervalsLike"


@dataclass(frozen=True, eq=False)
class Series:
    """Values, and which of them follow each other.

    Attributes
    ----------
    values : ndarray of float64, shape (..., n)
        The valid values.
    stretch : ndarray of int64, shape (n,)
        Values ``i`` and ``i + 1`` follow each other if and only if their numbers are equal.
    valid : ValidSignal
        How many seconds they cover, where that is known.
    resolution : float
        Values that differ by no more are equal: rounding errors of differences of times.
    fs : float
        Values per second; 1 where that is not known.
    """

    values: NDArray[np.float64]
    stretch: NDArray[np.int64]
    valid: ValidSignal = NOTHING
    resolution: float = 0.0
    fs: float = 1.0

    def __len__(self) -> int:
        return len(self.stretch)

    @property
    def constant(self) -> bool:
        """Whether all values are equal."""
        return not len(self) or bool(np.ptp(self.values) <= self.resolution)

    def bounds(self) -> NDArray[np.int64]:
        """Return the stretches as rows ``(i0, i1)``, shape (k, 2)."""
        edges = np.flatnonzero(np.diff(self.stretch, prepend=-1, append=-1))
        return np.stack([edges[:-1], edges[1:]], axis=1)

    def starts(self, span: int) -> NDArray[np.int64]:
        """Return each ``i`` for which values ``i`` to ``i + span`` lie in one stretch."""
        return np.flatnonzero(self.stretch[: max(len(self) - span, 0)] == self.stretch[span:])

    def templates(self, starts: NDArray[np.int64], m: int, delay: int) -> NDArray[np.float64]:
        """Return the vectors of ``m`` values, ``delay`` apart, from ``starts``; shape (k, m)."""
        return np.asarray(self.values[starts[:, None] + delay * np.arange(m)])

    def part(self, i0: int, i1: int) -> Series:
        """Return values ``i0 <= i < i1``."""
        return Series(self.values[i0:i1], self.stretch[i0:i1], resolution=self.resolution)


def series_of(x: SeriesLike, fs: float | None = None, usable: UsableLike = None) -> Series:
    """Return a series of samples, or of the intervals of beats in ms; NaN and gaps interrupt it.

    Without ``fs``, durations are not known, and ``usable`` must be one boolean for each sample.
    """
    if isinstance(x, Intervals) or callable(getattr(x, "intervals", None)):
        if usable is not None:
            raise InvalidInputError(
                "usable selects samples of a signal, but intervals were given; use "
                "intervals.where(mask) instead"
            )
        return of_intervals(intervals_of(x))
    timed = _is_timed(x, fs, usable)
    return _of_source(signal_of(x, fs if timed else 1.0, usable), timed=timed)


def paired_series(
    x: SignalLike, y: SignalLike, fs: float | None, usable: UsableLike, names: tuple[str, str]
) -> Series:
    """Return two signals with the same sample times as one series, values of shape (2, n)."""
    timed = _is_timed(x, fs, usable)
    source = signals_of([x, y], fs if timed else 1.0, usable, names=names)
    return _of_source(source, timed=timed)


def of_intervals(intervals: Intervals) -> Series:
    """Return the series of intervals in ms."""
    return Series(intervals.ms, intervals.stretch, intervals.valid, EQUAL_MS)


def _is_timed(x: SeriesLike, fs: float | None, usable: UsableLike) -> bool:
    """Return whether sample times are known; raise if ``usable`` needs them and they are not."""
    if fs is not None or isinstance(x, Channel) or hasattr(x, "extent"):
        return True
    if usable is not None and not isinstance(usable, (np.ndarray, list, tuple)):
        raise InvalidInputError("fs is missing: usable= in seconds needs the sampling rate in Hz")
    return False


def _of_source(source: Source, *, timed: bool) -> Series:
    values = source.values()
    kept = np.isfinite(values).all(axis=0) if source.several else np.isfinite(values)
    breaks = np.asarray(~kept, np.int64)
    breaks[[start for start, _ in source.runs()[1:]]] += 1
    valid = Extent(source.timebase, finite_stretches(values)).valid if timed else NOTHING
    return Series(values[..., kept], np.cumsum(breaks)[kept], valid, fs=source.fs)


@dataclass(frozen=True, kw_only=True, eq=False)
class Complexity(Result):
    """A single measure of a series; ``float(result)`` is its value.

    Attributes
    ----------
    name : str
        Name of the measure.
    value : float
        Its value; NaN if there were too few values, or if it is not defined for them.
    units : str
        Its units; empty for a dimensionless number.
    n : int
        Number of values of the series.
    details : mapping of str to number, str or array
        Intermediate results: a tolerance, counts, points of a fit.
    """

    name: str
    value: float
    units: str = ""
    n: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)

    def __float__(self) -> float:
        return self.value

    def _single(self) -> dict[str, int | float | str]:
        return {k: v for k, v in self.details.items() if isinstance(v, (int, float, str))}

    def to_frame(self) -> pd.DataFrame:
        """Return one row: name, value, units, n, and the details that are single values."""
        import pandas as pd

        row = {"name": self.name, "value": self.value, "units": self.units, "n": self.n}
        return pd.DataFrame([{**row, **self._single()}])

    def _facts(self) -> list[tuple[str, str]]:
        details = [
            (key.replace("_", " "), one if isinstance(one, str) else quantity(one))
            for key, one in self._single().items()
        ]
        return [(self.name, quantity(self.value, self.units)), ("values", f"{self.n:,}"), *details]


def measured(
    name: str, value: float, series: Series, note: str | None, units: str = "", **details: Any
) -> Complexity:
    """Return a measure of a series."""
    return Complexity(
        name=name,
        value=value,
        units=units,
        n=len(series),
        details=details,
        valid=series.valid,
        notes=(note,) if note else (),
    )


def rising_numbers(
    value: Iterable[float], name: str, low: float, fewest: int, expected: str, *, whole: bool = True
) -> NDArray[np.float64]:
    """Return different numbers from ``low`` on, in order, or raise `InvalidInputError`."""
    try:
        listed = np.unique(np.asarray(list(value), np.float64))
    except (TypeError, ValueError):
        listed = np.empty(0)
    finite = bool(np.all(np.isfinite(listed)))
    if len(listed) < fewest or not finite or listed[0] < low or (whole and np.any(listed % 1)):
        raise InvalidInputError(f"{name}={value!r}: give {fewest} or more different {expected}")
    return listed


def shannon_entropy(counts: NDArray[np.int64]) -> float:
    """Return the entropy of counted states, in nats."""
    p = counts[counts > 0] / counts.sum()
    return -float(np.sum(p * np.log(p))) + 0.0


def slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the slope of the least-squares line."""
    x = x - x.mean()
    return float(x @ y / (x @ x))


def too_little(series: Series, needed: int, what: str) -> str | None:
    """Return a note if a series cannot give ``what``: too few values, or all are equal."""
    if len(series) < needed:
        return not_enough(f"{what} needs at least {needed} values, and there are {len(series)}")
    if series.constant:
        return not_enough(f"all values are equal, and {what} is not defined")
    return None
