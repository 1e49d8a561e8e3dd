"""The QT interval corrected for rate, by the formulas of the literature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_choice
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMULAS = ("bazett", "fridericia", "framingham", "hodges")
LONGEST_MS = 10_000.0
LOOKS_LIKE_SECONDS = 10.0


def qtc(qt_ms: Any, rr_ms: Any, formula: str = "fridericia") -> Any:
    """Correct QT intervals for the RR interval before them.

    Parameters
    ----------
    qt_ms : float or array-like of float
        QT interval in ms; NaN where unknown.
    rr_ms : float or array-like of float
        RR interval in ms, of a shape that fits.
    formula : {'fridericia', 'bazett', 'framingham', 'hodges'}
        Both intervals are given in ms. The formulas, with RR turned into s: Bazett
        ``QT / RR**(1/2)``; Fridericia ``QT / RR**(1/3)``; Framingham ``QT + 154 (1 - RR)``;
        Hodges ``QT + 1.75 (60 / RR - 60)``.

    Returns
    -------
    float or ndarray of float64
        QTc in ms, NaN where one of the two is.

    References
    ----------
    Bazett HC. An analysis of the time-relations of electrocardiograms. Heart 1920;7:353-370.
    Fridericia LS. Die Systolendauer im Elektrokardiogramm bei normalen Menschen und bei
    Herzkranken. Acta Med Scand 1920;53:469-486.
    Sagie A, Larson MG, Goldberg RJ, Bengtson JR, Levy D. An improved method for adjusting the QT
    interval for heart rate (the Framingham Heart Study). Am J Cardiol 1992;70:797-801.
    Hodges M, Salerno D, Erlien D. Bazett's QT correction reviewed: evidence that a linear QT
    correction for heart rate is better. J Am Coll Cardiol 1983;1:694.
    """
    name = checked_choice(formula, "formula", FORMULAS)
    qt, rr = _checked_ms(qt_ms, "qt_ms"), _checked_ms(rr_ms, "rr_ms")
    try:
        qt, rr = np.broadcast_arrays(qt, rr)
    except ValueError:
        raise InvalidInputError(
            f"qt_ms has the shape {qt.shape} and rr_ms {rr.shape}; give as many of one as of the "
            "other"
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


def _checked_ms(given: Any, name: str) -> NDArray[np.float64]:
    if given is None:
        raise InvalidInputError(f"{name} is missing: give a number of ms or an array of them")
    try:
        ms = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError(f"{name}={given!r} is not a number of ms, nor an array") from None
    known = ms[np.isfinite(ms)]
    if np.isinf(ms).any() or np.any((known <= 0) | (known > LONGEST_MS)):
        bad = ms[np.isinf(ms) | (ms <= 0) | (ms > LONGEST_MS)].flat[0]
        raise InvalidInputError(
            f"{name} holds {bad!r}; intervals lie above 0 and up to {LONGEST_MS:g} ms (NaN where "
            "unknown)"
        )
    if len(known.ravel()) and float(np.median(known)) < LOOKS_LIKE_SECONDS:
        raise InvalidInputError(
            f"{name} has the median {float(np.median(known)):.4g}, which looks like seconds; give "
            "milliseconds: multiply by 1000"
        )
    return ms
