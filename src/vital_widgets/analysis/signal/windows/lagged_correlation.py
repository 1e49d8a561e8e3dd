"""Correlation of two signals at all delays up to some seconds."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signals_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Sums = tuple[NDArray[np.float64], NDArray[np.float64]]

MAX_LAGS = 1 << 20
MIN_PAIRS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class LaggedCorrelation(
    Result,
    given=("lags_s",),
    columns={"lag_s": "lags_s", "correlation": "correlation", "n_pairs": "n_pairs"},
):
    """Correlation at each delay.

    Attributes
    ----------
    lags_s : ndarray of float64, shape (k,)
        Delay of the second signal behind the first in seconds; negative where it leads.
    correlation : ndarray of float64, shape (k,)
        Pearson's correlation of the pairs of samples that far apart, -1 to 1.
    n_pairs : ndarray of int64, shape (k,)
        Number of pairs.
    """

    lags_s: NDArray[np.float64]
    correlation: NDArray[np.float64]
    n_pairs: NDArray[np.int64]

    @property
    def best(self) -> tuple[float, float]:
        """Delay in seconds with the largest absolute correlation, and the correlation there."""
        if not np.isfinite(self.correlation).any():
            return float("nan"), float("nan")
        k = int(np.nanargmax(np.abs(self.correlation)))
        return float(self.lags_s[k]), float(self.correlation[k])

    def _facts(self) -> list[tuple[str, str]]:
        lag, best = self.best
        return [("largest correlation", quantity(best)), ("at a delay of", quantity(lag, "s"))]


@analysis
def lagged_correlation(
    x: SignalLike,
    y: SignalLike,
    fs: float | None = None,
    *,
    max_lag_s: float = 1.0,
    usable: UsableLike = None,
) -> Plan[Sums, LaggedCorrelation]:
    """Correlate two signals at each delay.

    Parameters
    ----------
    x, y : array-like of float, shape (n,), or Channel
        Two signals with the same sample times. A pair counts if both samples are valid; no pair
        reaches across a gap of a recording.
    fs, usable
        As for `window_statistics`; a sample is usable if both signals are.
    max_lag_s : float
        Largest delay in seconds, in both directions; 1 s, longer than a pulse takes to arrive.

    Returns
    -------
    LaggedCorrelation
        The correlation at each delay, from -max_lag_s to max_lag_s. It is the same to 1e-9
        however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The signals do not have the same sample times, or the delay is shorter than one sample.

    Notes
    -----
    Each correlation is Pearson's coefficient with the means and variances of its own pairs, by
    fast Fourier transforms. Remove slow trends with a high-pass filter first. The correlation of
    autocorrelated signals varies by chance far more than the number of pairs suggests.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import lagged_correlation
    >>> x = np.random.default_rng(0).normal(size=5000)
    >>> lagged_correlation(x, np.roll(x, 10), fs=100).best[0]
    0.1
    """
    signals = signals_of([x, y], fs, usable, names=("x", "y"))
    n = round(checked_number(max_lag_s, "max_lag_s", 0, open_low=True, unit="s") * signals.fs)
    if not 1 <= n <= MAX_LAGS:
        raise InvalidInputError(
            f"max_lag_s={max_lag_s!r} is {n} samples at fs={signals.fs:g} Hz; give 1 to {MAX_LAGS}"
        )

    def join(partials: Sequence[Sums], extent: Extent) -> LaggedCorrelation:
        total = np.zeros((6, 2 * n + 1))
        weights = np.array([sums[0, n] for sums, _ in partials])
        common = np.zeros(2)
        if weights.sum() > 0:
            common = np.average([centre for _, centre in partials], axis=0, weights=weights)
        for (k, sx, sy, sxx, syy, sxy), centre in partials:
            dx, dy = centre - common
            xx, yy = sxx + 2 * dx * sx + k * dx * dx, syy + 2 * dy * sy + k * dy * dy
            xy = sxy + dy * sx + dx * sy + k * dx * dy
            total += np.array([k, sx + k * dx, sy + k * dy, xx, yy, xy])
        k, sx, sy, sxx, syy, sxy = total
        safe = np.maximum(k, 1)
        vx, vy = sxx - sx * sx / safe, syy - sy * sy / safe
        # Of constant signals only rounding errors of the transforms are left.
        varies = (vx > 1e-12 * sxx.max(initial=0)) & (vy > 1e-12 * syy.max(initial=0))
        varies &= k >= MIN_PAIRS
        bottom = np.sqrt(np.where(varies, vx, 1)) * np.sqrt(np.where(varies, vy, 1))
        correlation = np.clip((sxy - sx * sy / safe) / bottom, -1, 1)
        return LaggedCorrelation(
            lags_s=np.arange(-n, n + 1) / extent.fs,
            correlation=np.where(varies, correlation, np.nan),
            n_pairs=k.astype(np.int64),
            valid=extent.valid,
            notes=() if varies.any() else (not_enough("no pairs of samples that vary"),),
        )

    work = functools.partial(_sums, n_lags=n)
    return Plan(work, join, before=n, after=n, source=signals)


def _sums(piece: Piece, *, n_lags: int) -> Sums:
    """Return sums over pairs by delay about a centre: n, x, y, xx, yy, xy; and the centre."""
    from scipy.signal import fftconvolve

    x = piece.values[0, piece.core]
    y = np.full(len(x) + 2 * n_lags, np.nan)
    first = n_lags - piece.core.start
    y[first : first + piece.values.shape[-1]] = piece.values[1]
    known_x, known_y = np.isfinite(x), np.isfinite(y)
    centre = np.array([one[k].mean() if k.any() else 0 for one, k in ((x, known_x), (y, known_y))])
    x = np.where(known_x, x - centre[0], 0)
    y = np.where(known_y, y - centre[1], 0)
    mx, my = known_x.astype(float), known_y.astype(float)
    pairs = ((mx, my), (x, my), (mx, y), (x * x, my), (mx, y * y), (x, y))
    sums = np.array([fftconvolve(b, a[::-1], mode="valid") for a, b in pairs])
    sums[0] = np.round(sums[0])
    return sums, centre
