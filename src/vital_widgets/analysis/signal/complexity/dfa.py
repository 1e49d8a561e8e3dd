"""Detrended fluctuation analysis: how the fluctuations of a series grow with the window."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, not_enough
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    A_PAIR,
    NAN,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.series import Series, series_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.complexity.series import Series

LEAST_WINDOW = 4
N_WINDOWS = 30  # sizes by default, evenly spaced on a log scale
LARGEST_SHARE = 10  # the largest by default is a tenth of the longest stretch
FLAT = 1e-8
ROUNDING = 1e-9  # of the series' standard deviation: a fluctuation below is none
BLOCK = 1 << 20  # values that are worked on at a time
STILL = "the values do not vary at all over some sizes of window: there is no exponent"
ALPHA1, ALPHA2 = (4, 16), (16, 64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dfa(Result):
    """Fluctuations by window size, and their scaling exponent; ``float(result)`` is alpha.

    Attributes
    ----------
    alpha : float
        Slope of log F(n) on log n; 0.5 for white noise, 1 for 1/f, 1.5 for Brownian noise.
    windows : ndarray of int64, shape (k,)
        Window sizes n, in values (beats).
    fluctuations : ndarray of float64, shape (k,)
        F(n), in the unit of the values.
    segments : ndarray of int64, shape (k,)
        Number of windows each F(n) is the mean of.
    order : int
        Degree of the trend that was taken out of each window.
    """

    alpha: float
    windows: NDArray[np.int64]
    fluctuations: NDArray[np.float64]
    segments: NDArray[np.int64]
    order: int

    def __float__(self) -> float:
        """Return alpha."""
        return self.alpha

    def to_frame(self) -> pd.DataFrame:
        """Return one row a window size."""
        import pandas as pd

        return pd.DataFrame(
            {
                "window": self.windows,
                "fluctuation": self.fluctuations,
                "segments": self.segments,
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return alpha and the window sizes."""
        sizes = f"{self.windows[0]} to {self.windows[-1]}" if len(self.windows) else "none"
        return [("alpha", quantity(self.alpha)), ("windows", sizes), ("order", str(self.order))]


@with_recipe("values")
def dfa(
    values: Any,
    fs: float | None = None,
    *,
    windows: Sequence[int] | tuple[int, int] | None = None,
    order: int = 1,
    overlap: bool = False,
    drop_flat: bool | str = False,
    usable: Any = None,
) -> Dfa:
    """Detrended fluctuation analysis.

    The series less its mean is summed up, cut into windows of n values, the trend is taken out of
    each by least squares, and F(n) is the root of the mean square of what is left. Windows lie
    within a stretch, from its first value on; values that fill no window are not used. (Which
    mean is taken off does not matter: it adds a line, which goes with the trend.) All window
    sizes weigh alike in the fit of alpha.

    Parameters
    ----------
    values : array-like of float, shape (n,), or beats
        The series; NaN interrupts it. Of beats, the intervals in ms.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figure rests on.
    windows : sequence of int, optional
        Window sizes in values, at least two; for heart beats alpha 1 is ``range(4, 17)`` and
        alpha 2 ``range(16, 65)``. By default some thirty from 4 to a tenth of the longest stretch.
    order : int
        Degree of the trend, 1 to 5.
    overlap : bool
        Let windows start every n // 2 values in place of n, the last full one left out where it
        would end with the stretch, as nolds and NeuroKit2 do.
    drop_flat : bool or {'absolute', 'relative'}
        Leave out windows that the trend fits; equal intervals one after another, common in series
        of whole ms, have such. True or 'absolute': to a variance of 1e-8, as NeuroKit2 does up to
        0.2; 'relative': to 1e-8 of the largest variance of these windows, as from 0.3 on.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    References
    ----------
    Peng, C.-K., Havlin, S., Stanley, H. E., & Goldberger, A. L. (1995). Quantification of scaling
    exponents and crossover phenomena in nonstationary heartbeat time series. Chaos, 5(1), 82-87.
    """
    series = series_of(values, fs, usable)
    order = whole_number(order, "order", 1, 5)
    dropped = checked_flat(drop_flat, "drop_flat")
    sizes = _checked_windows(windows, order)
    longest = int(np.max(np.diff(series.bounds()), initial=0))
    if sizes is None:
        top = max(longest // LARGEST_SHARE, LEAST_WINDOW + 1)
        spaced = np.geomspace(max(LEAST_WINDOW, order + 2), max(top, order + 3), N_WINDOWS)
        sizes = np.unique(np.round(spaced).astype(np.int64))
    note = too_little(series, 2 * int(sizes[-1]), "this range of windows")
    if not note and longest < 2 * sizes[-1]:
        note = not_enough(
            f"windows up to {sizes[-1]} need {2 * sizes[-1]} values without a gap, the longest "
            f"stretch has {longest}"
        )
    if note:
        nothing = np.full(len(sizes), NAN)
        none = np.zeros(len(sizes), np.int64)
        return Dfa(
            alpha=NAN,
            windows=sizes,
            fluctuations=nothing,
            segments=none,
            order=order,
            valid=series.valid,
            notes=(note,),
        )
    fluctuations, segments = fluctuations_of(
        series, sizes, order, overlap=overlap, drop_flat=dropped
    )
    return Dfa(
        alpha=slope_of(sizes, fluctuations),
        windows=sizes,
        fluctuations=fluctuations,
        segments=segments,
        order=order,
        valid=series.valid,
        notes=(STILL,) if np.any(fluctuations == 0) else (),
    )


def fluctuations_of(
    series: Series,
    sizes: NDArray[np.int64],
    order: int,
    *,
    overlap: bool = False,
    drop_flat: str = "none",
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return F(n) and the number of windows for each size."""
    squares: list[list[NDArray[np.float64]]] = [[] for _ in sizes]
    mean = float(np.mean(series.values))
    trends = [_trend_basis(int(n), order) for n in sizes]
    for i0, i1 in series.bounds().tolist():
        profile = np.cumsum(series.values[i0:i1] - mean)
        for k, n in enumerate(sizes.tolist()):
            step = n // 2 if overlap else n
            stop = len(profile) - n + (0 if overlap else 1)
            starts = np.arange(0, max(stop, 0), step)
            at_once = max(BLOCK // n, 1)
            for j in range(0, len(starts), at_once):
                some = starts[j : j + at_once]
                if overlap:
                    boxes = profile[some[:, None] + np.arange(n)]
                else:
                    boxes = profile[some[0] : some[-1] + n].reshape(-1, n)
                boxes = boxes - boxes.mean(axis=1, keepdims=True)
                left = boxes - (boxes @ trends[k]) @ trends[k].T
                squares[k].append(np.einsum("ij,ij->i", left, left) / n)
    mean_squares = np.full(len(sizes), NAN)
    segments = np.zeros(len(sizes), np.int64)
    for k, parts in enumerate(squares):
        means = np.concatenate(parts) if parts else np.empty(0)
        if drop_flat != "none" and len(means):
            means = means[means > FLAT * (float(means.max()) if drop_flat == "relative" else 1)]
        segments[k] = len(means)
        if len(means):
            mean_squares[k] = means.mean()
    fluctuations = np.sqrt(mean_squares)
    fluctuations[fluctuations <= ROUNDING * np.std(series.values)] = 0
    return fluctuations, segments


def slope_of(sizes: NDArray[np.int64], fluctuations: NDArray[np.float64]) -> float:
    """Return the least-squares slope of log F(n) on log n; NaN with fewer than two points.

    Where nothing fluctuates at some size F(n) is 0, and there is no power law: NaN, too.
    """
    good = np.isfinite(fluctuations)
    if np.count_nonzero(good) < A_PAIR or np.any(fluctuations[good] <= 0):
        return NAN
    x, y = np.log(sizes[good]), np.log(fluctuations[good])
    x = x - x.mean()
    return float(x @ y / (x @ x))


@functools.lru_cache(maxsize=256)
def _trend_basis(n: int, order: int) -> NDArray[np.float64]:
    """Return orthonormal polynomials of degree 0 to ``order`` over n points, shape (n, order+1)."""
    t = np.linspace(-1, 1, n)
    basis: NDArray[np.float64] = np.linalg.qr(np.vander(t, order + 1, increasing=True))[0]
    basis.flags.writeable = False
    return basis


def _checked_windows(windows: Any, order: int) -> NDArray[np.int64] | None:
    if windows is None:
        return None
    try:
        sizes = np.unique(np.asarray(list(windows), np.float64))
    except (TypeError, ValueError):
        sizes = np.empty(0)
    least = order + 2
    if (
        len(sizes) < A_PAIR
        or not np.all(np.isfinite(sizes))
        or sizes[0] < least
        or np.any(sizes % 1)
    ):
        raise InvalidInputError(
            f"windows={windows!r}: give two or more whole window sizes of {least} values at least "
            f"(order {order} takes {order + 1}), such as range(4, 17)"
        )
    return sizes.astype(np.int64)


def checked_flat(value: Any, name: str) -> str:
    """Return which windows are left out as flat: 'none', 'absolute' or 'relative'."""
    if isinstance(value, bool | np.bool_):
        return "absolute" if value else "none"
    return checked_choice(value, name, ("none", "absolute", "relative"))


def checked_range(value: Any, name: str) -> NDArray[np.int64]:
    """Return all window sizes from the first to the last of a pair such as ``(4, 16)``."""
    try:
        low, high = (int(one) for one in value)
        whole = (low, high) == tuple(value)
    except (TypeError, ValueError):
        low, high, whole = 0, 0, False
    if not whole or low < LEAST_WINDOW - 1 or high <= low:
        raise InvalidInputError(
            f"{name}={value!r} is no range of window sizes in beats; give (first, last), such as "
            "(4, 16)"
        )
    return np.arange(low, high + 1)
