"""Approximate, sample and multiscale entropy: how often similar templates stay similar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_integer, checked_number
from vital_widgets.analysis.signal.complexity.series import (
    Complexity,
    Series,
    SeriesLike,
    measured,
    rising_numbers,
    series_of,
    too_little,
)
from vital_widgets.analysis.signal.complexity.template_counts import mean_log_share, pairs_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MAX_M = 10
SCALES = 20
MAX_SCALES = 10_000


@analysis
def approximate_entropy(
    x: SeriesLike,
    fs: float | None = None,
    *,
    m: int = 2,
    r: float = 0.2,
    tolerance: float | None = None,
    delay: int = 1,
    ddof: int = 1,
    usable: UsableLike = None,
) -> Complexity:
    """Compute the approximate entropy (ApEn) of a series, in nats.

    ApEn = phi(m) - phi(m + 1), where phi is the mean logarithm of the share of templates within
    the tolerance of each template, in the maximum norm.

    Parameters
    ----------
    x : array-like of float, shape (n,), Channel, Beats or Intervals
        Series. NaN and gaps interrupt it: no template crosses an interruption. Of beats, the
        intervals in ms.
    fs : float, optional
        Sampling rate in Hz of an array; only to state how many seconds of signal were used.
    m : int
        Length of a template, 1 to 10; 2 is usual for heartbeats.
    r : float
        Tolerance in standard deviations of the series; Pincus recommends 0.1 to 0.25.
    tolerance : float, optional
        Tolerance in the units of the series, instead of ``r``.
    delay : int
        Distance between the values of a template; 1 for heartbeats, more where neighbouring
        samples are alike.
    ddof : int
        Divisor n - ddof of that standard deviation: 1 by default, 0, or -1 as in pyHRV.
    usable : UsableLike, optional
        Where a signal may be used; everywhere by default.

    Returns
    -------
    Complexity
        The entropy; NaN if it is not defined, with a note that says why.

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    Notes
    -----
    Each template counts itself, and a distance equal to the tolerance is within it, as Pincus
    defined. This biases the entropy of short series downwards: compare series of similar length.

    References
    ----------
    Pincus SM. Approximate entropy as a measure of system complexity. Proceedings of the National
    Academy of Sciences 1991;88(6):2297-2301. doi:10.1073/pnas.88.6.2297

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import approximate_entropy
    >>> float(approximate_entropy(np.sin(np.arange(500) / 5))) < 0.3
    True
    """
    series = series_of(x, fs, usable)
    m, delay, limit = _checked(series, m, r, tolerance, delay, ddof)
    note = too_little(series, (m + 1) * delay + 2, "approximate entropy")
    value = np.nan if note else apen(series, m, limit, delay)
    if not note and math.isnan(value):
        note = "no stretch holds two templates, and approximate entropy is not defined"
    note = note or _few_values(series, m)
    return measured(
        "approximate entropy", value, series, note, "nat", m=m, delay=delay, tolerance=limit
    )


@analysis
def sample_entropy(
    x: SeriesLike,
    fs: float | None = None,
    *,
    m: int = 2,
    r: float = 0.2,
    tolerance: float | None = None,
    delay: int = 1,
    ddof: int = 1,
    closed: bool = True,
    usable: UsableLike = None,
) -> Complexity:
    """Compute the sample entropy (SampEn) of a series, in nats.

    SampEn = -ln(A / B): of the B pairs of templates of ``m`` values within the tolerance in the
    maximum norm, A stay within it at ``m + 1``.

    Parameters
    ----------
    x, fs, m, r, tolerance, delay, ddof, usable
        As for `approximate_entropy`.
    closed : bool
        Whether a distance equal to the tolerance is within it, as in the original definition and
        NeuroKit2; nolds, pyHRV and PhysioNet's sampen.c require a smaller distance.

    Returns
    -------
    Complexity
        The entropy; NaN if A or B is zero (other software returns infinity or a substitute).

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    Notes
    -----
    No template is paired with itself, and A and B are counted over the same templates, those that
    are followed by one more value.

    References
    ----------
    Richman JS, Moorman JR. Physiological time-series analysis using approximate entropy and sample
    entropy. American Journal of Physiology 2000;278(6):H2039-H2049.
    doi:10.1152/ajpheart.2000.278.6.H2039

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import sample_entropy
    >>> noise = np.random.default_rng(0).normal(size=500)
    >>> float(sample_entropy(noise)) > float(sample_entropy(np.cumsum(noise)))
    True
    """
    series = series_of(x, fs, usable)
    m, delay, limit = _checked(series, m, r, tolerance, delay, ddof)
    note = too_little(series, m * delay + 2, "sample entropy")
    value, b, a = (np.nan, 0, 0) if note else sampen(series, m, limit, delay, closed=closed)
    if not note and math.isnan(value):
        note = f"sample entropy is not defined: {b} pairs within the tolerance at m, {a} at m + 1"
    note = note or _few_values(series, m)
    details = {"m": m, "delay": delay, "tolerance": limit, "pairs_m": b, "pairs_m_plus_1": a}
    return measured("sample entropy", value, series, note, "nat", **details)


@dataclass(frozen=True, kw_only=True, eq=False)
class MultiscaleEntropy(
    Result,
    given=("tolerance",),
    columns={"scale": "scales", "entropy_nat": "entropy", "n": "n", "tolerance": "tolerance"},
):
    """Sample entropy at each scale; ``float(result)`` is the complexity index.

    Attributes
    ----------
    scales : ndarray of int64, shape (k,)
        Number of values that are averaged.
    entropy : ndarray of float64, shape (k,)
        Sample entropy in nats; NaN where it is not defined.
    n : ndarray of int64, shape (k,)
        Number of averages.
    tolerance : ndarray of float64, shape (k,)
        Tolerance in the units of the series.
    complexity_index : float
        Sum of the entropies over the scales; NaN if one of them is not defined.
    """

    scales: NDArray[np.int64]
    entropy: NDArray[np.float64]
    n: NDArray[np.int64]
    tolerance: NDArray[np.float64]
    complexity_index: float

    def __float__(self) -> float:
        return self.complexity_index

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("complexity index", quantity(self.complexity_index, "nat")),
            ("scales", f"{self.scales[0]} to {self.scales[-1]}"),
            (f"entropy at scale {self.scales[0]}", quantity(float(self.entropy[0]), "nat")),
        ]


@analysis
def multiscale_entropy(
    x: SeriesLike,
    fs: float | None = None,
    *,
    scales: int | Sequence[int] = SCALES,
    m: int = 2,
    r: float = 0.15,
    tolerance: float | None = None,
    ddof: int = 1,
    closed: bool = True,
    rescale: bool = False,
    usable: UsableLike = None,
) -> MultiscaleEntropy:
    """Compute the multiscale entropy (MSE) of a series.

    At scale s the series is averaged over non-overlapping windows of s values, counted from the
    start of each stretch, and the sample entropy of the averages is computed.

    Parameters
    ----------
    x, fs, m, tolerance, ddof, closed, usable
        As for `sample_entropy`.
    scales : int or sequence of int
        Number of scales, from 1 on, or the scales themselves; 20 as in [1]_.
    r : float
        Tolerance in standard deviations of the series; 0.15 as in [1]_.
    rescale : bool
        Whether the tolerance follows the standard deviation of each coarse series. By default it
        is that of scale 1, as in [1]_, so that the loss of variance by averaging counts as
        regularity.

    Returns
    -------
    MultiscaleEntropy
        The entropy at each scale, and their sum, the complexity index [2]_.

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    References
    ----------
    .. [1] Costa M, Goldberger AL, Peng CK. Multiscale entropy analysis of complex physiologic time
       series. Physical Review Letters 2002;89(6):068102. doi:10.1103/PhysRevLett.89.068102
    .. [2] Costa M, Goldberger AL, Peng CK. Multiscale entropy analysis of biological signals.
       Physical Review E 2005;71(2):021906. doi:10.1103/PhysRevE.71.021906

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import multiscale_entropy
    >>> noise = np.random.default_rng(0).normal(size=2000)
    >>> mse = multiscale_entropy(noise, scales=4)
    >>> bool(np.all(np.diff(mse.entropy) < 0))
    True
    """
    series = series_of(x, fs, usable)
    listed = checked_scales(scales)
    m = checked_integer(m, "m", 1, MAX_M)
    share = checked_number(r, "r", 0, 10, open_low=True)
    ddof = checked_ddof(ddof)
    limits = np.full(len(listed), share * spread(series, ddof))
    if tolerance is not None:
        limits[:] = checked_number(tolerance, "tolerance", 0, open_low=True)
    note = too_little(series, m + 2, "multiscale entropy")
    entropy, counts = np.full(len(listed), np.nan), np.zeros(len(listed), np.int64)
    for k, scale in enumerate(listed.tolist() if not note else ()):
        coarse = coarse_grained(series, scale)
        counts[k] = len(coarse)
        if rescale and tolerance is None:
            limits[k] = share * spread(coarse, ddof)
        if len(coarse) > m + 1:
            entropy[k] = sampen(coarse, m, limits[k], closed=closed)[0]
    missing = listed[np.isnan(entropy)].tolist()
    if missing and not note:
        note = f"not defined at the scales {missing}: no templates are similar; use more values"
    return MultiscaleEntropy(
        scales=listed,
        entropy=entropy,
        n=counts,
        tolerance=limits,
        complexity_index=float(np.sum(entropy)),
        valid=series.valid,
        notes=(note,) if note else (),
    )


def apen(series: Series, m: int, tolerance: float, delay: int = 1) -> float:
    """Return the approximate entropy of a series; NaN if it has too few templates."""
    phi = []
    for length in (m, m + 1):
        starts = series.starts((length - 1) * delay)
        if len(starts) <= 1:
            return np.nan
        phi.append(mean_log_share(series.templates(starts, length, delay), tolerance))
    return phi[0] - phi[1]


def sampen(
    series: Series, m: int, tolerance: float, delay: int = 1, *, closed: bool = True
) -> tuple[float, int, int]:
    """Return the sample entropy and the pairs within the tolerance at ``m`` and ``m + 1``."""
    radius = tolerance if closed else float(np.nextafter(tolerance, -np.inf))
    templates = series.templates(series.starts(m * delay), m + 1, delay)
    b = pairs_within(templates[:, :m], radius)
    a = pairs_within(templates, radius) if b else 0
    return (-math.log(a / b) + 0.0 if a and b else np.nan), b, a


def spread(series: Series, ddof: int) -> float:
    """Return the standard deviation of all values; 0 of fewer than two."""
    return float(np.std(series.values, ddof=ddof)) if len(series) > 1 else 0.0


def checked_ddof(ddof: int) -> int:
    """Return a ``ddof`` of -1, 0 or 1, or raise `InvalidInputError`."""
    return checked_integer(ddof, "ddof", -1, 1)


def _checked(
    series: Series, m: int, r: float, tolerance: float | None, delay: int, ddof: int
) -> tuple[int, int, float]:
    m = checked_integer(m, "m", 1, MAX_M)
    delay = checked_integer(delay, "delay", 1, 10**6)
    limit = checked_number(r, "r", 0, 10, open_low=True) * spread(series, checked_ddof(ddof))
    if tolerance is not None:
        limit = checked_number(tolerance, "tolerance", 0, open_low=True)
    return m, delay, limit


def _few_values(series: Series, m: int) -> str | None:
    few = f"{len(series)} values are few for m={m}; at least 10^m = {10**m} are recommended"
    return few if len(series) < 10**m else None


def coarse_grained(series: Series, scale: int) -> Series:
    """Return the means over windows of ``scale`` values, none across an interruption."""
    if scale == 1:
        return series
    means, numbers = [np.empty(0)], [np.empty(0, np.int64)]
    for number, (i0, i1) in enumerate(series.bounds().tolist()):
        n = (i1 - i0) // scale
        means.append(series.values[i0 : i0 + n * scale].reshape(n, scale).mean(axis=1))
        numbers.append(np.full(n, number))
    return Series(np.concatenate(means), np.concatenate(numbers))


def checked_scales(scales: int | Sequence[int]) -> NDArray[np.int64]:
    """Return increasing scales from their number or a list, or raise `InvalidInputError`."""
    if isinstance(scales, (int, float, np.number)):
        return np.arange(1, checked_integer(scales, "scales", 1, MAX_SCALES) + 1)
    expected = "whole numbers from 1 on, such as [1, 2, 4], or their number"
    return rising_numbers(scales, "scales", 1, 1, expected).astype(np.int64)
