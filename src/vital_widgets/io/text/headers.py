"""What the rows between a preamble and the values say: names, units, device settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vital_widgets.io.text.cells import are_units, is_missing, name_and_units

if TYPE_CHECKING:
    from collections.abc import Sequence

_THOUSANDS = {
    sign: re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+") for sign in ",."
}
_FORMS = frozenset({"cal", "uncal", "raw"})  # Shimmer: how the values of a column are calibrated
_NO_UNITS = frozenset({"no_units", "no units", "unitless", "*"})
_EPOCHS = (1e9, 4.2e9)  # seconds since 1970 of the years 2001 to 2103
_FASTEST = 1e5


def names_and_units(rows: Sequence[list[str]]) -> tuple[list[str], list[str]]:
    """Return names and units from all rows that can hold them, the nearest to the values last."""
    named = [row for row in rows if not {cell.lower() for cell in row} <= _FORMS]
    if len(named) > 1 and are_units(named[-1]) and not are_units(named[-2]):
        units = [cell.strip("()[] ") for cell in named[-1]]
        names = [cell.strip() for cell in named[-2]]
        return names, ["" if is_missing(cell) or cell in _NO_UNITS else cell for cell in units]
    split = [name_and_units(cell) for cell in (named or rows)[-1]]
    return [name for name, _ in split], [units for _, units in split]


def start_and_rate(rows: Sequence[Sequence[str]]) -> tuple[float, float] | None:
    """Return what the first two rows say if they are start and rate, as Empatica writes them."""
    if len(rows) < 2 or any(len(set(row)) != 1 for row in rows[:2]):  # noqa: PLR2004
        return None
    try:
        start, rate = float(rows[0][0]), float(rows[1][0])
        after = [float(cell) for row in rows[2:4] for cell in row if cell]
    except ValueError:
        return None
    told = _EPOCHS[0] < start < _EPOCHS[1] and 0 < rate < _FASTEST
    return (start, rate) if told and all(abs(value) < _EPOCHS[0] for value in after) else None


def is_thousands(cell: str, sign: str) -> bool:
    """Whether a sign in a cell may separate its thousands, as in 1,500."""
    return _THOUSANDS[sign].fullmatch(cell) is not None


def thousands(cells: Sequence[str]) -> str | None:
    """Return a cell of a column whose commas separate thousands rather than decimals."""
    commas = [cell for cell in cells if "," in cell]
    plain = any(cell.lstrip("+-").isdigit() for cell in cells)
    if commas and plain and all(is_thousands(cell, ",") for cell in commas):
        return commas[0]
    return None
