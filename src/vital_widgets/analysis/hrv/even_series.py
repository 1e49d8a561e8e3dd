"""Interval series at even steps, as spectra need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals

LEAST = {"linear": 2, "quadratic": 3, "cubic": 4}


def even_stretches(
    nn: Intervals, rate: float, kind: str, *, past_end: bool = False
) -> list[tuple[float, NDArray[np.float64]]]:
    """Return each uninterrupted stretch of the series: its seconds, and ms at ``rate`` Hz.

    Parameters
    ----------
    nn : Intervals
        The series; each interval stands at the time of the beat that ends it.
    rate : float
        In Hz.
    kind : {'linear', 'quadratic', 'cubic'}
        Spline through the intervals. From the first to the last beat of a stretch; nothing is
        made up between stretches.
    past_end : bool
        Whether the grid goes on to the first point past the end, which then has the last value.
    """
    parts = np.split(np.arange(len(nn)), np.flatnonzero(np.diff(nn.stretch)) + 1)
    return [
        (
            float(nn.ms[part].sum()) / 1000,
            _even(nn.times[part], nn.ms[part], rate, kind, past_end=past_end),
        )
        for part in parts
        if len(part) >= LEAST[kind]
    ]


def grid_of(
    times: NDArray[np.float64], ms: NDArray[np.float64], rate: float, *, past_end: bool
) -> NDArray[np.float64]:
    """Return the points of the grid over a stretch, in seconds from its first beat."""
    if past_end:
        # To the rounding of the program that does so: where the last beat falls on the grid, that
        # decides whether a point follows, and with it how many of Welch's segments there are.
        ends = np.cumsum(ms / 1000)
        return np.asarray(np.arange(ends[0], ends[-1] + 1 / rate, 1 / rate) - ends[0])
    # The end takes part where it falls on the grid.
    return np.arange(int(np.floor(float(times[-1] - times[0]) * rate + 1e-6)) + 1) / rate


def _even(
    times: NDArray[np.float64],
    ms: NDArray[np.float64],
    rate: float,
    kind: str,
    *,
    past_end: bool,
) -> NDArray[np.float64]:
    from scipy.interpolate import make_interp_spline

    since = times - times[0]
    grid = grid_of(times, ms, rate, past_end=past_end)
    if kind == "linear":
        return np.asarray(np.interp(grid, since, ms))
    degree = 2 if kind == "quadratic" else 3
    return np.asarray(make_interp_spline(since, ms, k=degree)(np.minimum(grid, since[-1])))
