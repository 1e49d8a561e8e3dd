"""Smooth with a local level or a local linear trend: what a Kalman smoother gives."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import Filtered, SamplePlan, run_samples, stretch_plan
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODELS = ("level", "trend")
SETTLED = 1e-13
LONGEST_REACH = 1 << 20


def smoothed_level(values: NDArray[np.float64], ratio: float) -> NDArray[np.float64]:
    """Return the smoothed random walk of one stretch."""
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
    """Return the smoothed level of one stretch whose slope is a random walk, too."""
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
    """Return how many samples away a sample still counts by more than 1e-13.

    The weights fall as powers of the roots of the smoother within the unit circle: of
    ``w**2 + level_ratio * w + ratio = 0`` (level: ``w + ratio = 0``) with ``w = 2 - z - 1/z``.
    """
    w = np.array([-ratio], complex) if model == "level" else np.roots([1, level_ratio, ratio])
    half = 1 - w / 2
    root = np.sqrt(half**2 - 1 + 0j)
    radius = float(np.max(np.minimum(np.abs(half + root), np.abs(half - root))))
    if radius >= 1:
        return LONGEST_REACH + 1
    times = 1.2 if model == "trend" else 1.0
    return int(np.ceil(times * np.log(SETTLED) / np.log(max(radius, 1e-6)))) + 4


def plan_kalman_smooth(
    fs: float,
    *,
    model: str = "trend",
    cutoff: float | None = None,
    ratio: float | None = None,
    level_ratio: float = 0.0,
) -> SamplePlan:
    """Return how `kalman_smooth` runs over a recording."""
    rate = checked_fs(fs)
    checked_choice(model, "model", MODELS)
    if (cutoff is None) == (ratio is None):
        raise InvalidInputError(
            "give either cutoff (Hz, where half of the amplitude is kept) or ratio (variance of "
            "the step of level or slope over that of the noise), and not both"
        )
    if cutoff is not None:
        hz = checked_number(cutoff, "cutoff", 0, rate / 2, open_low=True, unit="Hz")
        ratio = (2 * np.sin(np.pi * hz / rate)) ** (2 if model == "level" else 4)
    q = checked_number(ratio, "ratio", 0, 1e12, open_low=True)
    ql = checked_number(level_ratio, "level_ratio", 0, 1e12)
    if ql and model == "level":
        raise InvalidInputError(f"level_ratio={level_ratio!r} is for model='trend'; set ratio")
    reach = reach_of(model, q, ql)
    if reach > LONGEST_REACH or (model == "trend" and q < 1e-14):  # noqa: PLR2004
        raise InvalidInputError(
            f"ratio={q:.3g} smooths over more than can be computed in double precision; give a "
            "larger one (a higher cutoff), or resample the signal to a lower rate first"
        )
    if model == "level":
        return stretch_plan(
            functools.partial(smoothed_level, ratio=q),
            f"Kalman smoother, level, q/r {q:.4g}",
            reach,
        )
    function = functools.partial(smoothed_trend, ratio=q, level_ratio=ql)
    return stretch_plan(function, f"Kalman smoother, trend, q/r {q:.4g}", reach)


@chunked(plan_kalman_smooth)
@with_recipe("values")
def kalman_smooth(
    values: Any,
    fs: float,
    *,
    model: str = "trend",
    cutoff: float | None = None,
    ratio: float | None = None,
    level_ratio: float = 0.0,
    usable: Any = None,
) -> Filtered:
    """Return the smoothed level of a local level or local linear trend model.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none. Each stretch without a gap is smoothed by itself.
    fs : float
        Sampling rate in Hz.
    model : str
        'level': the level walks at random. 'trend': its slope walks at random, and with
        ``level_ratio`` the level too.
    cutoff : float, optional
        Hz at which half of the amplitude is kept (where ``level_ratio`` is 0); in place of
        ``ratio``.
    ratio : float, optional
        Variance of the step of the level (of the slope for 'trend') from sample to sample over
        the variance of the noise of a sample.
    level_ratio : float
        For 'trend': variance of the step of the level over that of the noise.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    Filtered
        In pieces of any length the same to 1e-9 of the largest magnitude.

    Notes
    -----
    The estimate of the Kalman filter and Rauch-Tung-Striebel smoother with a diffuse start. It is
    computed as what it is, the minimum of a sum of squares, by `scipy.linalg.solveh_banded`:
    without recursion and without start-up approximations. With 'trend' it is the filter of
    Whittaker and of Hodrick and Prescott with ``lambda = 1 / ratio``.

    References
    ----------
    Rauch HE, Tung F, Striebel CT. AIAA J 1965;3:1445-1450.
    Durbin J, Koopman SJ. Time Series Analysis by State Space Methods. 2nd ed. Oxford; 2012.
    """
    plan = plan_kalman_smooth(fs, model=model, cutoff=cutoff, ratio=ratio, level_ratio=level_ratio)
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))
