"""Detrended fluctuation analysis: how the fluctuations of a series grow with the window."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, checked_integer, not_enough
from vital_widgets.analysis.signal.complexity.series import (
    Series,
    SeriesLike,
    rising_numbers,
    series_of,
    slope,
    too_little,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_SIZE = 4
N_SIZES = 30  # by default, evenly spaced on a log scale
MAX_SHARE = 10  # the largest size is by default a tenth of the longest stretch
FLAT = 1e-8
ROUNDING = 1e-9  # of the standard deviation of the series: a smaller fluctuation is 0
BLOCK = 1 << 20  # values that are processed at a time
STILL = "the values do not vary in windows of some sizes, so that there is no exponent"
ALPHA1, ALPHA2 = (4, 16), (16, 64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dfa(
    Result, columns={"size": "sizes", "fluctuation": "fluctuations", "n_windows": "n_windows"}
):
    """Fluctuations by window size, and their scaling exponent; ``float(result)`` is alpha.

    Attributes
    ----------
    alpha : float
        Slope of log F(n) on log n: 0.5 for white noise, 1 for 1/f noise, 1.5 for Brownian noise.
    sizes : ndarray of int64, shape (k,)
        Window sizes n in values (beats).
    fluctuations : ndarray of float64, shape (k,)
        F(n) in the units of the series.
    n_windows : ndarray of int64, shape (k,)
        Number of windows of each size.
    order : int
        Degree of the trend that was removed from each window.
    """

    alpha: float
    sizes: NDArray[np.int64]
    fluctuations: NDArray[np.float64]
    n_windows: NDArray[np.int64]
    order: int

    def __float__(self) -> float:
        return self.alpha

    def _facts(self) -> list[tuple[str, str]]:
        sizes = f"{self.sizes[0]} to {self.sizes[-1]} values"
        return [("alpha", quantity(self.alpha)), ("windows", sizes), ("order", str(self.order))]


@analysis
def dfa(
    x: SeriesLike,
    fs: float | None = None,
    *,
    sizes: Sequence[int] | None = None,
    order: int = 1,
    overlapping: bool = False,
    drop_flat: bool | str = False,
    usable: UsableLike = None,
) -> Dfa:
    """Compute a detrended fluctuation analysis (DFA) of a series.

    The cumulative sum of the series minus its mean is cut into windows of n values, the trend of
    each is removed by least squares, and F(n) is the root mean square of the rest. Alpha is the
    slope of log F(n) on log n, with equal weights.

    Parameters
    ----------
    x, fs, usable
        As for `approximate_entropy`. Windows lie within a stretch without interruption, counted
        from its first value; values that do not fill a window are not used.
    sizes : sequence of int, optional
        Window sizes in values, at least two. For heartbeats, alpha 1 is ``range(4, 17)`` and alpha
        2 is ``range(16, 65)``. By default about thirty from 4 to a tenth of the longest stretch.
    order : int
        Degree of the trend, 1 to 5.
    overlapping : bool
        Whether windows start every n // 2 values instead of n. The last full window is then left
        out if it ends with the stretch, as in nolds and NeuroKit2.
    drop_flat : bool or {'none', 'absolute', 'relative'}
        Whether to leave out windows that the trend fits exactly, which are common in series of
        equal intervals: True or 'absolute' those with a variance of up to 1e-8, as in NeuroKit2 up
        to 0.2; 'relative' those with up to 1e-8 of the largest variance, as from 0.3 on.

    Returns
    -------
    Dfa
        F(n) and alpha; NaN if no stretch holds the largest window twice.

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    References
    ----------
    Peng CK, Havlin S, Stanley HE, Goldberger AL. Quantification of scaling exponents and crossover
    phenomena in nonstationary heartbeat time series. Chaos 1995;5(1):82-87.
    doi:10.1063/1.166141

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import dfa
    >>> noise = np.random.default_rng(0).normal(size=5000)
    >>> round(dfa(noise).alpha, 1), round(dfa(np.cumsum(noise)).alpha, 1)
    (0.5, 1.5)
    """
    series = series_of(x, fs, usable)
    order = checked_integer(order, "order", 1, 5)
    dropped = checked_flat(drop_flat, "drop_flat")
    longest = int(np.max(np.diff(series.bounds()), initial=0))
    if sizes is not None:
        expected = f"whole numbers from {order + 2} on, such as range(4, 17)"
        used = rising_numbers(sizes, "sizes", order + 2, 2, expected).astype(np.int64)
    else:
        first = max(MIN_SIZE, order + 2)
        spaced = np.geomspace(first, max(longest // MAX_SHARE, first + 1), N_SIZES)
        used = np.unique(np.round(spaced).astype(np.int64))
    needed = 2 * int(used[-1])
    note = too_little(series, needed, f"a window size of {used[-1]}")
    if not note and longest < needed:
        note = not_enough(
            f"windows of up to {used[-1]} values need {needed} values without a gap, and the "
            f"longest stretch has {longest}"
        )
    fluctuations, n_windows = np.full(len(used), np.nan), np.zeros(len(used), np.int64)
    if not note:
        fluctuations, n_windows = fluctuations_of(
            series, used, order, overlapping=overlapping, drop_flat=dropped
        )
        note = STILL if np.any(fluctuations == 0) else None
    return Dfa(
        alpha=slope_of(used, fluctuations),
        sizes=used,
        fluctuations=fluctuations,
        n_windows=n_windows,
        order=order,
        valid=series.valid,
        notes=(note,) if note else (),
    )


def fluctuations_of(
    series: Series,
    sizes: NDArray[np.int64],
    order: int,
    *,
    overlapping: bool = False,
    drop_flat: str = "none",
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return F(n) and the number of windows for each size."""
    mean = series.values.mean()
    profiles = [np.cumsum(series.values[i0:i1] - mean) for i0, i1 in series.bounds().tolist()]
    fluctuations, n_windows = np.full(len(sizes), np.nan), np.zeros(len(sizes), np.int64)
    for k, n in enumerate(sizes.tolist()):
        parts = [_mean_squares(profile, n, order, overlapping=overlapping) for profile in profiles]
        means = np.concatenate(parts)
        if drop_flat != "none" and len(means):
            means = means[means > FLAT * (float(means.max()) if drop_flat == "relative" else 1)]
        n_windows[k] = len(means)
        if len(means):
            fluctuations[k] = np.sqrt(means.mean())
    fluctuations[fluctuations <= ROUNDING * np.std(series.values)] = 0
    return fluctuations, n_windows


def _mean_squares(
    profile: NDArray[np.float64], n: int, order: int, *, overlapping: bool
) -> NDArray[np.float64]:
    """Return the mean square about the trend in each window of ``n`` values."""
    if len(profile) < n:
        return np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(profile, n)
    windows = windows[: -1 : n // 2] if overlapping else windows[::n]
    trend = _trend_basis(n, order)
    squares = [np.empty(0)]
    for i in range(0, len(windows), max(BLOCK // n, 1)):
        boxes = windows[i : i + max(BLOCK // n, 1)]
        boxes = boxes - boxes.mean(axis=1, keepdims=True)
        rest = boxes - (boxes @ trend) @ trend.T
        squares.append(np.einsum("ij,ij->i", rest, rest) / n)
    return np.concatenate(squares)


def slope_of(sizes: NDArray[np.int64], fluctuations: NDArray[np.float64]) -> float:
    """Return the slope of log F(n) on log n; NaN with fewer than two points or an F(n) of 0."""
    good = np.isfinite(fluctuations)
    if np.count_nonzero(good) <= 1 or np.any(fluctuations[good] <= 0):
        return np.nan
    return slope(np.log(sizes[good]), np.log(fluctuations[good]))


@functools.lru_cache(maxsize=256)
def _trend_basis(n: int, order: int) -> NDArray[np.float64]:
    """Return orthonormal polynomials of degree 0 to ``order`` over n points, shape (n, order+1)."""
    t = np.linspace(-1, 1, n)
    return np.linalg.qr(np.vander(t, order + 1, increasing=True))[0]


def checked_flat(value: bool | str, name: str) -> str:  # noqa: FBT001
    """Return which windows are left out as flat: 'none', 'absolute' or 'relative'."""
    if isinstance(value, (bool, np.bool_)):
        return "absolute" if value else "none"
    return checked_choice(value, name, ("none", "absolute", "relative"))


def checked_range(value: tuple[int, int], name: str) -> NDArray[np.int64]:
    """Return all window sizes from the first to the last of a pair such as ``(4, 16)``."""
    try:
        low, high = (int(one) for one in value)
        whole = (low, high) == tuple(value)
    except (TypeError, ValueError):
        low, high, whole = 0, 0, False
    if not whole or low < MIN_SIZE - 1 or high <= low:
        raise InvalidInputError(
            f"{name}={value!r} is not a range of window sizes in beats; give (first, last), such "
            "as (4, 16)"
        )
    return np.arange(low, high + 1)
