"""The digits behind the seconds of a clock time: decimals, frames, or whole parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.errors import FormatError

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FEW = 3  # fewer cells decide nothing
_HUNDRED = 100
_WHOLE_PARTS = {1000: "milliseconds", 1_000_000: "microseconds"}
_MOST_FRAMES = 240


def parts_of_second(found: Sequence[re.Match[str]]) -> tuple[int, list[str]]:
    """Return how many of the last digits make a second, 0 where they are decimals, and a note.

    ``10:00:00:24`` may count frames, and ``10:00:00.50`` may be 50 ms by a program that writes no
    zeros in front. The row after the end of a second decides it.

    Raises
    ------
    FormatError
        Two digits behind a colon may be frames or hundredths.
    """
    fractional = [match for match in found if match["f"]]
    if len(fractional) < _FEW:
        return 0, []
    digits = {len(match["f"]) for match in fractional}
    colon = all(match["sign"] == ":" for match in fractional)
    if len(fractional) == len(found) and len(digits) == 1 and not (colon and digits == {2}):
        return 0, []
    clock = np.array([[int(match[part] or 0) for part in "hms"] for match in found])
    second = clock @ np.array([3600, 60, 1])
    last = np.array([int(match["f"] or 0) for match in found])
    decimal = np.array([float(f"0.{match['f'] or 0}") for match in found])
    if digits != {2} or not colon:
        return _whole_or_decimal(fractional[0], second, last, decimal)
    a_second = _per_second(second, last)
    if a_second is None or np.all(last == last[0]) or last.max() >= _HUNDRED * 3 // 5:
        ambiguous = len(np.unique(second)) == 1 and 0 < last.max() < _HUNDRED * 3 // 5
        if not ambiguous:
            return 0, []
        raise FormatError(
            f"the time {fractional[0].string!r} may end with frames or with hundredths of a "
            "second, and the sampled rows do not reach the end of a second, which would show it; "
            "write the fraction behind a point in a copy of the file, or give fs= in Hz and "
            "time=None"
        )
    if not last.max() < a_second <= _MOST_FRAMES or abs(a_second - _HUNDRED) <= 1:
        return 0, []
    return a_second, [f"time read as HH:MM:SS:FF with {a_second} frames per second"]


def _whole_or_decimal(
    first: re.Match[str],
    second: NDArray[np.int64],
    last: NDArray[np.int64],
    decimal: NDArray[np.float64],
) -> tuple[int, list[str]]:
    """Decide for digits of several lengths whether trailing or leading zeros are left out."""
    step = np.diff(second)
    if np.all((step + np.diff(decimal) >= 0) | (step < 0)):
        return 0, []
    for parts, name in _WHOLE_PARTS.items():
        if last.max() < parts and np.all((step + np.diff(last) / parts >= 0) | (step < 0)):
            how = f"time read with whole {name} behind the seconds ({first.string!r})"
            return parts, [f"{how}, without leading zeros; read as decimals, the times would fall"]
    return 0, []


def _per_second(second: NDArray[np.int64], last: NDArray[np.int64]) -> int | None:
    """Return how many parts make a second, from the rows where one ends; None if there are none."""
    step, rise = np.diff(second), np.diff(last)
    inside = rise[(step == 0) & (rise > 0)]
    over = rise[(step == 1) & (rise < 0)]
    if not len(inside) or not len(over):
        return None
    return round(float(np.median(inside) - np.median(over)))
