"""Respiration rates over time, by several estimators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.analysis.respiration.condition import is_flat
from vital_widgets.analysis.respiration.rate_estimators import ESTIMATORS, estimates_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

MIN_WINDOW, MAX_WINDOW = 10.0, 600.0  # s
MIN_VALID = 0.9  # of a window
BAND = (4.0, 60.0)  # breaths/min
CYCLES = 2.0  # of the slowest breath that a window must hold
AT_ONCE = 1 << 15  # values of the windows analysed together, which stay in the processor's cache


@dataclass(frozen=True, kw_only=True, eq=False)
class RespirationRate(Result, given=("times", "quality", "window_s", "step_s")):
    """Respiration rate in windows.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Middle of each window in s.
    rate : ndarray of float64, shape (n,)
        Breaths/min by ``method``; NaN where breathing is not regular.
    names : tuple of str
        The estimators.
    estimates : ndarray of float64, shape (n, len(names))
        Breaths/min by each of them; NaN where one finds none.
    median : ndarray of float64, shape (n,)
        Median of the estimates.
    spread : ndarray of float64, shape (n,)
        Their standard deviation (ddof 1), breaths/min.
    quality : ndarray of float64, shape (n,)
        Height of the autocorrelation at one breath, 0 to 1: how regular the breathing is.
    method : str
        The estimate that ``rate`` is.
    window_s, step_s : float
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
    window_s: float
    step_s: float

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per window: rate, estimates, median, spread (breaths/min), quality."""
        import pandas as pd

        columns = {"rate": self.rate}
        columns |= {name: self.estimates[:, k] for k, name in enumerate(self.names)}
        columns |= {"median": self.median, "spread": self.spread, "quality": self.quality}
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time_s"))

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of windows, the median rate and spread of the estimators."""
        known = int(np.isfinite(self.rate).sum())
        return [
            ("windows", f"{len(self):,} of {self.window_s:g} s, {known:,} with a rate"),
            ("rate by", self.method),
            *rate_facts(self.rate, self.spread),
        ]


def rate_facts(rate: Signal, spread: Signal) -> list[tuple[str, str]]:
    """Return the median rate, and the median spread of the windows that have a rate."""
    return [
        ("rate, median", quantity(median_of(rate), "breaths/min")),
        (
            "spread of estimates, median",
            quantity(median_of(spread[np.isfinite(rate)]), "breaths/min", 3),
        ),
    ]


def median_of(values: Signal) -> float:
    """Return the median of the values that are numbers; NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def checked_window(window_s: Any, step_s: Any) -> tuple[float, float]:
    """Return the length and the distance of windows in seconds."""
    length = checked_number(window_s, "window_s", MIN_WINDOW, MAX_WINDOW, unit="s")
    return length, checked_number(step_s, "step_s", 0.25, MAX_WINDOW, unit="s")


def checked_band(band: Any, window: float) -> tuple[float, float]:
    """Return the slowest and the fastest breathing in Hz."""
    try:
        low, high = (float(x) for x in band)
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"band={band!r} is not a pair of a lowest and a highest rate in breaths/min, such as "
            f"{BAND}"
        ) from None
    if not 0 < low < high <= 120:  # noqa: PLR2004 - nobody breathes faster
        raise InvalidInputError(
            f"band={band!r} must rise and lie between 0 and 120 breaths/min, such as {BAND}"
        )
    low = max(low, 60 * CYCLES / window)
    if low >= high:
        raise InvalidInputError(
            f"a window of {window:g} s holds {CYCLES:g} breaths only from {low:.3g} breaths/min "
            f"up, and band={band!r} ends below; use a longer window"
        )
    return low / 60, high / 60


def window_rates(
    x: Signal, rate: float, starts: NDArray[np.int64], n: int, low: float, high: Signal,
    *, reject_flat: bool = False,
) -> tuple[Signal, Signal]:  # fmt: skip
    """Return estimates (windows, 4) and quality of the windows of ``n`` values that begin there.

    Windows with a tenth or more missing get NaN; shorter holes are bridged by straight lines.
    With ``reject_flat``, windows with the spectrum of white noise have no estimates.
    """
    estimates = np.full((len(starts), len(ESTIMATORS)), np.nan)
    quality = np.full(len(starts), np.nan)
    views = np.lib.stride_tricks.sliding_window_view(x, n) if len(starts) else x
    size = max(AT_ONCE // n, 1)
    for k in range(0, len(starts), size):
        rows = views[starts[k : k + size]]
        at = np.arange(k, k + len(rows))
        flat: NDArray[np.bool_] = np.zeros(len(rows), bool)
        missing = np.isnan(rows)
        holes = np.asarray(missing.any(axis=1))
        if holes.any():
            good = missing.mean(axis=1) < 1 - MIN_VALID
            for i in np.flatnonzero(good & holes).tolist():
                known = np.flatnonzero(~missing[i])
                flat[i] = reject_flat and is_flat(rows[i, known][None], rate)[0]
                rows[i] = np.interp(np.arange(n), known, rows[i, known])
            rows, at, flat, holes = rows[good], at[good], flat[good], holes[good]
        if reject_flat:
            flat[~holes] = is_flat(rows[~holes], rate)
        estimates[at], quality[at] = estimates_of(rows, rate, low, high[at])
        estimates[at[flat]] = np.nan
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
