"""Agreement of two measurements of the same quantity: bias, limits of agreement, errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, is_signal, signal_of, signals_of
from vital_widgets.analysis.engine.validity import checked_number, checked_signal, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

MIN_PAIRS = 3
NAN = float("nan")
NO_INTERVAL = (NAN, NAN)
METRICS = ("n", "bias", "mae", "rmse", "max_error", "mape", "pearson", "concordance")


@dataclass(frozen=True, kw_only=True, eq=False)
class BlandAltman(Result, given=("means", "differences", "confidence")):
    """Bias and limits of agreement of ``test - reference``.

    Attributes
    ----------
    bias : float
        Mean difference, in the units of the measurements (with ``as_percent``, in % of the mean).
    sd : float
        Standard deviation of the differences (n - 1; with subjects, between and within).
    lower, upper : float
        Limits of agreement.
    bias_ci, lower_ci, upper_ci : (float, float)
        Confidence intervals.
    slope, slope_p : float
        Slope of the differences over the means, and its p-value: proportional bias.
    means, differences : ndarray, shape (n,)
        Values of the plot.
    n : int
        Number of pairs.
    confidence : float
        Share of the differences between the limits, and level of the confidence intervals.
    units : str
        Units of bias and limits.
    """

    bias: float = NAN
    sd: float = NAN
    lower: float = NAN
    upper: float = NAN
    bias_ci: tuple[float, float] = NO_INTERVAL
    lower_ci: tuple[float, float] = NO_INTERVAL
    upper_ci: tuple[float, float] = NO_INTERVAL
    slope: float = NAN
    slope_p: float = NAN
    means: NDArray[np.float64]
    differences: NDArray[np.float64]
    n: int
    confidence: float = 0.95
    units: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return bias and limits, each with its confidence interval."""
        import pandas as pd

        rows = {
            "bias": (self.bias, *self.bias_ci),
            "lower limit": (self.lower, *self.lower_ci),
            "upper limit": (self.upper, *self.upper_ci),
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "from", "to"])

    def _facts(self) -> list[tuple[str, str]]:
        interval = _interval_text(self.bias_ci, self.confidence)
        limits = f"{quantity(self.lower)} to {quantity(self.upper, self.units)}"
        slope = f"slope {quantity(self.slope)}, p = {quantity(self.slope_p, '', 2)}"
        return [
            ("bias", f"{quantity(self.bias, self.units)} ({interval})"),
            ("limits of agreement", limits),
            ("pairs", f"{self.n:,}"),
            ("proportional bias", slope),
        ]


@analysis
def bland_altman(
    reference: SignalLike,
    test: SignalLike,
    *,
    confidence: float = 0.95,
    subjects: ArrayLike | None = None,
    as_percent: bool = False,
    units: str = "",
) -> BlandAltman:
    """Compute bias and limits of agreement between two methods.

    Parameters
    ----------
    reference, test : array-like of float, shape (n,), or Channel
        Pairs of measurements in the same units; pairs with NaN are excluded and counted in the
        notes. Channels must have the same sample times.
    confidence : float
        Share of the differences between the limits, and level of the confidence intervals; 0.95
        by convention.
    subjects : array-like, shape (n,), optional
        Subject of each pair, if there are several per subject: the limits then combine the
        variances between and within subjects, and the confidence intervals are NaN.
    as_percent : bool
        Whether differences are in percent of each pair's mean, for errors that grow with the
        value.
    units : str
        Units to display; those of a channel by default.

    Returns
    -------
    BlandAltman
        Bias, limits, and the values of the plot.

    Raises
    ------
    InvalidInputError
        The lengths or units differ, there is not one subject per pair, or ``as_percent`` is
        requested of means that are not positive.

    Notes
    -----
    Limits are ``bias ± z sd`` (1.96 for 95 %) [1]_. Confidence intervals are those of section 2.1
    of [2]_ with Student's t: standard errors ``sd / sqrt(n)`` of the bias and
    ``sd sqrt(1/n + z²/(2(n-1)))`` of the limits. Repeated measurements follow section 3 of [3]_
    for a true value that varies.

    References
    ----------
    .. [1] Bland JM, Altman DG. Statistical methods for assessing agreement between two methods of
       clinical measurement. Lancet 1986;327(8476):307-310. doi:10.1016/S0140-6736(86)90837-8
    .. [2] Bland JM, Altman DG. Measuring agreement in method comparison studies. Statistical
       Methods in Medical Research 1999;8(2):135-160. doi:10.1177/096228029900800204
    .. [3] Bland JM, Altman DG. Agreement between methods of measurement with multiple observations
       per individual. Journal of Biopharmaceutical Statistics 2007;17(4):571-582.
       doi:10.1080/10543400701329422

    Examples
    --------
    >>> from vital_widgets.analysis import bland_altman
    >>> result = bland_altman([60, 72, 80, 95], [61, 72, 82, 96], units="beats/min")
    >>> result.bias
    1.0
    """
    from scipy import stats

    confidence = checked_number(confidence, "confidence", 0.5, 0.9999)
    x, y, kept, notes, units = _pairs(reference, test, units)
    groups = _groups(subjects, kept)
    means, differences, n = (x + y) / 2, y - x, len(x)
    if groups is not None and len(groups) and not groups.any():
        notes.append("all pairs are of one subject: the limits apply within it only")
    if as_percent:
        if np.any(means <= 0):
            raise InvalidInputError(
                "as_percent=True needs pairs with a mean above 0; use differences in units instead"
            )
        differences, units = 100 * differences / means, "%"
    measures: dict[str, Any] = {}
    if n >= MIN_PAIRS:
        bias = float(differences.mean())
        sd = float(differences.std(ddof=1)) if groups is None else _repeated_sd(differences, groups)
        z = float(stats.norm.ppf(0.5 + confidence / 2))
        t = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) if groups is None else NAN
        of_bias, of_limit = t * sd / n**0.5, t * sd * (1 / n + z * z / (2 * (n - 1))) ** 0.5
        measures = {"bias": bias, "sd": sd, "lower": bias - z * sd, "upper": bias + z * sd}
        for name, half in (("bias", of_bias), ("lower", of_limit), ("upper", of_limit)):
            measures[f"{name}_ci"] = (measures[name] - half, measures[name] + half)
        measures["slope"], measures["slope_p"] = _slope(means, differences)
    return BlandAltman(
        **measures, means=means, differences=differences, n=n, confidence=confidence, units=units,
        notes=_with_enough(n, notes),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorMetrics(Result, columns={name: name for name in METRICS}):
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

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("pairs", f"{self.n:,}"),
            ("bias", quantity(self.bias, self.units)),
            ("mean absolute error", quantity(self.mae, self.units)),
            ("root mean square error", quantity(self.rmse, self.units)),
            (
                "concordance",
                f"{quantity(self.concordance)} ({_interval_text(self.concordance_ci)})",
            ),
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
        The lengths or units differ.

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
    x, y, _, notes, units = _pairs(reference, test, units)
    error, n = y - x, len(x)
    measures: dict[str, Any] = {}
    if n >= MIN_PAIRS:
        measures = {
            "bias": float(error.mean()),
            "mae": float(np.abs(error).mean()),
            "rmse": float(np.sqrt(np.mean(error**2))),
            "max_error": float(np.abs(error).max()),
            "mape": float(100 * np.mean(np.abs(error / x))) if np.all(x != 0) else NAN,
            **_concordance(x, y),
        }
    return ErrorMetrics(**measures, n=n, units=units, notes=_with_enough(n, notes))


def _pairs(
    reference: SignalLike, test: SignalLike, units: str
) -> tuple[Numbers, Numbers, NDArray[np.bool_], list[str], str]:
    """Return both sides of the pairs of two numbers, which pairs these are, notes, and units."""
    named = {"reference": reference, "test": test}
    channels = [one for one in named.values() if is_signal(one)]
    if len(channels) == len(named):
        x, y = signals_of(channels, names=tuple(named)).values()
    else:
        x, y = (
            signal_of(one, name=name).values() if is_signal(one) else checked_signal(one, name)
            for name, one in named.items()
        )
    own = {name: str(getattr(one, "units", "")) for name, one in named.items()}
    if all(own.values()) and len(set(own.values())) > 1:
        raise InvalidInputError(
            f"reference is in {own['reference']} and test in {own['test']}; convert one to the "
            "units of the other, and give the values as an array"
        )
    if len(x) != len(y):
        raise InvalidInputError(
            f"reference has {len(x)} values and test {len(y)}; give pairs. Match beats first "
            "(match_beats)"
        )
    kept = np.isfinite(x) & np.isfinite(y)
    gone = int((~kept).sum())
    notes = [f"{gone} pairs without both values are excluded"] if gone else []
    return x[kept], y[kept], kept, notes, units or own["reference"] or own["test"]


def _with_enough(n: int, notes: list[str]) -> tuple[str, ...]:
    """Return the notes, after one that says so where there are too few pairs."""
    few = [not_enough(f"{n} pairs; {MIN_PAIRS} are needed")] if n < MIN_PAIRS else []
    return (*few, *notes)


def _interval_text(interval: tuple[float, float], confidence: float = 0.95) -> str:
    """Return a confidence interval in words."""
    if np.isnan(interval[0]):
        return "no confidence interval"
    return f"{100 * confidence:.4g} % CI {interval[0]:.4g} to {interval[1]:.4g}"


def _groups(subjects: ArrayLike | None, kept: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    if subjects is None:
        return None
    labels = np.asarray(subjects)
    if labels.shape != kept.shape:
        raise InvalidInputError(
            f"subjects has the shape {labels.shape}; give one label per pair, {len(kept)} in all"
        )
    try:
        return np.asarray(np.unique(labels[kept], return_inverse=True)[1], np.int64)
    except TypeError:  # labels that cannot be sorted, such as None beside text
        raise InvalidInputError(
            "subjects has labels of different types; give all as text or all as numbers"
        ) from None


def _repeated_sd(differences: Numbers, groups: NDArray[np.int64]) -> float:
    """Return the standard deviation of a difference from variances between and within subjects."""
    m = np.bincount(groups).astype(np.float64)
    means = np.bincount(groups, differences) / m
    k, n = len(m), float(m.sum())
    within = float(np.sum((differences - means[groups]) ** 2)) / max(n - k, 1)
    if k == 1:
        return float(np.sqrt(within))
    between = float(np.sum(m * (means - differences.mean()) ** 2)) / (k - 1)
    weight = (n**2 - float(np.sum(m**2))) / ((k - 1) * n)
    return float(np.sqrt(within + max((between - within) / weight, 0.0)))


def _slope(means: Numbers, differences: Numbers) -> tuple[float, float]:
    from scipy import stats

    # A constant has no slope, nor has a side that only rounding errors distinguish from one.
    if np.ptp(means) <= 1e-12 * max(float(np.abs(means).max()), 1e-300):
        return NO_INTERVAL
    if np.ptp(differences) == 0:
        return 0.0, 1.0
    fit = stats.linregress(means, differences)
    return float(fit.slope), float(fit.pvalue)


def _concordance(x: Numbers, y: Numbers) -> dict[str, Any]:
    """Return the concordance, its confidence interval, and Pearson's correlation, by name."""
    # Rounding errors of the mean make the standard deviation of a constant greater than 0.
    sx, sy = (float(side.std()) if np.ptp(side) else 0.0 for side in (x, y))
    shift = float(x.mean() - y.mean())
    if sx == 0 or sy == 0:
        return {"concordance": NAN if sx == sy and x[0] == y[0] else 0.0}
    covariance = float(np.mean((x - x.mean()) * (y - y.mean())))
    c = 2 * covariance / (sx**2 + sy**2 + shift**2)
    r = min(max(covariance / (sx * sy), -1.0), 1.0)
    n = len(x)
    found = {
        "concordance": c,
        "pearson": r,
        "concordance_ci": NO_INTERVAL if abs(c) < 1 else (c, c),
    }
    if abs(c) < 1 and abs(r) > 0 and n > MIN_PAIRS:
        u, c2 = shift / np.sqrt(sx * sy), c * c
        variance = (
            (1 - r * r) * c2 / ((1 - c2) * r * r)
            + 2 * c**3 * (1 - c) * u * u / (r * (1 - c2) ** 2)
            - c2 * c2 * u**4 / (2 * r * r * (1 - c2) ** 2)
        ) / (n - 2)
        half = 1.959963984540054 * np.sqrt(max(variance, 0.0))
        found["concordance_ci"] = tuple(float(np.tanh(np.arctanh(c) + k * half)) for k in (-1, 1))
    return found
