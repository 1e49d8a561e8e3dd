"""How well two measurements of the same quantity agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, checked_signal, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LEAST_PAIRS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class BlandAltman(Result, given=("means", "differences", "level")):
    """Bias and limits of agreement of ``test - reference``.

    Attributes
    ----------
    bias : float
        Mean difference, in the unit of the measurements (with ``percent``, in % of the mean).
    sd : float
        Standard deviation of the differences (n - 1; with subjects, between and within).
    lower, upper : float
        Limits of agreement.
    bias_ci, lower_ci, upper_ci : (float, float)
        Confidence intervals at the same level as the limits.
    slope, slope_p : float
        Slope of the differences over the means, and its p-value: proportional bias.
    means, differences : ndarray, shape (n,)
        For the plot.
    n : int
        Pairs used.
    level : float
        Share of the differences that the limits hold, and level of the intervals.
    unit : str
        Unit of bias and limits.
    """

    bias: float
    sd: float
    lower: float
    upper: float
    bias_ci: tuple[float, float]
    lower_ci: tuple[float, float]
    upper_ci: tuple[float, float]
    slope: float
    slope_p: float
    means: NDArray[np.float64]
    differences: NDArray[np.float64]
    n: int
    level: float = 0.95
    unit: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return bias and limits, each with its confidence interval."""
        import pandas as pd

        rows = {"bias": self.bias_ci, "lower limit": self.lower_ci, "upper limit": self.upper_ci}
        values = (self.bias, self.lower, self.upper)
        return pd.DataFrame(
            [(v, *ci) for v, ci in zip(values, rows.values(), strict=True)],
            index=list(rows),
            columns=["value", "from", "to"],
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return bias, limits, pairs and the proportional bias."""
        return [
            ("bias", f"{quantity(self.bias, self.unit)} ({_range(self.bias_ci, self.level)})"),
            ("limits of agreement", f"{quantity(self.lower)} to {quantity(self.upper, self.unit)}"),
            ("pairs", f"{self.n:,}"),
            (
                "proportional bias",
                f"slope {quantity(self.slope)}, p = {quantity(self.slope_p, '', 2)}",
            ),
        ]


@with_recipe("reference", "test", "subjects")
def bland_altman(
    reference: Any,
    test: Any,
    *,
    level: float = 0.95,
    subjects: Any = None,
    percent: bool = False,
    unit: str = "",
) -> BlandAltman:
    """Return bias and limits of agreement between two methods.

    Parameters
    ----------
    reference, test : array-like of float, shape (n,)
        Pairs of measurements in the same unit; pairs with NaN are left out, and counted.
    level : float
        Share of the differences that the limits hold, and level of the confidence intervals.
    subjects : array-like, shape (n,), optional
        Who each pair belongs to, where several come from one subject: the limits then take the
        variance between and within subjects together, and the intervals are NaN.
    percent : bool
        Differences in percent of each pair's mean, for errors that grow with the value.
    unit : str
        Unit, for showing.

    Notes
    -----
    Limits are ``bias ± z sd`` (1.96 for 95 %). Intervals after Bland and Altman (1999), section
    2.1 with Student's t: standard errors ``sd / sqrt(n)`` of the bias and
    ``sd sqrt(1/n + z²/(2(n-1)))`` of the limits. Repeated measurements after section 3 of
    Bland and Altman (2007) for a true value that varies.

    References
    ----------
    Bland JM, Altman DG. Lancet 1986;327:307-310. Stat Methods Med Res 1999;8:135-160.
    J Biopharm Stat 2007;17:571-582.
    """
    from scipy import stats

    level = checked_number(level, "level", 0.5, 0.9999)
    x, y, kept = _all_pairs(reference, test)
    groups = _groups(subjects, kept)
    x, y, left_out = x[kept], y[kept], int((~kept).sum())
    means, differences = (x + y) / 2, y - x
    notes = [f"{left_out} pairs without both values are left out"] if left_out else []
    if groups is not None and len(groups) and not groups.any():
        notes.append("all pairs are of one subject: the limits hold within it only")
    if percent:
        if np.any(means <= 0):
            raise InvalidInputError(
                "percent=True needs pairs with a mean above 0; use differences in the unit itself"
            )
        differences, unit = 100 * differences / means, "%"
    n = len(differences)
    if n < LEAST_PAIRS:
        nan, pair = float("nan"), (float("nan"), float("nan"))
        return BlandAltman(
            bias=nan, sd=nan, lower=nan, upper=nan, bias_ci=pair, lower_ci=pair, upper_ci=pair,
            slope=nan, slope_p=nan, means=means, differences=differences, n=n, level=level,
            unit=unit, notes=(not_enough(f"{n} pairs, {LEAST_PAIRS} are needed"), *notes),
        )  # fmt: skip
    bias = float(differences.mean())
    sd = float(differences.std(ddof=1)) if groups is None else _repeated_sd(differences, groups)
    z = float(stats.norm.ppf(0.5 + level / 2))
    t = float(stats.t.ppf(0.5 + level / 2, n - 1)) if groups is None else float("nan")
    of_bias = t * sd / np.sqrt(n)
    of_limit = t * sd * np.sqrt(1 / n + z * z / (2 * (n - 1)))
    slope, slope_p = _slope(means, differences)
    lower, upper = bias - z * sd, bias + z * sd
    return BlandAltman(
        bias=bias, sd=sd, lower=lower, upper=upper, bias_ci=_around(bias, of_bias),
        lower_ci=_around(lower, of_limit), upper_ci=_around(upper, of_limit), slope=slope,
        slope_p=slope_p, means=means, differences=differences, n=n, level=level, unit=unit,
        notes=tuple(notes),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorFigures(Result):
    """Figures of error and concordance of a test against a reference.

    Attributes
    ----------
    n : int
        Pairs used.
    bias, mae, rmse, max_error : float
        Mean, mean absolute, root mean square and largest absolute error, in the given unit.
    mape : float
        Mean absolute error in percent of the reference; NaN where a reference is 0.
    pearson : float
        Correlation; NaN if either side is constant.
    concordance : float
        Lin's concordance correlation coefficient; NaN if both sides are the same constant.
    concordance_ci : (float, float)
        Its 95 % confidence interval (Fisher's z, Lin 1989).
    """

    n: int
    bias: float
    mae: float
    rmse: float
    max_error: float
    mape: float
    pearson: float
    concordance: float
    concordance_ci: tuple[float, float]
    unit: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return one row with all figures."""
        import pandas as pd

        names = ("n", "bias", "mae", "rmse", "max_error", "mape", "pearson", "concordance")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the errors and the concordance."""
        return [
            ("pairs", f"{self.n:,}"),
            ("bias", quantity(self.bias, self.unit)),
            ("mean absolute error", quantity(self.mae, self.unit)),
            ("root mean square error", quantity(self.rmse, self.unit)),
            ("concordance", f"{quantity(self.concordance)} ({_range(self.concordance_ci)})"),
        ]


@with_recipe("reference", "test")
def error_figures(reference: Any, test: Any, *, unit: str = "") -> ErrorFigures:
    """Return error figures and Lin's concordance of a test against a reference.

    Parameters
    ----------
    reference, test : array-like of float, shape (n,)
        Pairs in the same unit; pairs with NaN are left out, and counted in the notes.
    unit : str
        Unit, for showing.

    References
    ----------
    Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics
    1989;45:255-268 (variances with 1/n, as there; erratum 2000;56:324-325).
    """
    x, y, left_out = checked_pairs(reference, test)
    notes = [f"{left_out} pairs without both values are left out"] if left_out else []
    n = len(x)
    nan = float("nan")
    if n < LEAST_PAIRS:
        return ErrorFigures(
            n=n, bias=nan, mae=nan, rmse=nan, max_error=nan, mape=nan, pearson=nan,
            concordance=nan, concordance_ci=(nan, nan), unit=unit,
            notes=(not_enough(f"{n} pairs, {LEAST_PAIRS} are needed"), *notes),
        )  # fmt: skip
    error = y - x
    concordance, interval, pearson = _concordance(x, y)
    return ErrorFigures(
        n=n,
        bias=float(error.mean()),
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt(np.mean(error**2))),
        max_error=float(np.abs(error).max()),
        mape=float(100 * np.mean(np.abs(error / x))) if np.all(x != 0) else nan,
        pearson=pearson,
        concordance=concordance,
        concordance_ci=interval,
        unit=unit,
        notes=tuple(notes),
    )


def checked_pairs(
    reference: Any, test: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return the pairs that are numbers on both sides, and how many were left out."""
    x, y, kept = _all_pairs(reference, test)
    return x[kept], y[kept], int((~kept).sum())


def _all_pairs(
    reference: Any, test: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return both sides of all pairs, and which pairs are numbers on both."""
    x, y = checked_signal(reference, "reference"), checked_signal(test, "test")
    if len(x) != len(y):
        raise InvalidInputError(
            f"reference has {len(x)} values and test {len(y)}; give pairs, for beats match them "
            "first (match_beats)"
        )
    return x, y, np.isfinite(x) & np.isfinite(y)


def _groups(subjects: Any, kept: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    if subjects is None:
        return None
    labels = np.asarray(subjects)
    if labels.shape != kept.shape:
        raise InvalidInputError(
            f"subjects has the shape {labels.shape}; give one label a pair, {len(kept)} in all"
        )
    try:
        return np.asarray(np.unique(labels[kept], return_inverse=True)[1], np.int64)
    except TypeError:  # labels that cannot be ordered, such as None beside text
        raise InvalidInputError(
            "subjects holds labels of different kinds; give all as text or all as numbers"
        ) from None


def _repeated_sd(differences: NDArray[np.float64], groups: NDArray[np.int64]) -> float:
    """Return the standard deviation of a difference from variances between and within subjects."""
    m = np.bincount(groups).astype(np.float64)
    sums = np.bincount(groups, differences)
    k, n = len(m), float(m.sum())
    within = float(np.sum((differences - (sums / m)[groups]) ** 2)) / max(n - k, 1)
    if k == 1:
        return float(np.sqrt(within))
    between = float(np.sum(m * (sums / m - differences.mean()) ** 2)) / (k - 1)
    weight = (n**2 - float(np.sum(m**2))) / ((k - 1) * n)
    return float(np.sqrt(within + max((between - within) / weight, 0.0)))


def _slope(means: NDArray[np.float64], differences: NDArray[np.float64]) -> tuple[float, float]:
    from scipy import stats

    # A constant side has no slope; so has one that only rounding tells from a constant.
    if np.ptp(means) <= 1e-12 * max(float(np.abs(means).max()), 1e-300):
        return float("nan"), float("nan")
    if np.ptp(differences) == 0:
        return 0.0, 1.0
    fit = stats.linregress(means, differences)
    return float(fit.slope), float(fit.pvalue)


def _concordance(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float, tuple[float, float], float]:
    nan = float("nan")
    # Rounding of the mean makes the standard deviation of a constant a little more than 0.
    sx, sy = (float(side.std()) if np.ptp(side) else 0.0 for side in (x, y))
    shift = float(x.mean() - y.mean())
    if sx == 0 or sy == 0:
        same = sx == sy and x[0] == y[0]
        return nan if same else 0.0, (nan, nan), nan
    covariance = float(np.mean((x - x.mean()) * (y - y.mean())))
    c = 2 * covariance / (sx**2 + sy**2 + shift**2)
    r = min(max(covariance / (sx * sy), -1.0), 1.0)
    n = len(x)
    if not abs(c) < 1 or not abs(r) > 0 or n < LEAST_PAIRS + 1:
        return c, (nan, nan) if abs(c) < 1 else (c, c), r
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


def _around(value: float, half: float) -> tuple[float, float]:
    return float(value - half), float(value + half)


def _range(interval: tuple[float, float], level: float = 0.95) -> str:
    if np.isnan(interval[0]):
        return "no confidence interval"
    return f"{100 * level:.4g} % CI {interval[0]:.4g} to {interval[1]:.4g}"
