"""Values of beats over time: few as points, many as median and quartiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.panels.catalog.beatplots import faint
from vital_widgets.panels.rows import line

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEW = 2000  # points that are shown one by one
WINDOWS = 400  # that a longer series is summed up in
MEDIAN_OVER = 11  # points of the running median of few


def over_time(times: ArrayLike, values: ArrayLike, name: str, color: str) -> list[dict[str, Any]]:
    """Return the traces of a value of each beat.

    Parameters
    ----------
    times, values : array-like of float, shape (n,)
        Seconds, and values; NaN where there is none.
    name : str
        Of the value.
    color : str
        Such as "#0072b2".

    Returns
    -------
    list of dict
        Few values as points with a running median; of many the quartiles and the median in
        windows of equal length.
    """
    t, v = np.asarray(times, np.float64), np.asarray(values, np.float64)
    known = np.isfinite(v)
    t, v = t[known], v[known]
    if len(v) <= FEW:
        points = {
            "type": "scatter", "mode": "markers", "name": name, "x": t, "y": v,
            "marker": {"color": color, "size": 5, "opacity": 0.55},
        }  # fmt: skip
        return [points, line("running median", t, _running_median(v), color, width=1.6)]
    t, low, middle, high = in_windows(t, v, WINDOWS)
    band = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": t}
    fill = {"fill": "tonexty", "fillcolor": faint(color, 0.25)}
    return [
        {**band, "name": "lower quartile", "y": low},
        {**band, "name": "upper quartile", "y": high, **fill},
        line("median", t, middle, color, width=1.6),
    ]


def in_windows(t: Floats, v: Floats, n: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the middle of windows of equal length, and quartiles and median of the values in them.

    Windows without a value have NaN, so that no line crosses them.
    """
    edges = np.linspace(t[0], t[-1], n + 1)
    first = np.searchsorted(t, edges)
    first[-1] = len(t)
    found = np.full((3, n), np.nan)
    for k, (a, b) in enumerate(zip(first[:-1].tolist(), first[1:].tolist(), strict=True)):
        if b > a:
            found[:, k] = np.percentile(v[a:b], [25, 50, 75])
    return (edges[:-1] + edges[1:]) / 2, found[0], found[1], found[2]


def _running_median(v: Floats) -> Floats:
    """Return the median of the points around each, of fewer at the ends."""
    half = MEDIAN_OVER // 2
    return np.array([np.median(v[max(k - half, 0) : k + half + 1]) for k in range(len(v))])
