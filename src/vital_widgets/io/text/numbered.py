"""A first line that only numbers the columns, as pandas writes it for a frame without names."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from vital_widgets.io.text.cells import number_of
from vital_widgets.io.text.preamble import Preamble
from vital_widgets.io.text.quantities import first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNS = ",;\t|"
_ROWS = 20
_FAR = 5  # ratio to the number of columns above which whole values do not continue the numbering


def numbered_columns(lines: Sequence[str], name: str) -> Preamble | None:
    """Tables below ``0,1,2,...`` with values of another kind."""
    del name
    first = first_line(lines)
    top = lines[first] if lines else ""
    sign = next((sign for sign in _SIGNS if sign in top), "")
    cells = _cells(top, sign)
    indexed = cells[:1] == [""]
    numbers = cells[indexed:]
    if not sign or len(numbers) < 2 or numbers != [str(k) for k in range(len(numbers))]:  # noqa: PLR2004
        return None
    below = [line for line in lines[first + 1 : first + 1 + _ROWS] if line.strip()]
    rows = [_cells(line, sign)[indexed:] for line in below]
    if not rows or any(len(row) != len(numbers) for row in rows):
        return None
    if not indexed and (_goes_on(rows) or not _are_others(rows)):
        return None
    return Preamble(
        names=tuple(cells),
        notes=(f"line {first + 1} numbers the columns and is not a row ({top.strip()[:60]!r})",),
        n_lines=first + 1,
        device="pandas",
    )


def _cells(line: str, sign: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(sign)] if sign else []


def _goes_on(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first column continues evenly from 0 in the line above, which is a row then."""
    values = [number_of(row[0], ".") for row in rows[:3]]
    if len(values) < 2 or any(value is None for value in values):  # noqa: PLR2004
        return False
    known = [0.0, *(value for value in values if value is not None)]
    steps = [after - before for before, after in pairwise(known)]
    return steps[0] > 0 and all(math.isclose(steps[0], step, rel_tol=1e-3) for step in steps)


def _are_others(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the values of most columns cannot continue the whole numbers above them."""
    n = len(rows[0])
    columns = [[row[k] for row in rows if row[k]] for k in range(n)]
    others = [
        cells for cells in columns if any(map(_is_number, cells)) and not any(map(_is_whole, cells))
    ]
    if len(others) >= max(n / 2, 2):
        return True
    values = [number_of(cell, ".") for cells in columns for cell in cells]
    far = [value is not None and abs(value) > _FAR * n for value in values]
    return n > 2 and all(far)  # noqa: PLR2004


def _is_number(cell: str) -> bool:
    return number_of(cell, ".") is not None


def _is_whole(cell: str) -> bool:
    return cell.lstrip("+-").isdecimal()
