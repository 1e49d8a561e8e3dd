"""Statistics of a signal, over an array or a whole recording."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.statistics.running_statistics import MOST_BINS, RunningStatistics
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalStatistics(Result, given=("shares", "edges")):
    """Statistics of the samples of a signal.

    Attributes
    ----------
    count, missing : int
        Samples that are numbers, and samples that are NaN, infinite or may not be used. What a gap
        of a recording leaves out was never sampled and is not counted.
    mean, sd, variance, rms : float
        Mean, standard deviation and variance (n - 1), and root mean square.
    skewness, kurtosis : float
        g1 and g2 (excess), not corrected for bias; NaN of a constant.
    minimum, maximum : float
        Extremes.
    minimum_time, maximum_time : float
        Time in seconds of the first sample with that value.
    shares, quantiles : ndarray of float64, shape (k,)
        Shares from 0 to 1, and the values below which these shares of the samples lie.
    rank_error : float
        Error in rank of the quantiles at 99 % confidence: 0 if they are exact.
    edges : ndarray of float64, shape (bins + 1,)
        Edges of the histogram, in the unit of the signal.
    histogram : ndarray of int64, shape (bins,)
        Samples in each bin ``[edges[i], edges[i + 1])``.
    running : RunningStatistics
        What can be updated or merged with that of other signals; take a copy.
    unit : str
        Unit of the signal, for showing.
    """

    count: int
    missing: int
    mean: float
    sd: float
    variance: float
    rms: float
    skewness: float
    kurtosis: float
    minimum: float
    maximum: float
    minimum_time: float
    maximum_time: float
    shares: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    rank_error: float
    edges: NDArray[np.float64]
    histogram: NDArray[np.int64]
    running: RunningStatistics
    unit: str = ""

    def quantile(self, share: float) -> float:
        """Return the quantile at any share from 0 to 1."""
        return self.running.quantile(share)

    @property
    def median(self) -> float:
        """Quantile at 0.5."""
        return self.quantile(0.5)

    @property
    def interquartile_range(self) -> float:
        """Distance between the quantiles at 0.25 and 0.75."""
        return self.quantile(0.75) - self.quantile(0.25)

    def to_frame(self) -> pd.DataFrame:
        """Return one row with all figures; quantiles as ``q0.05``."""
        import pandas as pd

        names = (
            *("count", "missing", "mean", "sd", "variance", "rms", "skewness", "kurtosis"),
            *("minimum", "minimum_time", "maximum", "maximum_time"),
        )
        row = {name: getattr(self, name) for name in names}
        row |= {
            f"q{share:g}": value
            for share, value in zip(self.shares.tolist(), self.quantiles.tolist(), strict=True)
        }
        return pd.DataFrame([{**row, "rank_error": self.rank_error}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the main figures."""
        error = f" (rank ± {100 * self.rank_error:.2g} %)" if self.rank_error else ""
        low = f"{quantity(self.minimum, self.unit)} at {quantity(self.minimum_time, 's', 8)}"
        high = f"{quantity(self.maximum, self.unit)} at {quantity(self.maximum_time, 's', 8)}"
        return [
            ("samples", f"{self.count:,}, {self.missing:,} missing"),
            ("mean", quantity(self.mean, self.unit)),
            ("standard deviation", quantity(self.sd, self.unit)),
            ("median", quantity(self.median, self.unit) + error),
            ("minimum", low),
            ("maximum", high),
            ("skewness, kurtosis", f"{quantity(self.skewness)}, {quantity(self.kurtosis)}"),
        ]


def piece_statistics(piece: Piece, max_bins: int) -> RunningStatistics:
    """Return the statistics of the core of a piece."""
    running = RunningStatistics(piece.core_first, max_bins=max_bins)
    running.update(piece.core_values)
    running.compact()
    return running


def join_statistics(
    partials: Sequence[RunningStatistics],
    extent: Extent,
    *,
    shares: tuple[float, ...],
    max_bins: int,
    unit: str,
) -> SignalStatistics:
    """Merge the statistics of all pieces."""
    running = RunningStatistics(max_bins=max_bins)
    for partial in partials:
        running.merge(partial)
    notes = []
    lowest = highest = math.nan
    if running.count:
        at = np.array([running.minimum_at, running.maximum_at], np.int64)
        lowest, highest = extent.times(at).tolist()
    else:
        notes.append(not_enough("no sample is a number"))
    if running.missing:
        notes.append(f"{running.missing:,} missing samples are left out")
    if running.count and running.minimum == running.maximum:
        notes.append("the signal is constant: skewness and kurtosis do not exist")
    return SignalStatistics(
        count=running.count, missing=running.missing, mean=running.mean, sd=running.sd,
        variance=running.variance, rms=running.moments.root_mean_square,
        skewness=running.skewness, kurtosis=running.kurtosis, minimum=running.minimum,
        maximum=running.maximum, minimum_time=lowest, maximum_time=highest,
        shares=np.array(shares), quantiles=running.quantiles.at(shares),
        rank_error=running.rank_error, edges=running.histogram.edges,
        histogram=running.histogram.counts, running=running, unit=unit, valid=extent.valid,
        notes=tuple(notes),
    )  # fmt: skip


def plan_statistics(
    fs: float,
    *,
    shares: Sequence[float] = SHARES,
    max_bins: int = MOST_BINS,
    unit: str = "",
) -> Plan[RunningStatistics, SignalStatistics]:
    """Return how statistics run over a recording."""
    checked_fs(fs)
    chosen = checked_signal(shares, "shares")
    if np.any(~((chosen >= 0) & (chosen <= 1))):
        raise InvalidInputError(f"shares={shares!r} must lie from 0 to 1: 0.5 is the median")
    most = int(checked_number(max_bins, "max_bins", 2, 1 << 20))
    return Plan(
        functools.partial(piece_statistics, max_bins=most),
        functools.partial(join_statistics, shares=tuple(chosen.tolist()), max_bins=most, unit=unit),
    )


@chunked(plan_statistics)
@with_recipe("values")
def signal_statistics(
    values: Any,
    fs: float,
    *,
    shares: Sequence[float] = SHARES,
    max_bins: int = MOST_BINS,
    unit: str = "",
    usable: Any = None,
) -> SignalStatistics:
    """Return count, moments, extremes, quantiles and histogram of a signal.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    shares : sequence of float
        Shares from 0 to 1 at which quantiles are given.
    max_bins : int
        Largest number of bins of the histogram. Their width is a power of two, the smallest that
        covers the range with so many.
    unit : str
        Unit of the signal, for showing.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    SignalStatistics
        Over a recording the same as on the whole array whatever the length of the pieces: counts,
        extremes and histogram exactly, mean and variance to 1e-12, skewness and kurtosis to 1e-10.
        Quantiles are exact for up to 65,536 distinct values: for any 16-bit recording. Those of
        more come from a random sketch, on an array too: each call may give another value within the
        rank error.

    References
    ----------
    Chan TF, Golub GH, LeVeque RJ. Am Stat 1983;37:242-247. Pébay P. Sandia Report SAND2008-6212.
    Karnin Z, Lang K, Liberty E. FOCS 2016:71-78 (the KLL sketch, here of Apache DataSketches).
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_statistics(rate, shares=shares, max_bins=max_bins, unit=unit)
    return run_on_array(plan, signal, rate)
