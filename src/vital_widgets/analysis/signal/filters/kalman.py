"""Smooth with a local level or a local linear trend, as a Kalman smoother does."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import SamplePlan, stretch_plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MODELS = ("level", "trend")
SETTLED = 1e-13
MAX_REACH = 1 << 20
MIN_TREND_RATIO = 1e-14


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
        As for `filter_signal`. Each stretch without a gap is smoothed by itself.
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
        ``values`` is the level at each sample. Computed in pieces it equals that of the whole
        signal to 1e-9 of the largest magnitude.

    Raises
    ------
    InvalidInputError
        Both or none of ``cutoff`` and ``ratio`` are given, or the smoothing is too strong for
        double precision.

    Notes
    -----
    The estimate of the Kalman filter and the Rauch-Tung-Striebel smoother [1]_ with a diffuse
    start [2]_, computed as the equivalent least squares problem by `scipy.linalg.solveh_banded`.
    With 'trend' it is the filter of Whittaker and of Hodrick and Prescott with
    ``lambda = 1 / ratio``.

    References
    ----------
    .. [1] Rauch HE, Tung F, Striebel CT. Maximum likelihood estimates of linear dynamic systems.
       AIAA Journal 1965;3:1445-1450. doi:10.2514/3.3166
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
    rate = signal.fs
    checked_choice(model, "model", MODELS)
    if (cutoff is None) == (ratio is None):
        raise InvalidInputError(
            f"cutoff={cutoff!r} and ratio={ratio!r} were given; give either cutoff (Hz, at which "
            "half of the amplitude is kept) or ratio (variance of the step of level or slope over "
            "that of the noise), and not both"
        )
    if cutoff is not None:
        hz = checked_number(cutoff, "cutoff", 0, rate / 2, open_low=True, unit="Hz")
        ratio = (2 * np.sin(np.pi * hz / rate)) ** (2 if model == "level" else 4)
    q = checked_number(ratio, "ratio", 0, 1e12, open_low=True)
    q_level = checked_number(level_ratio, "level_ratio", 0, 1e12)
    if q_level and model == "level":
        raise InvalidInputError(
            f"level_ratio={level_ratio!r} is for model='trend'; with model='level' give ratio"
        )
    reach = reach_of(model, q, q_level)
    if reach > MAX_REACH or (model == "trend" and q < MIN_TREND_RATIO):
        raise InvalidInputError(
            f"ratio={q:.3g} smooths too strongly for double precision; give a larger one (a "
            "higher cutoff), or resample the signal to a lower rate first"
        )
    function = functools.partial(smoothed_level, ratio=q)
    if model == "trend":
        function = functools.partial(smoothed_trend, ratio=q, level_ratio=q_level)
    return stretch_plan(function, f"Kalman smoother, {model}, q/r {q:.4g}", reach, signal)


def smoothed_level(values: NDArray[np.float64], ratio: float) -> NDArray[np.float64]:
    """Return the smoothed level of one stretch."""
    from scipy.linalg import solveh_banded

    n = len(values)
    if n == 1:
        return values.copy()
    level = float(np.mean(values))
    bands = np.zeros((2, n))
    bands[1] = ratio + 2
    bands[1, [0, -1]] -= 1
    bands[0, 1:] = -1
    return np.asarray(level + solveh_banded(bands, ratio * (values - level)))


def smoothed_trend(
    values: NDArray[np.float64], ratio: float, level_ratio: float
) -> NDArray[np.float64]:
    """Return the smoothed level of one stretch with a slope."""
    from scipy.linalg import solveh_banded

    n = len(values)
    if n < 3:  # noqa: PLR2004 - a line goes through two samples
        return values.copy()
    line = np.linspace(values[0], values[-1], n)
    rest = values - line
    if level_ratio == 0:
        bands = np.zeros((3, n))
        bands[2] = 6 + ratio
        bands[2, [0, -1]] -= 5
        bands[2, [1, -2]] -= 1
        if n == 3:  # noqa: PLR2004 - both ends meet
            bands[2, 1] = 4 + ratio
        bands[1, 1:] = -4
        bands[1, [1, -1]] = -2
        bands[0, 2:] = 1
        return np.asarray(line + solveh_banded(bands, ratio * rest))
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
    right[0::2] = rest
    return np.asarray(line + solveh_banded(bands, right)[0::2])


def reach_of(model: str, ratio: float, level_ratio: float) -> int:
    """Return the distance in samples beyond which weights are below 1e-13.

    The weights fall as powers of the roots of the smoother within the unit circle: of
    ``w**2 + level_ratio * w + ratio = 0`` (level: ``w + ratio = 0``) with ``w = 2 - z - 1/z``.
    """
    w = np.array([-ratio], complex) if model == "level" else np.roots([1, level_ratio, ratio])
    half = 1 - w / 2
    root = np.sqrt(half**2 - 1 + 0j)
    radius = float(np.max(np.minimum(np.abs(half + root), np.abs(half - root))))
    if radius >= 1:
        return MAX_REACH + 1
    times = 1.2 if model == "trend" else 1.0
    return int(np.ceil(times * np.log(SETTLED) / np.log(max(radius, 1e-6)))) + 4
