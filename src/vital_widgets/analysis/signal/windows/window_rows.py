"""Statistics of many windows at once, one row for each window."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

NAN = float("nan")


class Rows:
    """Windows of samples, shape (k, w), with NaN for missing samples.

    Every statistic uses the valid samples only; differences are taken between neighbours that are
    both valid.
    """

    def __init__(self, values: NDArray[np.float64], fs: float) -> None:
        self.values = values
        self.fs = fs
        self.finite = np.isfinite(values)
        self.complete = bool(self.finite.all())
        self.count = self.finite.sum(axis=1).astype(np.float64)

    @functools.cached_property
    def mean(self) -> Column:
        """Mean of each row."""
        filled = self.values if self.complete else np.where(self.finite, self.values, 0)
        return ratio(filled.sum(axis=1), self.count)

    @functools.cached_property
    def centred(self) -> NDArray[np.float64]:
        """Samples minus the mean of their row, 0 for missing samples."""
        less = self.values - self.mean[:, None]
        return less if self.complete else np.where(self.finite, less, 0)

    def moment(self, power: int) -> Column:
        """Return the central moment, divided by n."""
        product = self.centred
        for _ in range(power - 1):  # faster than a power
            product = product * self.centred
        return ratio(product.sum(axis=1), self.count)

    @functools.cached_property
    def variance(self) -> Column:
        """Second central moment, 0 where it is within the rounding error."""
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
        """Sorted samples, NaN last."""
        return np.asarray(np.sort(self.values, axis=1))


def ratio(a: Column, b: Column) -> Column:
    """Return a / b, NaN where b is not above 0."""
    return np.asarray(np.divide(a, b, out=np.full(np.shape(a), NAN), where=b > 0))


def quantile(rows: Rows, share: float) -> Column:
    """Return the quantile of each row by linear interpolation, as numpy does by default."""
    last = np.maximum(rows.count - 1, 0)
    at = last * share
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, last).astype(np.int64)
    row = np.arange(len(last))
    a, b = rows.ordered[row, low], rows.ordered[row, high]
    return np.asarray(a + (at - low) * (b - a))


def _slope(rows: Rows) -> Column:
    t = np.arange(rows.values.shape[1]) / rows.fs
    t -= t.mean()
    sums, squares = rows.finite @ t, rows.finite @ (t * t)
    return ratio(rows.centred @ t, squares - ratio(sums * sums, rows.count))


def _line_length(rows: Rows) -> Column:
    valid = np.isfinite(rows.steps)
    total = np.where(valid, np.abs(rows.steps), 0).sum(axis=1)
    return np.where(valid.any(axis=1), total, NAN)


def _zero_crossings(rows: Rows) -> Column:
    product = rows.values[:, 1:] * rows.values[:, :-1]
    seconds = np.isfinite(product).sum(axis=1) / rows.fs
    with np.errstate(invalid="ignore"):
        return ratio((product < 0).sum(axis=1).astype(float), seconds)


def _mobility(rows: Rows) -> Column:
    return np.sqrt(ratio(Rows(rows.steps, 1.0).variance, rows.variance)) * rows.fs


def _complexity(rows: Rows) -> Column:
    slope = Rows(rows.steps, 1.0).variance
    bend = Rows(np.diff(rows.steps, axis=1), 1.0).variance
    return ratio(np.sqrt(ratio(bend, slope)), np.sqrt(ratio(slope, rows.variance)))


STATISTICS: dict[str, Callable[[Rows], Column]] = {
    "mean": lambda rows: rows.mean,
    "sd": lambda rows: np.sqrt(ratio(rows.variance * rows.count, rows.count - 1)),
    "min": lambda rows: rows.ordered[:, 0],
    "max": lambda rows: quantile(rows, 1),
    "range": lambda rows: quantile(rows, 1) - rows.ordered[:, 0],
    "median": lambda rows: quantile(rows, 0.5),
    "iqr": lambda rows: quantile(rows, 0.75) - quantile(rows, 0.25),
    "rms": lambda rows: np.sqrt(rows.variance + rows.mean**2),
    "skewness": lambda rows: ratio(rows.moment(3), rows.variance**1.5),
    "kurtosis": lambda rows: ratio(rows.moment(4), rows.variance**2) - 3,
    "slope": _slope,
    "line_length": _line_length,
    "zero_crossings": _zero_crossings,
    "activity": lambda rows: rows.variance,
    "mobility": _mobility,
    "complexity": _complexity,
}
