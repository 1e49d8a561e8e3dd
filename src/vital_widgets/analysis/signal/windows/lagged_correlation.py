"""Correlation of two signals at all delays up to some seconds."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

PIECE = 1 << 17
MOST_LAGS = 1 << 20
LEAST_PAIRS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class LaggedCorrelation(Result, given=("lags",)):
    """Correlation by delay.

    Attributes
    ----------
    lags : ndarray of float64, shape (k,)
        Delay of the second signal behind the first in seconds; negative where it leads.
    correlation : ndarray of float64, shape (k,)
        Pearson's correlation of the pairs of samples so far apart, -1 to 1.
    pairs : ndarray of int64, shape (k,)
        Their number.
    """

    lags: NDArray[np.float64]
    correlation: NDArray[np.float64]
    pairs: NDArray[np.int64]

    @property
    def best(self) -> tuple[float, float]:
        """Delay in seconds of the greatest absolute correlation, and the correlation there."""
        if not np.isfinite(self.correlation).any():
            return float("nan"), float("nan")
        k = int(np.nanargmax(np.abs(self.correlation)))
        return float(self.lags[k]), float(self.correlation[k])

    def to_frame(self) -> pd.DataFrame:
        """Return one row a delay: lag (s), correlation, pairs."""
        import pandas as pd

        return pd.DataFrame(
            {"lag": self.lags, "correlation": self.correlation, "pairs": self.pairs}
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the best delay."""
        lag, best = self.best
        return [("greatest correlation", quantity(best)), ("at a delay of", quantity(lag, "s"))]


def plan_lagged_correlation(fs: float, *, max_lag: float = 1.0) -> Plan[Any, LaggedCorrelation]:
    """Return the plan of `lagged_correlation`."""
    rate = checked_fs(fs)
    most = round(checked_number(max_lag, "max_lag", 0, open_low=True, unit="s") * rate)
    if not 1 <= most <= MOST_LAGS:
        raise InvalidInputError(
            f"max_lag={max_lag!r} s is {most} samples at fs={rate:g} Hz; give 1 to {MOST_LAGS}"
        )
    work = functools.partial(_sums, most=most)
    join = functools.partial(_joined, most=most)
    return Plan(work, join, before=most, after=most, stacked=True)


@chunked(plan_lagged_correlation)
@with_recipe("values")
def lagged_correlation(
    values: Any, fs: float, *, max_lag: float = 1.0, usable: Any = None
) -> LaggedCorrelation:
    """Cross-correlation of two signals by delay, each delay from its own pairs of samples.

    In pieces it gives the same to 1e-9.

    Parameters
    ----------
    values : array-like of float, shape (2, n)
        Two signals of the same times; a pair counts where both samples are numbers, and no pair
        reaches across a gap of a recording.
    fs : float
        Sampling rate in Hz.
    max_lag : float
        Greatest delay in seconds, either way.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where both signals may be used.

    Notes
    -----
    Mean and spread are those of the pairs, so trends do not tilt it; filter slow drifts away
    first. Signals with a memory correlate by chance far more than the number of pairs suggests.
    """
    rate = checked_fs(fs)
    signals = checked_signal(values, ndim=2)
    if len(signals) != 2:  # noqa: PLR2004 - two signals
        raise InvalidInputError(
            f"values has the shape {signals.shape}; it must be (2, n): two signals"
        )
    plan = plan_lagged_correlation(rate, max_lag=max_lag)
    signals = only_usable(signals, usable, rate)
    return run_on_array(plan, signals, rate, chunk_samples=max(PIECE, 4 * plan.after))


def _sums(piece: Piece, *, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sums over pairs by delay about a centre: n, x, y, xx, yy, xy; and the centre."""
    from scipy.signal import fftconvolve

    if len(piece.values) != 2:  # noqa: PLR2004 - two signals
        raise InvalidInputError(f"lagged_correlation takes two channels, not {len(piece.values)}")
    n = piece.core.stop - piece.core.start
    x = piece.values[0, piece.core]
    y = np.full(n + 2 * most, np.nan)
    first = most - piece.core.start
    y[first : first + piece.values.shape[-1]] = piece.values[1]
    known_x, known_y = np.isfinite(x), np.isfinite(y)
    centre = np.array(
        [one[known].mean() if known.any() else 0.0 for one, known in ((x, known_x), (y, known_y))]
    )
    x = np.where(known_x, x - centre[0], 0)
    y = np.where(known_y, y - centre[1], 0)

    def by_lag(a: Any, b: Any) -> Any:
        return fftconvolve(b, a[::-1], mode="valid")

    mx, my = known_x.astype(float), known_y.astype(float)
    sums = [
        np.round(by_lag(mx, my)),
        by_lag(x, my),
        by_lag(mx, y),
        by_lag(x * x, my),
        by_lag(mx, y * y),
        by_lag(x, y),
    ]
    return np.array(sums), centre


def _joined(
    partials: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    extent: Extent,
    *,
    most: int,
) -> LaggedCorrelation:
    total = np.zeros((6, 2 * most + 1))
    weights = np.array([p[0][0, most] for p in partials])
    common = np.zeros(2)
    if weights.sum() > 0:
        common = np.average([p[1] for p in partials], axis=0, weights=weights)
    for sums, centre in partials:
        n, x, y, xx, yy, xy = sums
        dx, dy = centre - common
        total += np.array(
            [
                n,
                x + n * dx,
                y + n * dy,
                xx + 2 * dx * x + n * dx * dx,
                yy + 2 * dy * y + n * dy * dy,
                xy + dy * x + dx * y + n * dx * dy,
            ]
        )
    n, x, y, xx, yy, xy = total
    safe = np.maximum(n, 1)
    vx, vy = xx - x * x / safe, yy - y * y / safe
    # Flat signals: what is left is rounding of the transforms.
    some = (n >= LEAST_PAIRS) & (vx > 1e-12 * xx.max(initial=0)) & (vy > 1e-12 * yy.max(initial=0))
    top = xy - x * y / safe
    bottom = np.sqrt(np.where(some, vx, 1)) * np.sqrt(np.where(some, vy, 1))
    correlation = np.where(some, np.clip(top / bottom, -1, 1), np.nan)
    none = not some.any()
    return LaggedCorrelation(
        lags=np.arange(-most, most + 1) / extent.fs,
        correlation=correlation,
        pairs=n.astype(np.int64),
        valid=extent.valid,
        notes=(not_enough("no pairs of samples that vary"),) if none else (),
    )
