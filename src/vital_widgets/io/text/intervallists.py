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
_NEAR = 0.02  # of an interval, or in seconds: tolerance for rounded stamps
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
        numbers = (number_of(cell, layout.decimal) for cell in cells)
        values = np.array([math.nan if value is None else value for value in numbers])
        for seconds in (values, values / 1000):
            for placed in (seconds[1:], seconds[:-1]):
                if _mostly_near(placed, steps):
                    return k
    return None


def _mostly_near(values: NDArray[np.float64], steps: NDArray[np.float64]) -> bool:
    """Whether values are the steps of the times, and fit them better than an even rate does."""
    off = np.abs(values - steps)
    near = off <= np.maximum(_NEAR * steps, _NEAR / 4)
    uneven = np.abs(steps - np.median(steps))
    return bool(np.mean(near) >= _MOST and off[near].sum() < uneven[near].sum() / 2)


def about_intervals(name: str) -> str:
    """Return a note about a table with a column of intervals."""
    return (
        f"{name!r} holds the intervals between the times of the rows: the table is a list of beats "
        "or events and not a signal with a constant sampling rate"
    )


WAY_OUT = (
    ". To analyse beats, pass the intervals in ms to vital_widgets.analysis.hrv; to view the "
    "values one by one, open the table with time=None and fs=1"
)
