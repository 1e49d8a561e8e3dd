"""Statistics of a signal of any length."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_integer, checked_signal, not_enough
from vital_widgets.analysis.signal.statistics.running_statistics import MAX_BINS, RunningStatistics
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
COLUMNS = (
    *("count", "missing", "mean", "sd", "variance", "rms", "skewness", "kurtosis"),
    *("minimum", "minimum_time", "maximum", "maximum_time"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalStatistics(Result, given=("edges",)):
    """Statistics of the samples of a signal.

    Attributes
    ----------
    count, missing : int
        Samples that are numbers, and samples that are NaN, infinite or not usable. A gap of a
        recording holds no samples, so it does not count.
    mean, sd, variance, rms : float
        Mean, standard deviation and variance (n - 1), and root mean square.
    skewness, kurtosis : float
        g1 and g2 (excess), not corrected for bias; NaN of a constant.
    minimum, maximum : float
        Smallest and largest value.
    minimum_time, maximum_time : float
        Time in seconds of the first sample with that value.
    quantiles : dict of float to float
        Value of each quantile: ``quantiles[0.5]`` is the median.
    rank_error : float
        Error in rank of the quantiles at 99 % confidence: 0 if they are exact.
    edges : ndarray of float64, shape (bins + 1,)
        Edges of the histogram, in the units of the signal.
    histogram : ndarray of int64, shape (bins,)
        Samples in each bin ``[edges[i], edges[i + 1])``.
    running : RunningStatistics
        Can be merged with those of other signals; take a copy first.
    units : str
        Units of the signal.
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
    quantiles: dict[float, float]
    rank_error: float
    edges: NDArray[np.float64]
    histogram: NDArray[np.int64]
    running: RunningStatistics
    units: str = ""

    def quantile(self, q: float) -> float:
        """Return any quantile from 0 to 1."""
        return self.running.quantile(q)

    @property
    def median(self) -> float:
        """Quantile at 0.5."""
        return self.quantile(0.5)

    @property
    def interquartile_range(self) -> float:
        """Distance between the quantiles at 0.25 and 0.75."""
        return self.quantile(0.75) - self.quantile(0.25)

    def to_frame(self) -> pd.DataFrame:
        """Return one row with all statistics; quantiles as ``q0.05``."""
        import pandas as pd

        row = {name: getattr(self, name) for name in COLUMNS}
        row |= {f"q{q:g}": value for q, value in self.quantiles.items()}
        return pd.DataFrame([{**row, "rank_error": self.rank_error}])

    def _facts(self) -> list[tuple[str, str]]:
        error = f" (rank ± {100 * self.rank_error:.2g} %)" if self.rank_error else ""
        low = f"{quantity(self.minimum, self.units)} at {quantity(self.minimum_time, 's', 8)}"
        high = f"{quantity(self.maximum, self.units)} at {quantity(self.maximum_time, 's', 8)}"
        return [
            ("samples", f"{self.count:,}, {self.missing:,} missing"),
            ("mean", quantity(self.mean, self.units)),
            ("standard deviation", quantity(self.sd, self.units)),
            ("median", quantity(self.median, self.units) + error),
            ("minimum", low),
            ("maximum", high),
            ("skewness, kurtosis", f"{quantity(self.skewness)}, {quantity(self.kurtosis)}"),
        ]


@analysis
def signal_statistics(
    x: SignalLike,
    fs: float | None = None,
    *,
    quantiles: Sequence[float] = QUANTILES,
    max_bins: int = MAX_BINS,
    units: str | None = None,
    usable: UsableLike = None,
) -> Plan[RunningStatistics, SignalStatistics]:
    """Compute count, moments, extremes, quantiles and histogram of a signal.

    Parameters
    ----------
    x, fs, usable
        As for `window_statistics`.
    quantiles : sequence of float
        Quantiles to compute, from 0 to 1; by default the median, the quartiles, and the limits of
        the central 90 % and 98 % of the samples.
    max_bins : int
        Largest number of bins of the histogram: 512 by default, about as many as a plot shows.
        Their width is a power of two, the smallest with which so many bins cover the range.
    units : str, optional
        Units of the signal; the channel's own by default.

    Returns
    -------
    SignalStatistics
        The same however the recording is cut into pieces: counts, extremes and histogram exactly,
        mean and variance to 1e-12, skewness and kurtosis to 1e-10. Quantiles are exact up to
        65,536 distinct values, which covers any 16-bit recording. Beyond, they come from a random
        sketch: each call may give another value within the rank error.

    Raises
    ------
    InvalidInputError
        A quantile is outside of 0 to 1, or ``max_bins`` is below 2.

    References
    ----------
    .. [1] Chan TF, Golub GH, LeVeque RJ. Algorithms for computing the sample variance: analysis
       and recommendations. The American Statistician 1983;37(3):242-247.
       doi:10.1080/00031305.1983.10483115
    .. [2] Pébay P. Formulas for robust, one-pass parallel computation of covariances and
       arbitrary-order statistical moments. Sandia Report SAND2008-6212, 2008.
    .. [3] Karnin Z, Lang K, Liberty E. Optimal quantile approximation in streams. IEEE 57th Annual
       Symposium on Foundations of Computer Science 2016:71-78. doi:10.1109/FOCS.2016.17

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import signal_statistics
    >>> found = signal_statistics(np.arange(101.0), fs=10)
    >>> found.mean, found.maximum_time, found.quantiles[0.05]
    (50.0, 10.0, 5.0)
    """
    signal = signal_of(x, fs, usable)
    wanted = checked_signal(quantiles, "quantiles")
    if not np.all((wanted >= 0) & (wanted <= 1)):
        raise InvalidInputError(f"quantiles={quantiles!r} must be from 0 to 1: 0.5 is the median")
    bins = checked_integer(max_bins, "max_bins", 2, 1 << 20)

    def join(partials: Sequence[RunningStatistics], extent: Extent) -> SignalStatistics:
        running = RunningStatistics(max_bins=bins)
        for partial in partials:
            running.merge(partial)
        notes = []
        minimum_time = maximum_time = math.nan
        if running.count:
            at = np.array([running.minimum_at, running.maximum_at], np.int64)
            minimum_time, maximum_time = extent.times(at).tolist()
        else:
            notes.append(not_enough("no sample is a number"))
        if running.missing:
            notes.append(f"{running.missing:,} missing samples are left out")
        if running.count and running.minimum == running.maximum:
            notes.append("the signal is constant: skewness and kurtosis do not exist")
        values = running.quantiles.at(wanted.tolist()).tolist()
        same = ("count", "missing", "mean", "sd", "variance", "skewness", "kurtosis", "minimum",
                "maximum", "rank_error")  # fmt: skip
        measures: dict[str, Any] = {name: getattr(running, name) for name in same}
        return SignalStatistics(
            **measures, rms=running.moments.root_mean_square, minimum_time=minimum_time,
            maximum_time=maximum_time, quantiles=dict(zip(wanted.tolist(), values, strict=True)),
            edges=running.histogram.edges, histogram=running.histogram.counts, running=running,
            units=signal.units[0] if units is None else units, valid=extent.valid,
            notes=tuple(notes),
        )  # fmt: skip

    return Plan(functools.partial(_of_piece, max_bins=bins), join, source=signal)


def _of_piece(piece: Piece, max_bins: int) -> RunningStatistics:
    running = RunningStatistics(piece.core_first, max_bins=max_bins)
    running.update(piece.core_values)
    running.quantiles.compact()
    return running
