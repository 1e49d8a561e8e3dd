"""Points that separate thousands instead of decimals, as in 998, 999, 1.000."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.errors import FormatError
from vital_widgets.io.text.dialect import AUTO
from vital_widgets.io.text.headers import is_thousands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vital_widgets.io.text.sniff import Layout

_APART = 30.0  # ratio to the whole numbers above which cells are not decimals beside them


def whole_columns(layout: Layout, decimal: str) -> dict[int, float]:
    """Return the columns of whole numbers in a table in which no point is clearly a decimal sign.

    A point in them may separate thousands. With each comes the size of its numbers. Empty if the
    decimal sign is given.

    Raises
    ------
    FormatError
        Points in the sampled rows may be either.
    """
    numbers = [k for k, kind in enumerate(layout.kinds) if kind == "number"]
    columns = {k: [cell for cell in layout.column(k) if cell] for k in numbers}
    if decimal == AUTO and layout.decimal == layout.separator == ",":
        _check_commas(layout, columns)
    if decimal != AUTO or layout.decimal != ".":
        return {}
    pointed = [cell for cells in columns.values() for cell in cells if "." in cell]
    if not all(is_thousands(cell, ".") for cell in pointed):
        return {}
    for k, cells in columns.items():
        odd = first_of_thousands(cells)
        if odd is not None:
            raise FormatError(f"column {layout.names[k] or k + 1!r}: {may_be_thousands(odd)}")
    return {k: _size(cells) for k, cells in columns.items() if all(map(_is_whole, cells))}


def _check_commas(layout: Layout, columns: Mapping[int, list[str]]) -> None:
    """Raise if commas in quotes, in a table that commas separate, may separate thousands."""
    commas = [(k, cell) for k, cells in columns.items() for cell in cells if "," in cell]
    if commas and all(is_thousands(cell, ",") for _, cell in commas):
        k, cell = commas[0]
        raise FormatError(
            f"column {layout.names[k] or k + 1!r}: the comma in {cell!r} may separate thousands or "
            "decimals. Give decimal=',' if it is the decimal sign; if it separates thousands, "
            "write a copy of the file without these commas and open the copy"
        )


def first_of_thousands(cells: Sequence[str], size: float = 0.0) -> str | None:
    """Return the first cell whose point separates thousands rather than decimals.

    ``size`` is that of whole numbers in the same column, where there are none among the cells.
    """
    pointed = [cell for cell in cells if "." in cell]
    if not pointed or not all(is_thousands(cell, ".") for cell in pointed):
        return None
    plain = [cell for cell in cells if _is_whole(cell)]
    size = _size(plain) if plain else size
    decimals = [abs(float(cell)) if cell.count(".") == 1 else 0.0 for cell in pointed]
    return pointed[0] if size > _APART * float(np.median(decimals)) else None


def _size(cells: Sequence[str]) -> float:
    return float(np.median([abs(int(cell)) for cell in cells])) if cells else 0.0


def may_be_thousands(cell: str) -> str:
    """Return the error message for a cell whose point may be either."""
    return (
        f"the point in {cell!r} beside whole numbers may separate thousands or decimals. Give "
        "decimal='.' if it is the decimal sign; if it separates thousands, write a copy of the "
        "file without these points and open the copy"
    )


def _is_whole(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]{1,18}", cell) is not None
