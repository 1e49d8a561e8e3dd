"""Errors and concordance of a test against a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.compare.measurement_pairs import (
    MIN_PAIRS,
    NAN,
    NO_INTERVAL,
    all_pairs,
    interval_text,
    note_on_excluded,
)
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import not_enough

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import SignalLike


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorMetrics(Result):
    """Errors and concordance of a test against a reference.

    Attributes
    ----------
    n : int
        Number of pairs.
    bias, mae, rmse, max_error : float
        Mean, mean absolute, root mean square and largest absolute error, in ``units``.
    mape : float
        Mean absolute error in percent of the reference; NaN if a reference is 0.
    pearson : float
        Correlation; NaN if either side is constant.
    concordance : float
        Lin's concordance correlation coefficient; NaN if both sides are the same constant.
    concordance_ci : (float, float)
        Its 95 % confidence interval (Fisher's z).
    units : str
        Units of the errors.
    """

    n: int
    bias: float = NAN
    mae: float = NAN
    rmse: float = NAN
    max_error: float = NAN
    mape: float = NAN
    pearson: float = NAN
    concordance: float = NAN
    concordance_ci: tuple[float, float] = NO_INTERVAL
    units: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return one row with all metrics."""
        import pandas as pd

        names = ("n", "bias", "mae", "rmse", "max_error", "mape", "pearson", "concordance")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the errors and the concordance."""
        return [
            ("pairs", f"{self.n:,}"),
            ("bias", quantity(self.bias, self.units)),
            ("mean absolute error", quantity(self.mae, self.units)),
            ("root mean square error", quantity(self.rmse, self.units)),
            ("concordance", f"{quantity(self.concordance)} ({interval_text(self.concordance_ci)})"),
        ]


@analysis
def error_metrics(reference: SignalLike, test: SignalLike, *, units: str = "") -> ErrorMetrics:
    """Compute errors and Lin's concordance of a test against a reference.

    Parameters
    ----------
    reference, test, units
        As for `bland_altman`.

    Returns
    -------
    ErrorMetrics
        Errors are ``test - reference``.

    Raises
    ------
    InvalidInputError
        The lengths differ.

    References
    ----------
    Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics
    1989;45(1):255-268. doi:10.2307/2532051 (variances with 1/n, as there)

    Examples
    --------
    >>> from vital_widgets.analysis import error_metrics
    >>> metrics = error_metrics([60, 72, 80, 95], [61, 72, 82, 96], units="beats/min")
    >>> metrics.mae, round(metrics.concordance, 3)
    (1.0, 0.995)
    """
    x, y, kept, units = all_pairs(reference, test, units)
    x, y, notes, n = x[kept], y[kept], note_on_excluded(kept), int(kept.sum())
    if n < MIN_PAIRS:
        few = not_enough(f"{n} pairs; {MIN_PAIRS} are needed")
        return ErrorMetrics(n=n, units=units, notes=(few, *notes))
    error = y - x
    concordance, interval, pearson = _concordance(x, y)
    return ErrorMetrics(
        n=n,
        bias=float(error.mean()),
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt(np.mean(error**2))),
        max_error=float(np.abs(error).max()),
        mape=float(100 * np.mean(np.abs(error / x))) if np.all(x != 0) else NAN,
        pearson=pearson,
        concordance=concordance,
        concordance_ci=interval,
        units=units,
        notes=tuple(notes),
    )


def _concordance(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float, tuple[float, float], float]:
    """Return the concordance, its confidence interval, and Pearson's correlation."""
    # Rounding errors of the mean make the standard deviation of a constant greater than 0.
    sx, sy = (float(side.std()) if np.ptp(side) else 0.0 for side in (x, y))
    shift = float(x.mean() - y.mean())
    if sx == 0 or sy == 0:
        return NAN if sx == sy and x[0] == y[0] else 0.0, NO_INTERVAL, NAN
    covariance = float(np.mean((x - x.mean()) * (y - y.mean())))
    c = 2 * covariance / (sx**2 + sy**2 + shift**2)
    r = min(max(covariance / (sx * sy), -1.0), 1.0)
    n = len(x)
    if not abs(c) < 1 or not abs(r) > 0 or n < MIN_PAIRS + 1:
        return c, NO_INTERVAL if abs(c) < 1 else (c, c), r
    u = shift / np.sqrt(sx * sy)
    c2 = c * c
    variance = (
        (1 - r * r) * c2 / ((1 - c2) * r * r)
        + 2 * c**3 * (1 - c) * u * u / (r * (1 - c2) ** 2)
        - c2 * c2 * u**4 / (2 * r * r * (1 - c2) ** 2)
    ) / (n - 2)
    half = 1.959963984540054 * np.sqrt(max(variance, 0.0))
    z = np.arctanh(c)
    return c, (float(np.tanh(z - half)), float(np.tanh(z + half))), r
