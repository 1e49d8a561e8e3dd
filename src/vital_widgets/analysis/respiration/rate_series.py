"""Respiration rates over time, by several estimators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.analysis.respiration.rate_estimators import ESTIMATORS, estimates_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

LEAST_WINDOW, LONGEST_WINDOW = 10.0, 600.0  # s
LEAST_VALID = 0.9  # of a window
BAND = (4.0, 60.0)  # breaths a minute
CYCLES = 2.0  # of the slowest breath that a window must hold


@dataclass(frozen=True, kw_only=True, eq=False)
class RespirationRate(Result, given=("times", "quality", "window", "step")):
    """Respiration rate window by window.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Middle of each window in seconds.
    rate : ndarray of float64, shape (n,)
        Breaths a minute by ``method``; NaN where there is no regular breathing to be seen.
    names : tuple of str
        The estimators.
    estimates : ndarray of float64, shape (n, len(names))
        Breaths a minute by each of them; NaN where one finds none.
    median : ndarray of float64, shape (n,)
        Median of the estimates.
    spread : ndarray of float64, shape (n,)
        Their standard deviation (ddof 1), breaths a minute.
    quality : ndarray of float64, shape (n,)
        Height of the autocorrelation at one breath, 0 to 1: how regular the breathing is.
    method : str
        Which estimate ``rate`` is.
    window, step : float
        Length and distance of the windows in s.
    """

    times: NDArray[np.float64]
    rate: NDArray[np.float64]
    names: tuple[str, ...]
    estimates: NDArray[np.float64]
    median: NDArray[np.float64]
    spread: NDArray[np.float64]
    quality: NDArray[np.float64]
    method: str
    window: float
    step: float

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a window: rate, each estimate, median, spread (breaths/min), quality."""
        import pandas as pd

        columns = {"rate": self.rate}
        columns |= {name: self.estimates[:, k] for k, name in enumerate(self.names)}
        columns |= {"median": self.median, "spread": self.spread, "quality": self.quality}
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time_s"))

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of windows, the median rate, and how far the estimators differ."""
        known = np.isfinite(self.rate)
        middle = float(np.median(self.rate[known])) if known.any() else float("nan")
        apart = self.spread[known & np.isfinite(self.spread)]
        spread = float(np.median(apart)) if len(apart) else float("nan")
        return [
            ("windows", f"{len(self):,} of {self.window:g} s, {int(known.sum()):,} with a rate"),
            ("rate by", self.method),
            ("rate, median", quantity(middle, "breaths/min")),
            ("spread of estimates, median", quantity(spread, "breaths/min", 3)),
        ]


def checked_window(window: Any, step: Any) -> tuple[float, float]:
    """Return the length and the distance of windows in seconds."""
    length = checked_number(window, "window", LEAST_WINDOW, LONGEST_WINDOW, unit="s")
    return length, checked_number(step, "step", 0.25, LONGEST_WINDOW, unit="s")


def checked_band(band: Any, window: float) -> tuple[float, float]:
    """Return the slowest and the fastest breathing in Hz."""
    try:
        low, high = (float(x) for x in band)
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"band={band!r} is not a slowest and a fastest rate in breaths a minute, such as {BAND}"
        ) from None
    slowest = 60 * CYCLES / window
    if not 0 < low < high <= 120:  # noqa: PLR2004 - nobody breathes faster
        raise InvalidInputError(
            f"band={band!r} must rise and lie within 0 and 120 breaths a minute, such as {BAND}"
        )
    low = max(low, slowest)
    if low >= high:
        raise InvalidInputError(
            f"a window of {window:g} s holds {CYCLES:g} breaths only from {slowest:.3g} breaths a "
            f"minute up, and band={band!r} ends below; take a longer window"
        )
    return low / 60, high / 60


def window_rates(
    x: Signal, rate: float, starts: NDArray[np.int64], n: int, low: float, high: Signal
) -> tuple[Signal, Signal]:
    """Return estimates (windows, 4) and quality of the windows of ``n`` values that begin there.

    Windows of which a tenth or more is missing get NaN; shorter holes are bridged by lines.
    """
    estimates = np.full((len(starts), len(ESTIMATORS)), np.nan)
    quality = np.full(len(starts), np.nan)
    for k in range(0, len(starts), 256):
        first = starts[k : k + 256]
        if not len(first):
            continue
        rows = x[first[:, None] + np.arange(n)]
        missing = np.isnan(rows)
        good = missing.mean(axis=1) < 1 - LEAST_VALID
        for i in np.flatnonzero(good & missing.any(axis=1)).tolist():
            known = np.flatnonzero(~missing[i])
            rows[i] = np.interp(np.arange(n), known, rows[i, known])
        at = k + np.flatnonzero(good)
        estimates[at], quality[at] = estimates_of(rows[good], rate, low, high[at])
    return estimates, quality


def middle_and_spread(estimates: Signal) -> tuple[Signal, Signal]:
    """Return the median of each row and its standard deviation, of what is there."""
    known = np.isfinite(estimates)
    count = known.sum(axis=1)
    ordered = np.sort(estimates, axis=1)  # NaN go last
    i = np.arange(len(estimates))
    lower = ordered[i, np.maximum((count - 1) // 2, 0)]
    upper = ordered[i, np.minimum(count // 2, estimates.shape[1] - 1)]
    median = np.where(count > 0, 0.5 * (lower + upper), np.nan)
    mean = np.where(known, estimates, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = np.where(known, (estimates - mean[:, None]) ** 2, 0.0).sum(axis=1)
    spread = np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)
    return median, spread
