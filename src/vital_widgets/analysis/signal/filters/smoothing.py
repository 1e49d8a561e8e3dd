"""Smooth a signal: polynomial, mean and median of a moving window, Kalman smoother."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import SamplePlan, stretch_plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_integer, checked_number
from vital_widgets.analysis.signal.statistics.running_median import running_median
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MAX_WINDOW_S = 3600.0
DIFFERENCES = {"level": 1, "trend": 2}  # order of the differences that each model keeps small
SETTLED = 1e-13
MAX_REACH = 1 << 20
MIN_TREND_RATIO = 1e-14


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
        As for `filter_signal`.

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
    procedures. Analytical Chemistry 1964;36(8):1627-1639. doi:10.1021/ac60214a047

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
    function = functools.partial(_polynomial, window=window, order=order, deriv=deriv, fs=signal.fs)
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
    x, fs, window_s, usable
        As for `savitzky_golay`. At the ends of a stretch the window is cut off.

    Returns
    -------
    Filtered
        As for `filter_signal`.

    Examples
    --------
    >>> from vital_widgets.analysis import moving_average
    >>> moving_average([0, 0, 3, 0, 0], 10, window_s=0.3).values
    array([0., 1., 1., 1., 0.])
    """
    signal = signal_of(x, fs, usable)
    window = odd_window(window_s, signal.fs)
    method = f"moving average of {window} samples ({window / signal.fs:.4g} s)"
    return stretch_plan(functools.partial(_mean_around, window=window), method, window, signal)


@analysis
def moving_median(
    x: SignalLike, fs: float | None = None, *, window_s: float = 0.1, usable: UsableLike = None
) -> SamplePlan:
    """Take the median of a window around each sample.

    Parameters
    ----------
    x, fs, window_s, usable
        As for `savitzky_golay`. At the ends of a stretch the signal is mirrored
        (`scipy.ndimage.median_filter`, ``mode='reflect'``).

    Returns
    -------
    Filtered
        As for `filter_signal`, but exactly the same in pieces of any length.

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


@analysis
def kalman_smooth(
    x: SignalLike,
    fs: float | None = None,
    *,
    model: str = "trend",
    cutoff: float | None = None,
    ratio: float | None = None,
    level_ratio: float = 0.0,
    usable: UsableLike = None,
) -> SamplePlan:
    """Estimate the level of a signal with a local level or a local linear trend model.

    Parameters
    ----------
    x, fs, usable
        As for `filter_signal`.
    model : {'trend', 'level'}
        'level': the level is a random walk. 'trend': its slope is a random walk, and with
        ``level_ratio`` the level too; this follows slow changes more smoothly.
    cutoff : float, optional
        Frequency in Hz at which half of the amplitude is kept (with ``level_ratio=0``). Give
        either this or ``ratio``.
    ratio : float, optional
        Variance of the step of the level (of the slope for 'trend') from sample to sample,
        divided by the variance of the noise of a sample.
    level_ratio : float
        For 'trend': variance of the step of the level, divided by that of the noise. 0 gives the
        smoothest result.

    Returns
    -------
    Filtered
        As for `filter_signal`: the level at each sample.

    Raises
    ------
    InvalidInputError
        Both or none of ``cutoff`` and ``ratio`` are given, or the smoothing is too strong for
        double precision.

    Notes
    -----
    The estimate of the Kalman filter and the Rauch-Tung-Striebel smoother [1]_ with a diffuse
    start [2]_, computed as the equivalent least squares problem by `scipy.linalg.solveh_banded`.
    'trend' is the filter of Whittaker and of Hodrick and Prescott with ``lambda = 1 / ratio``.

    References
    ----------
    .. [1] Rauch HE, Tung F, Striebel CT. Maximum likelihood estimates of linear dynamic systems.
       AIAA Journal 1965;3(8):1445-1450. doi:10.2514/3.3166
    .. [2] Durbin J, Koopman SJ. Time Series Analysis by State Space Methods. 2nd ed. Oxford
       University Press; 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import kalman_smooth
    >>> clean = np.sin(np.arange(2000) / 100)
    >>> noisy = clean + 0.2 * np.random.default_rng(0).normal(size=2000)
    >>> bool(np.std(kalman_smooth(noisy, 100, cutoff=1).values - clean) < 0.05)
    True
    """
    signal = signal_of(x, fs, usable)
    checked_choice(model, "model", tuple(DIFFERENCES))
    if (cutoff is None) == (ratio is None):
        raise InvalidInputError(
            f"cutoff={cutoff!r} and ratio={ratio!r} were given; give either cutoff (Hz, at which "
            "half of the amplitude is kept) or ratio (variance of the step of level or slope over "
            "that of the noise), and not both"
        )
    order = DIFFERENCES[model]
    if cutoff is not None:
        hz = checked_number(cutoff, "cutoff", 0, signal.fs / 2, open_low=True, unit="Hz")
        ratio = (2 * np.sin(np.pi * hz / signal.fs)) ** (2 * order)
    q = checked_number(ratio, "ratio", 0, 1e12, open_low=True)
    q_level = checked_number(level_ratio, "level_ratio", 0, 1e12)
    if q_level and model == "level":
        raise InvalidInputError(
            f"level_ratio={level_ratio!r} is for model='trend'; with model='level' give ratio"
        )
    reach = _kalman_reach(order, q, q_level)
    if reach > MAX_REACH or (model == "trend" and q < MIN_TREND_RATIO):
        raise InvalidInputError(
            f"ratio={q:.3g} smooths too strongly for double precision; give a larger one (a "
            "higher cutoff), or resample the signal to a lower rate first"
        )
    function = functools.partial(_smoothed, order=order, ratio=q, level_ratio=q_level)
    return stretch_plan(function, f"Kalman smoother, {model}, q/r {q:.4g}", reach, signal)


def odd_window(window_s: float, fs: float, name: str = "window_s", min_samples: int = 1) -> int:
    """Return the odd number of samples nearest to a window in seconds."""
    length = checked_number(window_s, name, 0, MAX_WINDOW_S, open_low=True, unit="s")
    n = 2 * round((length * fs - 1) / 2) + 1
    if n < min_samples:
        raise InvalidInputError(
            f"{name}={window_s!r} s is {max(n, 1)} sample(s) at {fs:g} Hz, but at least "
            f"{min_samples} are needed; give {min_samples / fs:g} s or more"
        )
    return n


def median_around(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the median of a window around each sample, mirrored at the ends."""
    return running_median(values, window, "symmetric")


def _mean_around(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    n, half = len(values), window // 2
    level = float(values[n // 2])  # taken off against rounding errors of the sums
    total = np.concatenate([[0.0], np.cumsum(values - level)])
    i = np.arange(n)
    hi, lo = np.minimum(i + half + 1, n), np.maximum(i - half, 0)
    return np.asarray(level + (total[hi] - total[lo]) / (hi - lo))


def _polynomial(
    values: NDArray[np.float64], window: int, order: int, deriv: int, fs: float
) -> NDArray[np.float64]:
    """Smooth one stretch, with the longest window that fits."""
    from scipy.signal import savgol_filter

    n = len(values)
    window = min(window, n if n % 2 else n - 1)
    if window <= order:  # the polynomial goes through all samples
        return values if deriv == 0 else np.full(n, np.nan)
    return np.asarray(savgol_filter(values, window, order, deriv=deriv, delta=1 / fs))


def _smoothed(
    values: NDArray[np.float64], order: int, ratio: float, level_ratio: float
) -> NDArray[np.float64]:
    """Return the smoothed level of one stretch: small squared differences of ``order``."""
    from scipy.linalg import solveh_banded

    n = len(values)
    if n <= order:
        return values.copy()
    line = np.mean(values) if order == 1 else np.linspace(values[0], values[-1], n)
    if level_ratio == 0:
        steps = [(-1) ** k * math.comb(order, k) for k in range(order + 1)]
        bands = np.zeros((order + 1, n))
        for i, j in itertools.combinations_with_replacement(range(order + 1), 2):
            bands[order - (j - i), j : j + n - order] += steps[i] * steps[j]
        bands[order] += ratio
        return np.asarray(line + solveh_banded(bands, ratio * (values - line)))
    # Level and slope in turn: (l' - l - s)^2 / level_ratio + (s' - s)^2 / ratio + (y - l)^2.
    a, b = 1 / level_ratio, 1 / ratio
    bands = np.zeros((4, 2 * n))
    bands[3, 0::2] = 1 + 2 * a
    bands[3, [0, -2]] -= a
    bands[3, 1::2] = a + 2 * b
    bands[3, 1] -= b
    bands[3, -1] = b
    bands[2, 1:-1:2] = a  # level and its slope
    bands[2, 2::2] = -a  # slope and the next level
    bands[1, 2::2] = -a
    bands[1, 3::2] = -b
    right = np.zeros(2 * n)
    right[0::2] = values - line
    return np.asarray(line + solveh_banded(bands, right)[0::2])


def _kalman_reach(order: int, ratio: float, level_ratio: float) -> int:
    """Return the distance in samples beyond which weights are below 1e-13.

    The weights fall as powers of the roots of the smoother within the unit circle: of
    ``w**2 + level_ratio * w + ratio = 0`` (level: ``w + ratio = 0``) with ``w = 2 - z - 1/z``.
    """
    w = np.array([-ratio], complex) if order == 1 else np.roots([1, level_ratio, ratio])
    half = 1 - w / 2
    root = np.sqrt(half**2 - 1 + 0j)
    radius = float(np.max(np.minimum(np.abs(half + root), np.abs(half - root))))
    if radius >= 1:
        return MAX_REACH + 1
    times = 1.2 if order > 1 else 1.0
    return int(np.ceil(times * np.log(SETTLED) / np.log(max(radius, 1e-6)))) + 4
