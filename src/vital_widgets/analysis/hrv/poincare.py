"""The Poincare plot of intervals: each against the one before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, not_enough
from vital_widgets.analysis.hrv.nn_intervals import used_intervals
from vital_widgets.analysis.signal.complexity.entropy import checked_ddof
from vital_widgets.analysis.signal.complexity.series import (
    Series,
    of_intervals,
    series_of,
    too_little,
)
from vital_widgets.core.channel import Channel

if TYPE_CHECKING:
    from vital_widgets.analysis.beats.beat_series import IntervalsLike
    from vital_widgets.analysis.engine.source import SignalLike
    from vital_widgets.analysis.engine.stretches import UsableLike

METHODS = ("pairs", "moments")
COLUMNS = ("sd1", "sd2", "sd1_sd2", "area", "n_pairs")


@dataclass(frozen=True, kw_only=True, eq=False)
class Poincare(Result, columns={name: name for name in COLUMNS}):
    """Measures of the Poincare plot, in the units of the values (ms for intervals).

    Attributes
    ----------
    sd1 : float
        Standard deviation across the line of identity: short-term variability.
    sd2 : float
        Standard deviation along it: long-term variability.
    sd1_sd2 : float
        Their ratio.
    area : float
        Area of the ellipse with the half axes SD1 and SD2: pi SD1 SD2.
    n_pairs : int
        Number of pairs of successive values.
    """

    sd1: float
    sd2: float
    sd1_sd2: float
    area: float
    n_pairs: int

    def _facts(self) -> list[tuple[str, str]]:
        labels = zip(("SD1", "SD2", "SD1/SD2", "area"), COLUMNS, strict=False)
        facts = [(label, quantity(getattr(self, name))) for label, name in labels]
        return [*facts, ("pairs", f"{self.n_pairs:,}")]


@analysis
def poincare(
    x: IntervalsLike | SignalLike,
    fs: float | None = None,
    *,
    ddof: int = 1,
    method: str = "pairs",
    usable: UsableLike = None,
) -> Poincare:
    """Compute SD1 and SD2 of the Poincare plot.

    Parameters
    ----------
    x : IntervalsLike, or array-like of float, shape (n,)
        Beats or intervals; an array holds intervals in ms or any other series, with NaN where it
        is interrupted. The beats of an ECG or PPG channel are found and corrected first, and notes
        say so.
    fs : float, optional
        Sampling rate in Hz of an array that is a signal; without it, durations are not known.
    ddof : int
        1 divides sums of squares by n - 1 (the default, as in NeuroKit2 and Kubios), 0 by n
        (pyHRV).
    method : {'pairs', 'moments'}
        'pairs': standard deviations of ``(x[i] - x[i+1]) / sqrt(2)`` and ``(x[i] + x[i+1]) /
        sqrt(2)``. 'moments': SD1^2 = SDSD^2 / 2 and SD2^2 = 2 SDNN^2 - SDSD^2 / 2, which differs
        by the weight of the first and last interval of each stretch.
    usable : UsableLike, optional
        Where the values may be used; everywhere by default.

    Returns
    -------
    Poincare
        No pair crosses a gap.

    Raises
    ------
    InvalidInputError
        An argument is unknown, or the values are not numbers.

    References
    ----------
    Brennan M, Palaniswami M, Kamen P. Do existing measures of Poincare plot geometry reflect
    nonlinear features of heart rate variability? IEEE Transactions on Biomedical Engineering
    2001;48(11):1342-1347. doi:10.1109/10.959330

    Examples
    --------
    >>> from vital_widgets.analysis import poincare
    >>> plot = poincare([800.0, 820.0, 790.0, 810.0, 805.0])
    >>> round(plot.sd1, 1), plot.n_pairs
    (16.9, 4)
    """
    nn = used_intervals(x, usable) if isinstance(x, Channel) else None
    series = series_of(x, fs, usable) if nn is None else of_intervals(nn)
    ddof = checked_ddof(ddof)
    method = checked_choice(method, "method", METHODS)
    note = too_little(series, 3, "a Poincare plot")
    sd1, sd2, pairs = (np.nan, np.nan, 0) if note else sd1_sd2(series, ddof, method)
    if not note and pairs <= 1:
        note = not_enough(f"{pairs} pairs of successive values")
    return Poincare(
        sd1=sd1,
        sd2=sd2,
        sd1_sd2=sd1 / sd2 if sd2 > 0 else np.nan,
        area=math.pi * sd1 * sd2,
        n_pairs=pairs,
        valid=series.valid,
        notes=(*([note] if note else []), *(nn.notes if nn is not None else ())),
    )


def sd1_sd2(series: Series, ddof: int, method: str) -> tuple[float, float, int]:
    """Return SD1, SD2 and the number of pairs; NaN with fewer than two pairs."""
    at = series.starts(1)
    if len(at) <= 1:
        return np.nan, np.nan, len(at)
    x, y = series.values[at], series.values[at + 1]
    sd1 = float(np.std(y - x, ddof=ddof)) / math.sqrt(2)
    if method == "pairs":
        return sd1, float(np.std(x + y, ddof=ddof)) / math.sqrt(2), len(at)
    sd2 = 2 * float(np.var(series.values, ddof=ddof)) - sd1**2
    return sd1, math.sqrt(sd2) if sd2 >= 0 else np.nan, len(at)
