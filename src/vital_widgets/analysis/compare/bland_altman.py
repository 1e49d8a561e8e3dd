"""Bias and limits of agreement between two measurements of the same quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.engine.source import SignalLike


@dataclass(frozen=True, kw_only=True, eq=False)
class BlandAltman(Result, given=("means", "differences", "confidence")):
    """Bias and limits of agreement of ``test - reference``.

    Attributes
    ----------
    bias : float
        Mean difference, in the units of the measurements (with ``percent``, in % of the mean).
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

    def facts(self) -> list[tuple[str, str]]:
        """Return bias, limits, pairs and the proportional bias."""
        interval = interval_text(self.bias_ci, self.confidence)
        slope = f"slope {quantity(self.slope)}, p = {quantity(self.slope_p, '', 2)}"
        return [
            ("bias", f"{quantity(self.bias, self.units)} ({interval})"),
            (
                "limits of agreement",
                f"{quantity(self.lower)} to {quantity(self.upper, self.units)}",
            ),
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
    percent: bool = False,
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
    percent : bool
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
        The lengths differ, there is not one subject per pair, or ``percent`` is requested of
        means that are not positive.

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
    x, y, kept, units = all_pairs(reference, test, units)
    groups = _groups(subjects, kept)
    x, y, notes = x[kept], y[kept], note_on_excluded(kept)
    means, differences = (x + y) / 2, y - x
    if groups is not None and len(groups) and not groups.any():
        notes.append("all pairs are of one subject: the limits apply within it only")
    if percent:
        if np.any(means <= 0):
            raise InvalidInputError(
                "percent=True needs pairs with a mean above 0; use differences in units instead"
            )
        differences, units = 100 * differences / means, "%"
    n = len(differences)
    data: dict[str, Any] = {"means": means, "differences": differences, "n": n, "units": units}
    data["confidence"] = confidence
    if n < MIN_PAIRS:
        few = not_enough(f"{n} pairs; {MIN_PAIRS} are needed")
        return BlandAltman(**data, notes=(few, *notes))
    bias = float(differences.mean())
    sd = float(differences.std(ddof=1)) if groups is None else _repeated_sd(differences, groups)
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    t = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) if groups is None else NAN
    of_limit = t * sd * float(np.sqrt(1 / n + z * z / (2 * (n - 1))))
    of_bias = t * sd / n**0.5
    lower, upper = bias - z * sd, bias + z * sd
    slope, slope_p = _slope(means, differences)
    return BlandAltman(
        bias=bias,
        sd=sd,
        lower=lower,
        upper=upper,
        bias_ci=(bias - of_bias, bias + of_bias),
        lower_ci=(lower - of_limit, lower + of_limit),
        upper_ci=(upper - of_limit, upper + of_limit),
        slope=slope,
        slope_p=slope_p,
        notes=tuple(notes),
        **data,
    )


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


def _repeated_sd(differences: NDArray[np.float64], groups: NDArray[np.int64]) -> float:
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


def _slope(means: NDArray[np.float64], differences: NDArray[np.float64]) -> tuple[float, float]:
    from scipy import stats

    # A constant has no slope, nor has a side that only rounding errors distinguish from one.
    if np.ptp(means) <= 1e-12 * max(float(np.abs(means).max()), 1e-300):
        return NO_INTERVAL
    if np.ptp(differences) == 0:
        return 0.0, 1.0
    fit = stats.linregress(means, differences)
    return float(fit.slope), float(fit.pvalue)
