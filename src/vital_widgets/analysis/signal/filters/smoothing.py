"""Smooth with a window that moves along: polynomials, mean, median."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import (
    Filtered,
    SamplePlan,
    empty_core,
    run_samples,
    sample_plan,
    stretches_of,
)
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import checked_fs, checked_number, checked_signal
from vital_widgets.analysis.signal.statistics.running_median import running_median
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

LONGEST_SECONDS = 3600.0


def odd_window(seconds: Any, fs: float, name: str = "window_seconds", least: int = 1) -> int:
    """Return the odd number of samples nearest to a window of some seconds."""
    length = checked_number(seconds, name, 0, LONGEST_SECONDS, open_low=True, unit="s")
    n = 2 * round((length * fs - 1) / 2) + 1
    if n < least:
        raise InvalidInputError(
            f"{name}={seconds!r} s is {max(n, 1)} sample(s) at {fs:g} Hz; at least {least} are "
            f"needed: give {least / fs:g} s or more"
        )
    return n


def each_stretch(
    piece: Piece, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the core of a piece with a function done to each stretch of numbers by itself."""
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        out[stretch.into] = function(stretch.values)[stretch.keep]
    return out


def local_plan(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]], method: str, reach: int
) -> SamplePlan:
    """Return the plan of a function of whole stretches that decides within ``reach`` samples."""
    work = functools.partial(each_stretch, function=function)
    return sample_plan(work, method, before=reach, after=reach)


def polynomial(
    values: NDArray[np.float64], window: int, order: int, deriv: int, fs: float
) -> NDArray[np.float64]:
    """Smooth one stretch by Savitzky and Golay; a short one with the longest window it has."""
    from scipy.signal import savgol_filter

    n = len(values)
    window = min(window, n if n % 2 else n - 1)
    if window <= order:  # a polynomial through all samples
        return values.copy() if deriv == 0 else np.full(n, np.nan)
    return np.asarray(savgol_filter(values, window, order, deriv=deriv, delta=1 / fs))


def mean_around(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the mean of the samples up to half a window away, of what there is at the ends."""
    n, half = len(values), window // 2
    level = float(values[n // 2])
    total = np.concatenate([[0.0], np.cumsum(values - level)])
    i = np.arange(n)
    hi, lo = np.minimum(i + half + 1, n), np.maximum(i - half, 0)
    return np.asarray(level + (total[hi] - total[lo]) / (hi - lo))


def median_around(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the median of the samples up to half a window away, mirrored at the ends."""
    return running_median(values, window, "symmetric")


def plan_savitzky_golay(
    fs: float, *, window_seconds: float = 0.1, order: int = 3, deriv: int = 0
) -> SamplePlan:
    """Return how `savitzky_golay` runs over a recording."""
    rate = checked_fs(fs)
    order, deriv = _whole(order, "order", 15), _whole(deriv, "deriv", 4)
    if deriv > order:
        raise InvalidInputError(f"deriv={deriv} is above order={order}: it would be 0 everywhere")
    window = odd_window(window_seconds, rate, least=order + 1)
    function = functools.partial(polynomial, window=window, order=order, deriv=deriv, fs=rate)
    words = f"Savitzky-Golay, {window} samples ({window / rate:.4g} s), order {order}"
    return local_plan(function, words + (f", derivative {deriv}" if deriv else ""), window)


@chunked(plan_savitzky_golay)
@with_recipe("values")
def savitzky_golay(
    values: Any,
    fs: float,
    *,
    window_seconds: float = 0.1,
    order: int = 3,
    deriv: int = 0,
    usable: Any = None,
) -> Filtered:
    """Fit a polynomial in a window around each sample and take its value, or a derivative.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    window_seconds : float
        Length of the window in seconds; rounded to an odd number of samples.
    order : int
        Order of the polynomial.
    deriv : int
        Which derivative: 0 for the smoothed signal, 1 in units a second, ….
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    Filtered
        In pieces of any length the same to 1e-9 of the largest magnitude.

    Notes
    -----
    `scipy.signal.savgol_filter` with ``mode='interp'`` of each stretch. A stretch shorter than
    the window is smoothed with the longest window it has; one not longer than the order is left
    as it is (its derivative is NaN).

    References
    ----------
    Savitzky A, Golay MJE. Anal Chem 1964;36:1627-1639.
    """
    plan = plan_savitzky_golay(fs, window_seconds=window_seconds, order=order, deriv=deriv)
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))


def plan_moving_average(fs: float, *, window_seconds: float = 0.1) -> SamplePlan:
    """Return how `moving_average` runs over a recording."""
    window = odd_window(window_seconds, checked_fs(fs))
    words = f"moving average of {window} samples ({window / fs:.4g} s)"
    return local_plan(functools.partial(mean_around, window=window), words, window)


@chunked(plan_moving_average)
@with_recipe("values")
def moving_average(
    values: Any, fs: float, *, window_seconds: float = 0.1, usable: Any = None
) -> Filtered:
    """Take the mean of a window around each sample.

    Parameters
    ----------
    values, fs, usable
        As for `savitzky_golay`.
    window_seconds : float
        Length in seconds, rounded to an odd number of samples. At the ends of a stretch the
        window holds what there is of it.

    Returns
    -------
    Filtered
        In pieces of any length the same to 1e-9 of the largest magnitude.
    """
    plan = plan_moving_average(fs, window_seconds=window_seconds)
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))


def plan_moving_median(fs: float, *, window_seconds: float = 0.1) -> SamplePlan:
    """Return how `moving_median` runs over a recording."""
    window = odd_window(window_seconds, checked_fs(fs))
    words = f"moving median of {window} samples ({window / fs:.4g} s)"
    return local_plan(functools.partial(median_around, window=window), words, window)


@chunked(plan_moving_median)
@with_recipe("values")
def moving_median(
    values: Any, fs: float, *, window_seconds: float = 0.1, usable: Any = None
) -> Filtered:
    """Take the median of a window around each sample.

    Parameters
    ----------
    values, fs, usable
        As for `savitzky_golay`.
    window_seconds : float
        Length in seconds, rounded to an odd number of samples. At the ends of a stretch the
        signal is mirrored (`scipy.ndimage.median_filter`, ``mode='reflect'``).

    Returns
    -------
    Filtered
        In pieces of any length exactly the same.
    """
    plan = plan_moving_median(fs, window_seconds=window_seconds)
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))


def _whole(value: Any, name: str, highest: int) -> int:
    number = checked_number(value, name, 0, highest)
    if number != int(number):
        raise InvalidInputError(f"{name}={value!r} is not a whole number")
    return int(number)
