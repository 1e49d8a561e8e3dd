"""Smooth with a moving window: polynomial, mean, median."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import SamplePlan, stretch_plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_integer, checked_number
from vital_widgets.analysis.signal.statistics.running_median import running_median
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MAX_WINDOW_S = 3600.0


@analysis
def savitzky_golay(
    x: SignalLike,
    fs: float | None = None,
    *,
    window_s: float = 0.1,
    order: int = 3,
    deriv: int = 0,
    usable: UsableLike = None,
) -> SamplePlan:
    """Smooth or differentiate a signal by a polynomial fitted around each sample.

    Parameters
    ----------
    x, fs, usable
        As for `filter_signal`.
    window_s : float
        Length of the window in seconds, rounded to an odd number of samples. The default of 0.1 s
        is about the width of a QRS complex.
    order : int
        Order of the polynomial, at most 15. A cubic keeps the height of peaks.
    deriv : int
        Order of the derivative, at most 4: 0 for the smoothed signal, 1 for units per second.

    Returns
    -------
    Filtered
        ``values`` has one value for each sample. Computed in pieces it equals that of the whole
        signal to 1e-9 of the largest magnitude.

    Raises
    ------
    InvalidInputError
        The window is too short for the order, or ``deriv`` is above ``order``.

    Notes
    -----
    `scipy.signal.savgol_filter` with ``mode='interp'`` of each stretch without a gap. A stretch
    shorter than the window is smoothed with the longest window that fits; one of at most
    ``order`` samples is left unchanged (its derivative is NaN).

    References
    ----------
    Savitzky A, Golay MJE. Smoothing and differentiation of data by simplified least squares
    procedures. Analytical Chemistry 1964;36:1627-1639. doi:10.1021/ac60214a047

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import savitzky_golay
    >>> t = np.arange(500) / 250
    >>> slope = savitzky_golay(t**2, 250, deriv=1)
    >>> bool(np.allclose(slope.values, 2 * t))
    True
    """
    signal = signal_of(x, fs, usable)
    order, deriv = checked_integer(order, "order", 0, 15), checked_integer(deriv, "deriv", 0, 4)
    if deriv > order:
        raise InvalidInputError(
            f"deriv={deriv} is above order={order}: such a derivative is 0 everywhere; raise order"
        )
    window = odd_window(window_s, signal.fs, min_samples=order + 1)
    function = functools.partial(polynomial, window=window, order=order, deriv=deriv, fs=signal.fs)
    method = f"Savitzky-Golay, {window} samples ({window / signal.fs:.4g} s), order {order}"
    method += f", derivative {deriv}" if deriv else ""
    per = {0: "", 1: "/s"}.get(deriv, f"/s^{deriv}")
    return stretch_plan(function, method, window, signal, per=per)


@analysis
def moving_average(
    x: SignalLike, fs: float | None = None, *, window_s: float = 0.1, usable: UsableLike = None
) -> SamplePlan:
    """Average a window around each sample.

    Parameters
    ----------
    x, fs, usable
        As for `savitzky_golay`.
    window_s : float
        Length of the window in seconds, rounded to an odd number of samples; the default is that
        of `savitzky_golay`. At the ends of a stretch the window is cut off.

    Returns
    -------
    Filtered
        As for `savitzky_golay`.

    Examples
    --------
    >>> from vital_widgets.analysis import moving_average
    >>> moving_average([0, 0, 3, 0, 0], 10, window_s=0.3).values
    array([0., 1., 1., 1., 0.])
    """
    signal = signal_of(x, fs, usable)
    window = odd_window(window_s, signal.fs)
    method = f"moving average of {window} samples ({window / signal.fs:.4g} s)"
    return stretch_plan(functools.partial(mean_around, window=window), method, window, signal)


@analysis
def moving_median(
    x: SignalLike, fs: float | None = None, *, window_s: float = 0.1, usable: UsableLike = None
) -> SamplePlan:
    """Take the median of a window around each sample.

    Parameters
    ----------
    x, fs, usable
        As for `savitzky_golay`.
    window_s : float
        Length of the window in seconds, rounded to an odd number of samples; the default is that
        of `savitzky_golay`. At the ends of a stretch the signal is mirrored
        (`scipy.ndimage.median_filter`, ``mode='reflect'``).

    Returns
    -------
    Filtered
        ``values`` has one value for each sample; exactly the same in pieces of any length.

    Examples
    --------
    >>> from vital_widgets.analysis import moving_median
    >>> moving_median([1, 2, 50, 3, 4], 10, window_s=0.3).values
    array([1., 2., 3., 4., 4.])
    """
    signal = signal_of(x, fs, usable)
    window = odd_window(window_s, signal.fs)
    method = f"moving median of {window} samples ({window / signal.fs:.4g} s)"
    return stretch_plan(functools.partial(median_around, window=window), method, window, signal)


def odd_window(window_s: Any, fs: float, name: str = "window_s", min_samples: int = 1) -> int:
    """Return the odd number of samples nearest to a window in seconds."""
    length = checked_number(window_s, name, 0, MAX_WINDOW_S, open_low=True, unit="s")
    n = 2 * round((length * fs - 1) / 2) + 1
    if n < min_samples:
        raise InvalidInputError(
            f"{name}={window_s!r} s is {max(n, 1)} sample(s) at {fs:g} Hz, but at least "
            f"{min_samples} are needed; give {min_samples / fs:g} s or more"
        )
    return n


def polynomial(
    values: NDArray[np.float64], window: int, order: int, deriv: int, fs: float
) -> NDArray[np.float64]:
    """Smooth one stretch, with the longest window that fits."""
    from scipy.signal import savgol_filter

    n = len(values)
    window = min(window, n if n % 2 else n - 1)
    if window <= order:  # the polynomial goes through all samples
        return values if deriv == 0 else np.full(n, np.nan)
    return np.asarray(savgol_filter(values, window, order, deriv=deriv, delta=1 / fs))


def mean_around(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the mean of a window around each sample, cut off at the ends."""
    n, half = len(values), window // 2
    level = float(values[n // 2])  # taken off against rounding errors of the sums
    total = np.concatenate([[0.0], np.cumsum(values - level)])
    i = np.arange(n)
    hi, lo = np.minimum(i + half + 1, n), np.maximum(i - half, 0)
    return np.asarray(level + (total[hi] - total[lo]) / (hi - lo))


def median_around(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the median of a window around each sample, mirrored at the ends."""
    return running_median(values, window, "symmetric")
