"""The QT interval corrected for rate, by the formulas of the literature."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from vital_widgets.analysis.beats.beat_series import LOOKS_LIKE_SECONDS, MAX_MS
from vital_widgets.analysis.engine.validity import checked_choice
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FORMULAS = ("bazett", "fridericia", "framingham", "hodges")


@overload
def qtc(qt_ms: float, rr_ms: float, formula: str = "fridericia") -> float: ...
@overload
def qtc(qt_ms: ArrayLike, rr_ms: ArrayLike, formula: str = "fridericia") -> NDArray[np.float64]: ...
def qtc(
    qt_ms: ArrayLike, rr_ms: ArrayLike, formula: str = "fridericia"
) -> float | NDArray[np.float64]:
    """Correct QT intervals for heart rate.

    Parameters
    ----------
    qt_ms : float or array-like of float
        QT interval in ms; NaN where unknown.
    rr_ms : float or array-like of float
        RR interval before it in ms, of a shape that broadcasts with that of ``qt_ms``.
    formula : {'fridericia', 'bazett', 'framingham', 'hodges'}
        With QT in ms and RR in s: Bazett ``QT / RR**(1/2)`` [1]_; Fridericia ``QT / RR**(1/3)``
        [2]_, the default, which overcorrects less than Bazett's at high rates; Framingham
        ``QT + 154 (1 - RR)`` [3]_; Hodges ``QT + 1.75 (60 / RR - 60)`` [4]_.

    Returns
    -------
    float or ndarray of float64
        QTc in ms, NaN where QT or RR is NaN.

    Raises
    ------
    InvalidInputError
        An interval is not between 0 and 10,000 ms, or the shapes do not fit.

    References
    ----------
    .. [1] Bazett HC. An analysis of the time-relations of electrocardiograms. Heart
       1920;7:353-370.
    .. [2] Fridericia LS. Die Systolendauer im Elektrokardiogramm bei normalen Menschen und bei
       Herzkranken. Acta Medica Scandinavica 1920;53:469-486.
    .. [3] Sagie A, Larson MG, Goldberg RJ, Bengtson JR, Levy D. An improved method for adjusting
       the QT interval for heart rate (the Framingham Heart Study). American Journal of Cardiology
       1992;70(7):797-801. doi:10.1016/0002-9149(92)90562-D
    .. [4] Hodges M, Salerno D, Erlien D. Bazett's QT correction reviewed: evidence that a linear
       QT correction for heart rate is better. Journal of the American College of Cardiology
       1983;1(2):694.

    Examples
    --------
    >>> from vital_widgets.analysis import qtc
    >>> round(qtc(400, 640, "bazett"))
    500
    """
    name = checked_choice(formula, "formula", FORMULAS)
    qt, rr = _checked_ms(qt_ms, "qt_ms"), _checked_ms(rr_ms, "rr_ms")
    try:
        qt, rr = np.broadcast_arrays(qt, rr)
    except ValueError:
        raise InvalidInputError(
            f"qt_ms has the shape {qt.shape} and rr_ms {rr.shape}; give one RR interval for each "
            "QT interval"
        ) from None
    seconds = rr / 1000
    if name == "bazett":
        corrected = qt / np.sqrt(seconds)
    elif name == "fridericia":
        corrected = qt / np.cbrt(seconds)
    elif name == "framingham":
        corrected = qt + 154 * (1 - seconds)
    else:
        corrected = qt + 1.75 * (60 / seconds - 60)
    return float(corrected) if corrected.ndim == 0 else corrected


def _checked_ms(given: ArrayLike, name: str) -> NDArray[np.float64]:
    if given is None:
        raise InvalidInputError(f"{name} is missing; give a number in ms, or an array")
    try:
        ms = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError(f"{name}={given!r} is not a number in ms, or an array") from None
    known = ms[np.isfinite(ms)]
    if np.isinf(ms).any() or np.any((known <= 0) | (known > MAX_MS)):
        bad = ms[np.isinf(ms) | (ms <= 0) | (ms > MAX_MS)].flat[0]
        raise InvalidInputError(
            f"{name} contains {bad!r}; intervals are above 0 and up to {MAX_MS:g} ms (NaN where "
            "unknown)"
        )
    if len(known.ravel()) and float(np.median(known)) < LOOKS_LIKE_SECONDS:
        raise InvalidInputError(
            f"{name} has the median {float(np.median(known)):.4g}, which looks like seconds; give "
            "milliseconds: multiply by 1000"
        )
    return ms
