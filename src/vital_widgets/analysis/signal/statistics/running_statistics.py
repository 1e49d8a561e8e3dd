"""Statistics of a signal that are updated and merged."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.validity import checked_integer, checked_number, checked_signal
from vital_widgets.analysis.signal.statistics.histogram import PowerOfTwoBins
from vital_widgets.analysis.signal.statistics.moments import Moments
from vital_widgets.analysis.signal.statistics.quantiles import Quantiles
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

BLOCK = 1 << 15  # values at a time: their temporaries stay in the cache of a core
MAX_BINS = 512


class RunningStatistics:
    """Count, moments, extremes, quantiles and histogram of a signal that comes in parts.

    It can be updated while a recording grows, merged with the statistics of other parts in any
    order, copied and pickled. Everything is exact, whatever the parts, except quantiles of more
    than 65,536 distinct values: they come from a sketch whose error is `rank_error`.

    Parameters
    ----------
    first : int
        Index of the first sample that will be added.
    max_bins : int
        Largest number of bins of the histogram.

    Attributes
    ----------
    first, stop : int
        Index of the first sample, and the index after the last one.
    count, missing : int
        Number of samples that are numbers, and of those that are NaN or infinite.
    minimum, maximum : float
        Smallest and largest value; NaN without values.
    minimum_at, maximum_at : int
        Index of the first sample with that value; -1 without values.
    moments : Moments
        Mean, variance, skewness and kurtosis.
    histogram : PowerOfTwoBins
        Its ``edges`` and ``counts``.
    quantiles : Quantiles
        Quantiles.

    Examples
    --------
    >>> import numpy as np
    >>> statistics = RunningStatistics()
    >>> statistics.update(np.arange(5.0))
    >>> statistics.update([np.nan, 5.0])
    >>> statistics.count, statistics.missing, statistics.mean, statistics.maximum_at
    (6, 1, 2.5, 6)
    """

    def __init__(self, first: int = 0, *, max_bins: int = MAX_BINS) -> None:
        self.first = self.stop = checked_integer(first, "first")
        self.count = self.missing = 0
        self.minimum = self.maximum = math.nan
        self.minimum_at = self.maximum_at = -1
        self.moments = Moments()
        self.histogram = PowerOfTwoBins(checked_integer(max_bins, "max_bins", 2, 1 << 20))
        self.quantiles = Quantiles()

    def update(self, x: ArrayLike) -> None:
        """Add the samples that follow the previous ones, shape (n,); NaN marks missing ones."""
        samples = checked_signal(x, "x")
        for i in range(0, len(samples), BLOCK):
            block = samples[i : i + BLOCK]
            finite = np.isfinite(block)
            index = None
            if not finite.all():
                index = np.flatnonzero(finite)
                block = block[index]
            self.missing += len(finite) - len(block)
            if len(block):
                low, high = int(np.argmin(block)), int(np.argmax(block))
                at = (low, high) if index is None else (int(index[low]), int(index[high]))
                places = self.stop + at[0], self.stop + at[1]
                self._add_extremes(float(block[low]), float(block[high]), *places)
                self.count += len(block)
                same = block[low] == block[high]  # a constant has exactly no variance
                of_block = Moments(len(block), float(block[low])) if same else Moments.of(block)
                self.moments = self.moments.merged(of_block)
                self.histogram = self.histogram.updated(block)
                self.quantiles.update(block)
            self.stop += len(finite)

    def merge(self, other: RunningStatistics) -> None:
        """Add the samples of another, which stays as it is.

        The indices of both count from the same start: create the statistics of a later part with
        ``first`` set to the index of its first sample.
        """
        if not isinstance(other, RunningStatistics):
            raise InvalidInputError(
                f"{type(other).__name__} cannot be merged; give RunningStatistics"
            )
        if other.histogram.max_bins != self.histogram.max_bins:
            raise InvalidInputError(
                f"statistics with max_bins={other.histogram.max_bins} cannot be merged into "
                f"statistics with max_bins={self.histogram.max_bins}; create both with the same"
            )
        if other is self:
            other = copy.deepcopy(other)
        if other.count:
            places = other.minimum_at, other.maximum_at
            self._add_extremes(other.minimum, other.maximum, *places)
        self.count += other.count
        self.missing += other.missing
        self.moments = self.moments.merged(other.moments)
        self.histogram = self.histogram.merged(other.histogram)
        self.quantiles.merge(other.quantiles)
        self.first = min(self.first, other.first)
        self.stop = max(self.stop, other.stop)

    def copy(self) -> RunningStatistics:
        """Return a copy that can be updated independently."""
        return copy.deepcopy(self)

    @property
    def mean(self) -> float:
        """Mean; NaN without values."""
        return self.moments.mean

    @property
    def variance(self) -> float:
        """Variance with n - 1; NaN of fewer than two values."""
        return self.moments.variance

    @property
    def sd(self) -> float:
        """Standard deviation with n - 1; NaN of fewer than two values."""
        return math.sqrt(self.variance)

    @property
    def skewness(self) -> float:
        """Skewness (g1); NaN of a constant."""
        return self.moments.skewness

    @property
    def kurtosis(self) -> float:
        """Excess kurtosis (g2); NaN of a constant."""
        return self.moments.kurtosis

    @property
    def rank_error(self) -> float:
        """Error in rank of the quantiles, 0 where they are exact."""
        return self.quantiles.rank_error

    def quantile(self, q: float) -> float:
        """Return a quantile from 0 to 1 (0.5 is the median); NaN without values."""
        return float(self.quantiles.at([checked_number(q, "q", 0, 1)])[0])

    def _add_extremes(self, low: float, high: float, low_at: int, high_at: int) -> None:
        if not self.minimum <= low or (self.minimum == low and low_at < self.minimum_at):
            self.minimum, self.minimum_at = low, low_at
        if not self.maximum >= high or (self.maximum == high and high_at < self.maximum_at):
            self.maximum, self.maximum_at = high, high_at

    def __repr__(self) -> str:
        return (
            f"RunningStatistics({self.count:,} values, {self.missing:,} missing, mean "
            f"{self.mean:.6g}, {self.minimum:.6g} to {self.maximum:.6g})"
        )
