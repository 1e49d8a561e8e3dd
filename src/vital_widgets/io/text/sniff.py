"""Find out how a text table is written: encoding, separator, decimal sign, header, columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.cells import (
    is_comment,
    is_missing,
    is_number,
)
from vital_widgets.io.text.headers import names_and_units, start_and_rate, thousands
from vital_widgets.io.text.lines import control_byte
from vital_widgets.io.text.times import is_date, is_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

WHITESPACE = " "
SEPARATORS = ("\t", ";", "|", ",", WHITESPACE)
AUTO = "auto"
_SAMPLED_LINES = 200
_MOST_HEADER_ROWS = 8
_SAMPLED_CELLS = 20_000
_FITS_HEADER = 0.01  # decides between separators that explain the rows equally well


@dataclass(frozen=True)
class Layout:
    """How the lines of a text table are written.

    Attributes
    ----------
    separator, decimal, quote : str
        One character each; a separator ' ' stands for any run of blanks and tabs.
    first_row : int
        Number of lines before the first row of values.
    names, units : tuple of str
        One a column, '' where the file says none.
    kinds : tuple of str
        What the cells of each column are: 'number', 'stamp', 'date', 'text' or 'empty'.
    preamble : tuple of str
        Lines before the rows of values.
    rows : tuple of tuple of str
        Cells of the sampled rows: from the beginning of the file, then from its end.
    n_head : int
        How many of ``rows`` are from the beginning.
    """

    separator: str
    decimal: str
    quote: str
    first_row: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    preamble: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_head: int

    @property
    def n_fields(self) -> int:
        """Fields in a line."""
        return len(self.kinds)

    def column(self, k: int, *, head_only: bool = False) -> list[str]:
        """Return the sampled cells of column ``k``."""
        rows = self.rows[: self.n_head] if head_only else self.rows
        return [row[k] for row in rows]


def looks_like_text(text: str) -> bool:
    """Whether there are no control characters, and at least one digit."""
    return control_byte(text) is None and bool(re.search(r"\d", text))


def split_cells(line: str, separator: str, quote: str) -> list[str]:
    """Return the cells of one line, without quotes and blanks around them."""
    if separator == WHITESPACE:
        return line.split()
    if quote not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        rows = list(csv.reader([line], delimiter=separator, quotechar=quote, skipinitialspace=True))
    except csv.Error:
        return [cell.strip() for cell in line.split(separator)]
    return [cell.strip() for cell in rows[0]] if rows else []


def sniff_layout(
    head: Sequence[str],
    tail: Sequence[str],
    *,
    separator: str = AUTO,
    decimal: str = AUTO,
    header: int | str | None = AUTO,
) -> Layout:
    """Find the layout from whole lines of the beginning and of the end of a file.

    Raises
    ------
    FormatError
        No rows of numbers are found.
    """
    lines = list(head)
    body = [line for line in lines if line.strip() and not is_comment(line)][:_SAMPLED_LINES]
    ending = [line for line in tail if line.strip() and not is_comment(line)][-20:]
    quote = _find_quote(body)
    sample = body[len(body) // 2 :] + ending
    candidates = SEPARATORS if separator == AUTO else (_checked_separator(separator),)
    best: tuple[float, int, str, str, list[str]] | None = None
    for candidate in candidates:
        sign = decimal
        if decimal == AUTO:
            sign = _find_decimal([c for line in body for c in split_cells(line, candidate, quote)])
        score, n_fields = _score(sample, candidate, quote, sign)
        if score and len(split_cells(body[0], candidate, quote)) == n_fields:
            score += _FITS_HEADER
        if best is None or score > best[0] + 1e-9:
            rows = [split_cells(line, candidate, quote) for line in sample]
            kinds = _kinds([row for row in rows if len(row) == n_fields], n_fields, sign)
            best = (score, n_fields, candidate, sign, kinds)
    if best is None or best[0] <= 0:
        raise FormatError(_no_numbers(body, separator))
    _, n_fields, found, sign, kinds = best
    if separator == AUTO and decimal in (AUTO, ",") and _is_one_decimal_comma_column(sample, best):
        found, sign, n_fields, kinds = ";", ",", 1, ["number"]
    first_row = _first_row(lines, found, quote, sign, kinds)
    if first_row is None:
        raise FormatError(_no_numbers(body, separator))
    if isinstance(header, int) and not isinstance(header, bool):
        first_row = max(first_row, header + 1)
    first_row = _with_damaged_rows(lines, first_row, found, quote, sign, kinds, header=header)
    first_row, names, units = _names_above(lines, first_row, found, quote, n_fields, header)
    if decimal == AUTO and sign == ",":
        _check_thousands([split_cells(line, found, quote) for line in sample], n_fields)
    rows_head = _whole_rows(lines[first_row:], found, quote, n_fields, _SAMPLED_CELLS)
    rows_tail = _whole_rows(ending, found, quote, n_fields, _SAMPLED_CELLS)
    return Layout(
        separator=found,
        decimal=sign,
        quote=quote,
        first_row=first_row,
        names=tuple(names),
        units=tuple(units),
        kinds=tuple(kinds),
        preamble=tuple(lines[:first_row]),
        rows=tuple(rows_head + rows_tail),
        n_head=len(rows_head),
    )


def _checked_separator(separator: object) -> str:
    if separator in ("whitespace", r"\s+", " "):
        return WHITESPACE
    if not isinstance(separator, str) or len(separator) != 1 or not separator.isascii():
        raise InvalidInputError(
            f"separator={separator!r} must be one character such as ',', ';', '\\t' or '|', "
            "or 'whitespace' for any run of blanks"
        )
    return separator


def _find_quote(lines: list[str]) -> str:
    single = sum(line.lstrip().startswith("'") for line in lines)
    return "'" if single and not any('"' in line for line in lines) else '"'


def _score(lines: list[str], separator: str, quote: str, decimal: str) -> tuple[float, int]:
    """Return how well the separator explains the lines (0 to 1), fields a line."""
    rows = [split_cells(line, separator, quote) for line in lines]
    if not rows:
        return 0.0, 0
    n_fields, lines_so = Counter(len(row) for row in rows).most_common(1)[0]
    cells = [cell for row in rows if len(row) == n_fields for cell in row][:_SAMPLED_CELLS]
    told = [cell for cell in cells if cell]
    good = [is_number(c, decimal) or is_stamp(c) or is_date(c) for c in told]
    missing = sum(is_missing(c) for c in told)
    if not any(good):
        return 0.0, n_fields
    share = (sum(good) + missing) / len(told)
    bonus = 0.0 if n_fields == 1 else 0.5  # a row that falls into parts beats one lump
    return share * lines_so / len(rows) * (1 + bonus), n_fields


def _find_decimal(cells: list[str]) -> str:
    commas = sum("," in cell and is_number(cell, ",") for cell in cells)
    dots = sum("." in cell and is_number(cell, ".") for cell in cells)
    return "," if commas > dots else "."


def _is_one_decimal_comma_column(
    lines: list[str], best: tuple[float, int, str, str, list[str]]
) -> bool:
    """Whether ``0,05`` are numbers with a decimal comma and not two columns of whole numbers."""
    _, n_fields, separator, _, _ = best
    if separator != "," or n_fields not in (1, 2):
        return False
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    if any(len(row) > 2 or not row[0].lstrip("+-").isdigit() for row in rows):  # noqa: PLR2004
        return False
    fractions = [row[1] for row in rows if len(row) == 2]  # noqa: PLR2004
    if not fractions or not all(fraction.isdigit() for fraction in fractions):
        return False
    return len(fractions) < len(rows) or any(
        len(fraction) > 1 and fraction[0] == "0" for fraction in fractions
    )


def _kinds(rows: list[list[str]], n_fields: int, decimal: str) -> list[str]:
    kinds = []
    for k in range(n_fields):
        cells = [row[k] for row in rows]
        counts = Counter(_kind(cell, decimal) for cell in cells)
        counts.pop("empty", None)
        known = [kind for kind, _ in counts.most_common() if kind != "text"]
        if not counts:
            kinds.append("empty")
        elif known and counts[known[0]] >= counts["text"]:
            kinds.append(known[0])
        else:
            kinds.append("text")
    return kinds


def _kind(cell: str, decimal: str) -> str:
    if is_missing(cell):
        return "empty"
    if is_number(cell, decimal):
        return "number"
    if is_stamp(cell):
        return "stamp"
    return "date" if is_date(cell) else "text"


def _first_row(
    lines: list[str], separator: str, quote: str, decimal: str, kinds: list[str]
) -> int | None:
    """Return the number of the first line that is a row of values."""
    for number, line in enumerate(lines):
        if not line.strip() or is_comment(line):
            continue
        cells = split_cells(line, separator, quote)
        if len(cells) != len(kinds):
            continue
        known = [_kind(cell, decimal) for cell in cells]
        fits = [
            kind in ("text", "empty") or found in ("empty", kind)
            for kind, found in zip(kinds, known, strict=True)
        ]
        # A few cells may be wrong, but names of channels may be numbers too: the first decides.
        if (
            fits[0]
            and 2 * sum(fits) > len(fits)
            and any(found in ("number", "stamp") for found in known)
        ):
            return number
    return None


def _with_damaged_rows(
    lines: list[str],
    first_row: int,
    separator: str,
    quote: str,
    decimal: str,
    kinds: list[str],
    *,
    header: int | str | None,
) -> int:
    """Return the first row of values when rows with wrong cells right below the names count too."""

    def fitting(line: str) -> int:
        cells = split_cells(line, separator, quote)
        if is_comment(line) or len(cells) != len(kinds):
            return 0
        found = [_kind(cell, decimal) for cell in cells]
        pairs = zip(found, kinds, strict=True)
        return sum(one == kind and one not in ("text", "empty") for one, kind in pairs)

    if isinstance(header, int) and not isinstance(header, bool):
        below = (k for k in range(header + 1, first_row) if fitting(lines[k]))
        return next(below, first_row)
    number = first_row
    while number and fitting(lines[number - 1]):
        number -= 1
    if not number or len(split_cells(lines[number - 1], separator, quote)) != len(kinds):
        return first_row
    return number


def _names_above(
    lines: list[str],
    first_row: int,
    separator: str,
    quote: str,
    n_fields: int,
    header: int | str | None,
) -> tuple[int, list[str], list[str]]:
    """Return the first row of values, and the names and units above it."""
    told = [split_cells(line, separator, quote) for line in lines[:4]]
    if header == AUTO and first_row == 0 and start_and_rate(told):
        return 2, [""] * n_fields, [""] * n_fields
    names, units = _header(lines[:first_row], separator, quote, n_fields, header)
    return first_row, names, units


def _check_thousands(rows: list[list[str]], n_fields: int) -> None:
    for k in range(n_fields):
        cell = thousands([row[k] for row in rows if len(row) == n_fields])
        if cell is not None:
            raise FormatError(
                f"{cell!r} in column {k + 1} beside numbers without a comma may be thousands or "
                "decimals. Say decimal=',' if the comma is the decimal sign; if it separates "
                "thousands, write the file anew without them"
            )


def _header(
    before: list[str], separator: str, quote: str, n_fields: int, header: int | str | None
) -> tuple[list[str], list[str]]:
    """Return names and units, '' where there are none."""
    blank = [""] * n_fields
    if header is None or header is False:
        return blank, list(blank)
    if header == AUTO or header is True:
        nearest = [line for line in before if line.strip()][-_MOST_HEADER_ROWS:]
        rows = [_names_row(line, separator, quote, n_fields) for line in nearest]
        gaps = [k for k, row in enumerate(rows[:-2]) if row is None]
        found = [row for row in rows[gaps[-1] + 1 if gaps else 0 :] if row is not None]
    elif isinstance(header, int) and 0 <= header < len(before):
        row = _names_row(before[header], separator, quote, n_fields)
        if row is None:
            raise InvalidInputError(
                f"header={header}: line {header} has not {n_fields} fields: {before[header]!r}"
            )
        found = [row]
    else:
        raise InvalidInputError(
            f"header={header!r} must be the number of the line with the names, counted from 0 "
            f"and before the first row of values, or None if there is none"
        )
    if not found:
        return blank, list(blank)
    return names_and_units(found)


def _names_row(line: str, separator: str, quote: str, n_fields: int) -> list[str] | None:
    """Return the cells of a line if it can hold the names of all columns."""
    if not line.strip():
        return None
    text = line
    if is_comment(line):
        text = line.lstrip().lstrip("#%/").strip()
    cells = split_cells(text, separator, quote)
    if separator == WHITESPACE and len(cells) != n_fields:
        cells = re.split(r"\t+|\s{2,}", text.strip())
    if len(cells) == n_fields - 1 and cells and not is_comment(line):
        cells += [""]  # rows that end with a separator
    while len(cells) > n_fields and not cells[-1]:
        cells.pop()  # names that end with a separator
    if len(cells) != n_fields:
        return None
    if n_fields == 1 and (is_comment(line) or re.search("[:=]", cells[0])):
        return None  # a remark or a setting, such as "Sampling rate: 360 Hz"
    return cells


def _whole_rows(
    lines: Sequence[str], separator: str, quote: str, n_fields: int, most_cells: int
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for line in lines:
        if not line.strip() or is_comment(line):
            continue
        cells = split_cells(line, separator, quote)
        if len(cells) == n_fields:
            rows.append(tuple(cells))
        if len(rows) * n_fields >= most_cells:
            break
    return rows


def _no_numbers(lines: list[str], separator: str) -> str:
    seen = repr(lines[0][:60]) if lines else "no lines at all"
    asked = "" if separator == AUTO else f" with separator {separator!r}"
    return (
        f"no rows of numbers are found{asked}; the text begins with {seen}. If it is a table, say "
        "how it is written: separator=, decimal=, header="
    )
