"""Approximate and sample entropy: how often what was alike stays alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    A_PAIR,
    NAN,
    Complexity,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.series import Series, series_of
from vital_widgets.analysis.signal.complexity.template_counts import (
    closed_radius,
    mean_log_share,
    pairs_within,
)

LONGEST_TEMPLATE = 10
DDOF = (-1, 0, 1)


@with_recipe("values")
def approximate_entropy(
    values: Any,
    fs: float | None = None,
    *,
    m: int = 2,
    r: float = 0.2,
    tolerance: float | None = None,
    delay: int = 1,
    ddof: int = 1,
    usable: Any = None,
) -> Complexity:
    """Approximate entropy (ApEn), in nats.

    ApEn = phi(m) - phi(m + 1), where phi is the mean log share of templates within the tolerance
    in the maximum norm. A template counts itself, and ``<=`` is within, as Pincus defined it;
    that biases short series to low values, so compare series of like length only.

    Parameters
    ----------
    values : array-like of float, shape (n,), or beats
        The series; NaN interrupts it, and no template crosses an interruption. Of beats or
        `Intervals`, the intervals in ms.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figure rests on.
    m : int
        Length of a template, 1 to 10.
    r : float
        Tolerance, in standard deviations of the series.
    tolerance : float, optional
        Tolerance in the unit of the values, in place of ``r``.
    delay : int
        Distance between the values of a template.
    ddof : int
        Of that standard deviation: 1 divides by n - 1, 0 by n; -1 (by n + 1) is that of pyHRV.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    References
    ----------
    Pincus, S. M. (1991). Approximate entropy as a measure of system complexity. Proceedings of
    the National Academy of Sciences, 88(6), 2297-2301.
    """
    series = series_of(values, fs, usable)
    m, delay, limit = _checked(series, m, r, tolerance, delay, ddof)
    note = too_little(series, (m + 1) * delay + 2, "approximate entropy")
    value = NAN if note else apen(series, m, limit, delay)
    if not note and math.isnan(value):
        note = "no stretch holds two templates; approximate entropy is not defined"
    return Complexity(
        name="approximate entropy",
        value=value,
        unit="nat",
        n=len(series),
        details={"m": m, "delay": delay, "tolerance": limit},
        valid=series.valid,
        notes=_notes(note, series, m),
    )


@with_recipe("values")
def sample_entropy(
    values: Any,
    fs: float | None = None,
    *,
    m: int = 2,
    r: float = 0.2,
    tolerance: float | None = None,
    delay: int = 1,
    ddof: int = 1,
    closed: bool = True,
    usable: Any = None,
) -> Complexity:
    """Sample entropy (SampEn), in nats.

    SampEn = -ln(A / B): of the B pairs of templates of ``m`` values within the tolerance in the
    maximum norm, A stay within it at ``m + 1``. No template is paired with itself, and both
    counts take the same templates, those that one more value follows. Where A or B is zero the
    figure is not defined, and is NaN here (other software gives infinity, or a substitute).

    Parameters
    ----------
    values, fs, m, r, tolerance, delay, ddof, usable
        As in `approximate_entropy`.
    closed : bool
        Whether a distance equal to the tolerance is within it, as Richman and Moorman have it
        (and NeuroKit2); nolds, pyHRV and PhysioNet's sampen.c want it below.

    References
    ----------
    Richman, J. S., & Moorman, J. R. (2000). Physiological time-series analysis using approximate
    entropy and sample entropy. American Journal of Physiology, 278(6), H2039-H2049.
    """
    series = series_of(values, fs, usable)
    m, delay, limit = _checked(series, m, r, tolerance, delay, ddof)
    note = too_little(series, m * delay + 2, "sample entropy")
    value, b, a = (NAN, 0, 0) if note else sampen(series, m, limit, delay, closed=closed)
    return Complexity(
        name="sample entropy",
        value=value,
        unit="nat",
        n=len(series),
        details={"m": m, "delay": delay, "tolerance": limit, "pairs_m": b, "pairs_m_plus_1": a},
        valid=series.valid,
        notes=_notes(note or undefined(value, b, a), series, m),
    )


def apen(series: Series, m: int, tolerance: float, delay: int = 1) -> float:
    """Return approximate entropy of a series; NaN if it holds too few templates."""
    phi = []
    for length in (m, m + 1):
        starts = series.starts((length - 1) * delay)
        if len(starts) < A_PAIR:
            return NAN
        phi.append(mean_log_share(series.templates(starts, length, delay), tolerance))
    return phi[0] - phi[1]


def sampen(
    series: Series, m: int, tolerance: float, delay: int = 1, *, closed: bool = True
) -> tuple[float, int, int]:
    """Return sample entropy and the pairs alike at ``m`` and ``m + 1``."""
    starts = series.starts(m * delay)
    radius = closed_radius(tolerance, closed=closed)
    templates = series.templates(starts, m + 1, delay)
    b = pairs_within(templates[:, :m], radius)
    a = pairs_within(templates, radius) if b else 0
    return (-math.log(a / b) + 0.0 if a and b else NAN), b, a


def undefined(value: float, b: int, a: int) -> str | None:
    """Return the note of a sample entropy that is not defined."""
    if not math.isnan(value):
        return None
    return f"sample entropy is not defined: {b} pairs alike at m, {a} at m + 1; use more values"


def spread(series: Series, ddof: int) -> float:
    """Return the standard deviation of all values; 0 of fewer than two."""
    return float(np.std(series.values, ddof=ddof)) if len(series) > 1 else 0.0


def checked_ddof(ddof: Any) -> int:
    """Return a ``ddof`` of -1, 0 or 1, or raise `InvalidInputError`."""
    return whole_number(ddof, "ddof", DDOF[0], DDOF[-1])


def _checked(
    series: Series, m: Any, r: Any, tolerance: Any, delay: Any, ddof: Any
) -> tuple[int, int, float]:
    m = whole_number(m, "m", 1, LONGEST_TEMPLATE)
    delay = whole_number(delay, "delay", 1, 10**6)
    share = checked_number(r, "r", 0, 10, open_low=True)
    ddof = checked_ddof(ddof)
    if tolerance is not None:
        return m, delay, checked_number(tolerance, "tolerance", 0, open_low=True)
    return m, delay, share * spread(series, ddof)


def _notes(note: str | None, series: Series, m: int) -> tuple[str, ...]:
    if note:
        return (note,)
    if len(series) < 10**m:
        return (f"{len(series)} values are few for m={m}: 10^m = {10**m} at least are advised",)
    return ()
