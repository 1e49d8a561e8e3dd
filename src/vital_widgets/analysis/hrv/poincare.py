"""The Poincare plot of intervals: each against the one before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, not_enough
from vital_widgets.analysis.signal.complexity.complexity_measure import A_PAIR, NAN, too_little
from vital_widgets.analysis.signal.complexity.entropy import checked_ddof
from vital_widgets.analysis.signal.complexity.series import Series, series_of

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("pairs", "moments")


@dataclass(frozen=True, kw_only=True, eq=False)
class Poincare(Result):
    """Figures of the Poincare plot, in the unit of the values (ms for intervals).

    Attributes
    ----------
    sd1 : float
        Spread across the line of identity: short-term variability.
    sd2 : float
        Spread along it: long-term variability.
    sd1_sd2 : float
        Their ratio.
    area : float
        Area of the ellipse with the half axes SD1 and SD2: pi SD1 SD2.
    pairs : int
        Number of pairs that follow each other without a gap.
    """

    sd1: float
    sd2: float
    sd1_sd2: float
    area: float
    pairs: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        names = ("sd1", "sd2", "sd1_sd2", "area", "pairs")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the figures."""
        return [
            ("SD1", quantity(self.sd1)),
            ("SD2", quantity(self.sd2)),
            ("SD1/SD2", quantity(self.sd1_sd2)),
            ("area", quantity(self.area)),
            ("pairs", f"{self.pairs:,}"),
        ]


@with_recipe("values")
def poincare(
    values: Any,
    fs: float | None = None,
    *,
    ddof: int = 1,
    method: str = "pairs",
    usable: Any = None,
) -> Poincare:
    """SD1 and SD2 of the Poincare plot.

    Parameters
    ----------
    values : beats, Intervals, or array-like of float, shape (n,)
        Intervals in ms (an array may hold any series, with NaN where it is interrupted).
    fs : float, optional
        Sampling rate in Hz of an array; only to say how many seconds the figures rest on.
    ddof : int
        1 divides sums of squares by n - 1 (NeuroKit2, Kubios), 0 by n (pyHRV).
    method : str
        'pairs': standard deviations of ``(x[i] - x[i+1]) / sqrt(2)`` and of their sum over
        ``sqrt(2)``. 'moments': SD1^2 = SDSD^2 / 2 and SD2^2 = 2 SDNN^2 - SDSD^2 / 2, which differs
        by the weight of the first and last interval of each stretch.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values of an array may be used.

    References
    ----------
    Brennan, M., Palaniswami, M., & Kamen, P. (2001). Do existing measures of Poincare plot
    geometry reflect nonlinear features of heart rate variability? IEEE Transactions on Biomedical
    Engineering, 48(11), 1342-1347.
    """
    series = series_of(values, fs, usable)
    ddof = checked_ddof(ddof)
    method = checked_choice(method, "method", METHODS)
    note = too_little(series, 3, "a Poincare plot")
    sd1, sd2, pairs = (NAN, NAN, 0) if note else sd1_sd2(series, ddof, method)
    if not note and pairs < A_PAIR:
        note = not_enough(f"{pairs} pairs of values that follow each other")
    return Poincare(
        sd1=sd1,
        sd2=sd2,
        sd1_sd2=sd1 / sd2 if sd2 > 0 else NAN,
        area=math.pi * sd1 * sd2,
        pairs=pairs,
        valid=series.valid,
        notes=(note,) if note else (),
    )


def sd1_sd2(series: Series, ddof: int, method: str) -> tuple[float, float, int]:
    """Return SD1, SD2 and the number of pairs; NaN with fewer than two pairs."""
    at = series.starts(1)
    if len(at) < A_PAIR:
        return NAN, NAN, len(at)
    x, y = series.values[at], series.values[at + 1]
    sd1 = float(np.std(y - x, ddof=ddof)) / math.sqrt(2)
    if method == "pairs":
        return sd1, float(np.std(x + y, ddof=ddof)) / math.sqrt(2), len(at)
    sd2 = 2 * float(np.var(series.values, ddof=ddof)) - sd1**2
    return sd1, math.sqrt(sd2) if sd2 >= 0 else NAN, len(at)
