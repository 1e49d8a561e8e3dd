"""Lists of beats: tables whose values are the intervals between the times of their rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.io.text.cells import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.io.text.sniff import Layout

_FEWEST = 8
_NEAR = 0.02  # of an interval, or so many seconds, as stamps are rounded
_MOST = 0.8  # of the rows; intervals of bad beats are left out of some lists


def interval_column(
    layout: Layout, columns: Sequence[int], times: NDArray[np.float64]
) -> int | None:
    """Return the column that holds the intervals between the times of the first rows, if any.

    The interval may end or begin at the time of its row, in seconds or milliseconds.
    """
    if len(times) != layout.n_head or len(times) < _FEWEST:
        return None
    steps = np.diff(times)
    if float(np.ptp(steps)) <= _NEAR * float(np.median(steps)):
        return None  # rows at an even rate
    for k, kind in enumerate(layout.kinds):
        if kind != "number" or k in columns:
            continue
        cells = layout.column(k, head_only=True)
        told = (number_of(cell, layout.decimal) for cell in cells)
        values = np.array([math.nan if value is None else value for value in told])
        for seconds in (values, values / 1000):
            for placed in (seconds[1:], seconds[:-1]):
                near = np.abs(placed - steps) <= np.maximum(_NEAR * steps, _NEAR / 4)
                if np.mean(near) >= _MOST:
                    return k
    return None


def about_intervals(name: str) -> str:
    """Return what a person should know about a table whose column is intervals."""
    return (
        f"{name!r} holds the intervals between the times of the rows: a list of beats, and no "
        "samples at an even rate"
    )


WAY_OUT = (
    ". For HRV, give the values of that column in ms to vital_widgets.analysis.hrv; to see them "
    "one by one, open the table with time=None and fs=1"
)
