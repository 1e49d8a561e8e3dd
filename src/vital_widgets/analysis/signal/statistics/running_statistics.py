"""Statistics of a signal that are updated and merged."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_number, checked_signal
from vital_widgets.analysis.signal.statistics.histogram import PowerOfTwoBins
from vital_widgets.analysis.signal.statistics.moments import Moments
from vital_widgets.analysis.signal.statistics.quantiles import Quantiles
from vital_widgets.errors import InvalidInputError

BLOCK = 1 << 15  # values at a time: their temporaries stay in the cache of a core
MOST_BINS = 512


class RunningStatistics:
    """Count, moments, extremes, quantiles and histogram of a signal that comes in parts.

    It can be updated while a recording grows, merged with the statistics of other parts in any
    order, copied and pickled. All of it is exact, whatever the parts, but for the quantiles of more
    than 65,536 distinct values: these come from a sketch whose error `rank_error` says.

    Parameters
    ----------
    first : int
        Index of the first sample that will come.
    max_bins : int
        Largest number of bins of the histogram.

    Attributes
    ----------
    first, stop : int
        Index of the first sample, and the index after the last one.
    count : int
        Number of samples that are numbers.
    missing : int
        Number of samples that are NaN or infinite.
    minimum, maximum : float
        Extremes; NaN without values.
    minimum_at, maximum_at : int
        Index of the first sample with that value; -1 without values.
    moments : Moments
        Mean, variance, skewness and kurtosis.
    histogram : PowerOfTwoBins
        Counts.
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

    def __init__(self, first: int = 0, *, max_bins: int = MOST_BINS) -> None:
        self.first = int(checked_number(first, "first", 0))
        self.count = 0
        self.missing = 0
        self.minimum = self.maximum = math.nan
        self.minimum_at = self.maximum_at = -1
        self.moments = Moments()
        most = int(checked_number(max_bins, "max_bins", 2, 1 << 20))
        self.histogram = PowerOfTwoBins(most)
        self.quantiles = Quantiles()
        self.stop = self.first

    def update(self, values: Any) -> None:
        """Add the samples that follow those before.

        Parameters
        ----------
        values : array-like of float, shape (n,)
            Samples; NaN where there are none.
        """
        samples = checked_signal(values)
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
                self._extremes(float(block[low]), self.stop + at[0], upper=False)
                self._extremes(float(block[high]), self.stop + at[1], upper=True)
                self.count += len(block)
                same = block[low] == block[high]  # a constant has exactly no variance
                of_block = Moments(len(block), float(block[low])) if same else Moments.of(block)
                self.moments = self.moments.merged(of_block)
                self.histogram = self.histogram.updated(block)
                self.quantiles.update(block)
            self.stop += len(finite)

    def merge(self, other: RunningStatistics) -> None:
        """Add the samples of another, which stays as it is.

        The indices of both count from the same start: make the statistics of a later part with
        ``first`` set to the index of its first sample.
        """
        if not isinstance(other, RunningStatistics):
            raise InvalidInputError(
                f"{type(other).__name__} cannot be merged; give RunningStatistics"
            )
        if other.histogram.most != self.histogram.most:
            raise InvalidInputError(
                f"statistics with max_bins={other.histogram.most} cannot be merged into one with "
                f"max_bins={self.histogram.most}; make both alike"
            )
        if other is self:
            other = copy.deepcopy(other)
        if other.count:
            self._extremes(other.minimum, other.minimum_at, upper=False)
            self._extremes(other.maximum, other.maximum_at, upper=True)
        self.count += other.count
        self.missing += other.missing
        self.moments = self.moments.merged(other.moments)
        self.histogram = self.histogram.merged(other.histogram)
        self.quantiles.merge(other.quantiles)
        self.first = min(self.first, other.first)
        self.stop = max(self.stop, other.stop)

    def copy(self) -> RunningStatistics:
        """Return a copy that can be updated by itself."""
        return copy.deepcopy(self)

    @property
    def mean(self) -> float:
        """Mean; NaN without values."""
        return self.moments.mean

    @property
    def variance(self) -> float:
        """Variance with n - 1; NaN with less than two values."""
        return self.moments.variance()

    @property
    def sd(self) -> float:
        """Standard deviation with n - 1; NaN with less than two values."""
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

    def compact(self) -> None:
        """Make the object small, before it is kept or sent."""
        self.quantiles.compact()

    def quantile(self, share: float) -> float:
        """Return the quantile at a share from 0 to 1; NaN without values."""
        return float(self.quantiles.at([checked_number(share, "share", 0, 1)])[0])

    def _extremes(self, value: float, at: int, *, upper: bool) -> None:
        """Take an extreme that is further out, or as far and earlier."""
        if upper:
            if not self.maximum >= value or (self.maximum == value and at < self.maximum_at):
                self.maximum, self.maximum_at = value, at
        elif not self.minimum <= value or (self.minimum == value and at < self.minimum_at):
            self.minimum, self.minimum_at = value, at

    def __repr__(self) -> str:
        """Show count, mean and range."""
        return (
            f"RunningStatistics({self.count:,} values, {self.missing:,} missing, mean "
            f"{self.mean:.6g}, {self.minimum:.6g} to {self.maximum:.6g})"
        )
