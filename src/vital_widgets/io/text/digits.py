"""Numbers that are dates or clock times without signs: 20240304235859, 235959.25, 20240304."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.stampforms import COMPILED, DAYS, DIGITS
from vital_widgets.io.text.times import StampFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMPACT_DIGITS = (12, 14, 17)  # to the minute, the second, the millisecond
_CLOCK_DIGITS = 6
DIGIT_KINDS = (*DAYS, *reversed(DIGITS))  # formats of a column that is declared as time
_FEW = 3  # fewer cells decide nothing
_DAY = 86400


def format_of_digits(
    cells: Sequence[str], head: Sequence[str], *, has_unit: bool
) -> tuple[StampFormat | None, list[str]]:
    """Return the format of numbers that are dates or clock times in digits, and a note.

    Parameters
    ----------
    cells : sequence of str
        Sampled cells of the column.
    head : sequence of str
        Cells of consecutive rows.
    has_unit : bool
        Whether the header states a unit.

    Raises
    ------
    InvalidInputError
        The numbers may be clock times or seconds.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return None, []
    if _are(filled, "compact", _COMPACT_DIGITS):
        return StampFormat("compact", "ymd"), []
    if not has_unit and _are(filled, "yymmddhhmmss", (12,)):
        return StampFormat("yymmddhhmmss", "ymd"), [
            f"time read as dates and clock times YYMMDDHHMMSS ({filled[0]})"
        ]
    if not has_unit and are_days(filled):
        return StampFormat("day in digits", "ymd"), [f"time read as days YYYYMMDD ({filled[0]})"]
    if _are_clock_times(filled, [cell.strip() for cell in head if cell.strip()], has_unit=has_unit):
        return StampFormat("hhmmss"), [f"time read as clock times HHMMSS ({filled[0]})"]
    return None, []


def are_days(cells: Sequence[str]) -> bool:
    """Whether numbers are dates such as 20240304, of more than one day."""
    fits = COMPILED["day in digits"].match
    return len(set(cells)) > 1 and all(fits(cell) for cell in cells)


def _are(cells: Sequence[str], kind: str, lengths: tuple[int, ...]) -> bool:
    digits = {len(re.split("[.,]", cell)[0]) for cell in cells}
    return (
        len(digits) == 1
        and digits.issubset(lengths)
        and all(COMPILED[kind].match(cell) for cell in cells)
    )


def _are_clock_times(cells: Sequence[str], head: Sequence[str], *, has_unit: bool) -> bool:
    """Whether numbers are clock times such as 100059.5, after which comes 100100.0."""
    if len(cells) < _FEW or not all(COMPILED["hhmmss"].match(cell) for cell in cells):
        return False
    whole = [re.split("[.,]", cell)[0] for cell in cells]
    if max(map(len, whole)) < _CLOCK_DIGITS - 1:
        return False
    values = np.array([float(cell.replace(",", ".")) for cell in head])
    clock = values % 100 + values // 100 % 100 * 60 + values // 10_000 * 3600
    rises, steps = np.diff(values), np.diff(clock) % _DAY
    if not np.any(steps > 0):
        return False
    jumps = np.abs(rises - steps) > 1
    if jumps.any():
        usual = float(np.median(steps[steps > 0]))
        return bool(np.mean(steps[jumps] < 1.5 * usual) > 0.5)  # noqa: PLR2004
    if has_unit or min(map(len, whole)) < _CLOCK_DIGITS:
        return False
    if any(cell.startswith("0") for cell in whole):
        return True
    raise InvalidInputError(
        f"the times {head[0]}, {head[1]}, ... may be clock times HHMMSS or a number of seconds, "
        "and the sampled rows do not reach the end of a minute, which would show it: give "
        "time_unit='datetime' or time_unit='s'"
    )
