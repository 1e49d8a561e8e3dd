"""Statistics of many windows at once, each a row."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NAN = float("nan")


class Rows:
    """Windows of samples, shape (k, w), with NaN where there are none.

    Every statistic is that of the samples that are numbers; differences are taken only between
    neighbours that both are.
    """

    def __init__(self, values: NDArray[np.float64], fs: float) -> None:
        self.values = values
        self.fs = fs

    @functools.cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Which samples are numbers."""
        return np.asarray(np.isfinite(self.values))

    @functools.cached_property
    def complete(self) -> bool:
        """Whether all are."""
        return bool(self.finite.all())

    @functools.cached_property
    def count(self) -> NDArray[np.float64]:
        """Number of valid samples."""
        return np.asarray(self.finite.sum(axis=1), np.float64)

    @functools.cached_property
    def mean(self) -> NDArray[np.float64]:
        """Mean."""
        filled = self.values if self.complete else np.where(self.finite, self.values, 0)
        return ratio(filled.sum(axis=1), self.count)

    @functools.cached_property
    def centred(self) -> NDArray[np.float64]:
        """Samples less the mean of their row, 0 where there are none."""
        less = self.values - self.mean[:, None]
        return less if self.complete else np.where(self.finite, less, 0)

    def moment(self, power: int) -> NDArray[np.float64]:
        """Central moment, divided by n."""
        return ratio((self.centred**power).sum(axis=1), self.count)

    @functools.cached_property
    def variance(self) -> NDArray[np.float64]:
        """Second central moment, 0 where rounding alone makes it differ from 0."""
        second = self.moment(2)
        with np.errstate(invalid="ignore"):
            rounding = (4 * np.finfo(float).eps * self.mean) ** 2
            return np.asarray(np.where(second <= rounding, 0 * second, second))

    @functools.cached_property
    def steps(self) -> NDArray[np.float64]:
        """Differences between neighbours, NaN where one is missing."""
        return np.asarray(np.diff(self.values, axis=1))

    @functools.cached_property
    def ordered(self) -> NDArray[np.float64]:
        """Samples in order, NaN last."""
        return np.asarray(np.sort(self.values, axis=1))


def ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a / b, NaN where b is not above 0."""
    out = np.full(np.shape(a), NAN)
    return np.asarray(np.divide(a, b, out=out, where=b > 0))


def quantile(rows: Rows, share: float) -> NDArray[np.float64]:
    """Quantile by linear interpolation, as numpy has it by default."""
    last = rows.count - 1
    at = np.maximum(last, 0) * share
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(last, 0)).astype(np.int64)
    row = np.arange(len(rows.values))
    a, b = rows.ordered[row, low], rows.ordered[row, high]
    return np.asarray(a + (at - low) * (b - a))


def _sd(rows: Rows) -> NDArray[np.float64]:
    return np.sqrt(ratio(rows.variance * rows.count, rows.count - 1))


def _rms(rows: Rows) -> NDArray[np.float64]:
    return np.sqrt(rows.variance + rows.mean**2)


def _slope(rows: Rows) -> NDArray[np.float64]:
    t = np.arange(rows.values.shape[1]) / rows.fs
    if rows.complete:
        x = np.broadcast_to(t - t.mean(), rows.values.shape)
    else:
        middle = ratio((rows.finite * t).sum(axis=1), rows.count)
        x = np.where(rows.finite, t - middle[:, None], 0)
    return ratio((x * rows.centred).sum(axis=1), (x * x).sum(axis=1))


def _line_length(rows: Rows) -> NDArray[np.float64]:
    there = np.isfinite(rows.steps)
    total = np.where(there, np.abs(rows.steps), 0).sum(axis=1)
    return np.where(there.any(axis=1), total, NAN)


def _zero_crossings(rows: Rows) -> NDArray[np.float64]:
    product = rows.values[:, 1:] * rows.values[:, :-1]
    seconds = np.isfinite(product).sum(axis=1) / rows.fs
    with np.errstate(invalid="ignore"):
        return ratio((product < 0).sum(axis=1).astype(float), seconds)


def _variance_of(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return Rows(x, 1.0).variance


def _mobility(rows: Rows) -> NDArray[np.float64]:
    return np.sqrt(ratio(_variance_of(rows.steps), rows.variance)) * rows.fs


def _complexity(rows: Rows) -> NDArray[np.float64]:
    slope = _variance_of(rows.steps)
    bend = _variance_of(np.diff(rows.steps, axis=1))
    return ratio(np.sqrt(ratio(bend, slope)), np.sqrt(ratio(slope, rows.variance)))


def _max(rows: Rows) -> NDArray[np.float64]:
    last = np.maximum(rows.count - 1, 0).astype(np.int64)
    return np.asarray(rows.ordered[np.arange(len(last)), last])


STATISTICS: dict[str, Callable[[Rows], NDArray[np.float64]]] = {
    "mean": lambda rows: rows.mean,
    "sd": _sd,
    "min": lambda rows: rows.ordered[:, 0],
    "max": _max,
    "range": lambda rows: _max(rows) - rows.ordered[:, 0],
    "median": lambda rows: quantile(rows, 0.5),
    "iqr": lambda rows: quantile(rows, 0.75) - quantile(rows, 0.25),
    "rms": _rms,
    "skewness": lambda rows: ratio(rows.moment(3), rows.variance**1.5),
    "kurtosis": lambda rows: ratio(rows.moment(4), rows.variance**2) - 3,
    "slope": _slope,
    "line_length": _line_length,
    "zero_crossings": _zero_crossings,
    "activity": lambda rows: rows.variance,
    "mobility": _mobility,
    "complexity": _complexity,
}
