"""The rows between a preamble and the values: names, units, device settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vital_widgets.io.text.cells import are_units, is_missing, name_and_units
from vital_widgets.io.text.quantities import EPOCHS, finite_number
from vital_widgets.io.text.rates import Rates, read_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

_THOUSANDS = {
    sign: re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+") for sign in ",."
}
_FORMS = frozenset({"cal", "uncal", "raw"})  # Shimmer: how the values of a column are calibrated
_TYPES_WORDS = (
    "float float32 float64 double real numeric int int16 int32 int64 integer uint8 uint16 str "
    "string bool boolean"
)
_TYPES = frozenset(_TYPES_WORDS.split())
_NO_UNITS = frozenset({"no_units", "no units", "unitless", ""})
_UNIT_NAMES = frozenset({"unit", "units", "einheit", "einheiten", "unité", "unidad", "unità"})
_FASTEST = 1e5


def names_and_units(rows: Sequence[list[str]]) -> tuple[list[str], list[str]]:
    """Return names and units from all rows that can hold them, the nearest to the values last."""
    rows = [row for row in rows if not _TYPES.issuperset(map(str.lower, row))] or list(rows)
    forms = [{cell.lower() for cell in row if cell} <= _FORMS for row in rows]
    named = [row for row, is_form in zip(rows, forms, strict=True) if not is_form]
    sure = forms[-2:-1] == [True] and not forms[-1]  # units are below the formats of the columns
    below = len(named) > 1 and are_units(named[-1])
    bracketed = below and _in_brackets(named[-1]) and not _in_brackets(named[-2])
    if len(named) > 1 and (sure or bracketed or (below and not are_units(named[-2]))):
        both = [_with_unit(*cells) for cells in zip(named[-2], named[-1], strict=True)]
        return [name for name, _ in both], [unit for _, unit in both]
    last = (named or rows)[-1]
    if len(last) == 1 and read_rates(last) != Rates():
        return [""], [""]  # a setting above a single column
    split = [_named(cell) for cell in last]
    return [name for name, _ in split], [units for _, units in split]


def _named(cell: str) -> tuple[str, str]:
    """Return name and unit in a cell; a setting such as ``Unit,mV`` does not name a column."""
    name, units = name_and_units(cell)
    return ("" if units and name.lower() in _UNIT_NAMES else name), units


def _in_brackets(row: Sequence[str]) -> bool:
    """Whether a cell of a row is entirely in brackets, as units are."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return any(cell[0] in "([" and cell[-1] in ")]" for cell in filled)


def _with_unit(name: str, below: str) -> tuple[str, str]:
    """Return name and unit of a column from the two cells that state them."""
    unit = _unit(below)
    short, own = name_and_units(name)
    return (short, own) if unit in ("", own) else (name.strip(), unit)


def _unit(cell: str) -> str:
    """Return the unit in a cell without its brackets; '' if the cell states that there is none."""
    unit = re.sub(r"^[\[(]([^()\[\]]*)[\])]$", r"\1", cell.strip()).strip()
    unit = unit.removesuffix("*")  # Shimmer: calibrated by default values
    return "" if is_missing(unit) or unit.lower() in _NO_UNITS else unit


def start_and_rate(rows: Sequence[Sequence[str]]) -> tuple[float, float] | None:
    """Return start and rate if the first two rows state them, as Empatica writes them."""
    if len(rows) < 2 or any(len(set(row)) != 1 for row in rows[:2]):  # noqa: PLR2004
        return None
    start, rate = finite_number(rows[0][0]), finite_number(rows[1][0])
    after = [finite_number(cell) for row in rows[2:] for cell in row if not is_missing(cell)]
    if start is None or rate is None:
        return None
    plausible = EPOCHS[0] < start < EPOCHS[1] and 0 < rate < _FASTEST
    fits = all(value is not None and abs(value) < EPOCHS[0] for value in after)
    return (start, rate) if plausible and fits else None


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
