"""The dialect of a text table: how lines are cut into cells, and what kind a cell is."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from vital_widgets.io.text.cells import is_missing, is_number
from vital_widgets.io.text.times import is_date, is_stamp

AUTO = "auto"
WHITESPACE = " "


@dataclass(frozen=True)
class Dialect:
    """Separator, decimal sign and quote of a table.

    Attributes
    ----------
    separator, decimal, quote : str
        One character each; a separator ' ' stands for any run of blanks and tabs.
    """

    separator: str
    decimal: str
    quote: str

    def cells(self, line: str) -> list[str]:
        """Return the cells of one line, without quotes and blanks around them."""
        return split_cells(line, self.separator, self.quote)

    def kind(self, cell: str) -> str:
        """Return the kind of a cell: 'number', 'stamp', 'date', 'text' or 'empty'."""
        if is_missing(cell):
            return "empty"
        if is_number(cell, self.decimal):
            return "number"
        if is_stamp(cell):
            return "stamp"
        return "date" if is_date(cell) else "text"


def split_cells(line: str, separator: str, quote: str) -> list[str]:
    """Return the cells of one line, without quotes and blanks around them."""
    if separator == WHITESPACE:
        return [cell for cell in line.replace("\t", " ").split(" ") if cell]  # no other blanks
    if quote not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        rows = list(csv.reader([line], delimiter=separator, quotechar=quote, skipinitialspace=True))
    except csv.Error:
        return [cell.strip() for cell in line.split(separator)]
    return [cell.strip() for cell in rows[0]] if rows else []
