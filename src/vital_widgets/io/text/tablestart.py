"""Find the first row of values, and the lines above it that hold the column names."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, TypeGuard

from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.cells import is_comment
from vital_widgets.io.text.dialect import AUTO, WHITESPACE, Dialect
from vital_widgets.io.text.headers import names_and_units
from vital_widgets.io.text.numbers import is_time_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_HEADER_ROWS = 8
# Words that name a setting of the recording, in a line such as "Rate,250" above the table.
_SETTING = re.compile(
    r".*[A-Za-z].*[:=]|.*\b(?:rate|freq\w*|patient|subject|participant|proband|id|name|age|sex|gender|"
    r"start\w*|end|duration|length|device|serial\w*|version|firmware|model|gain|channels|rows|"
    r"columns|sampling|session|trial|run|count|number|resolution|bits|scale|battery|interval|"
    r"period|operator|site|weight|height|epoch\w*|filter|mode|filename|file)\b.*",
    re.IGNORECASE,
)
_NO_VALUES = frozenset({"nan", "na", "n/a", "null"})
_ODD_NUMBER = re.compile(r"[-+]*\.?\d[\d.,_'+-]*", re.ASCII)
_MOMENT = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|\d{1,2}:\d{2}:\d{2}(?!\d)", re.ASCII)
_PAIR = re.compile(r"\d{1,3}-\d{1,3}|\d{1,2}_\d{1,2}", re.ASCII)  # two electrodes
_IN_A_SETTING = 2  # cells: what is set, and to what


def is_setting(cells: Sequence[str], dialect: Dialect) -> bool:
    """Whether the cells of a line are the name of a setting and its value."""
    filled = [cell for cell in cells if cell]
    if len(filled) != _IN_A_SETTING or cells[0] != filled[0] or is_time_name(filled[0], ""):
        return False
    value = dialect.kind(filled[1])
    return (
        dialect.kind(filled[0]) == "text"
        and value not in ("text", "empty")
        and _SETTING.fullmatch(filled[0]) is not None
    )


_WHICH_HEADER = (
    "header={header} is not accepted; give the number of the line with the column names, counted "
    "from 0 and above the first row of values, or None if there is no such line"
)


def first_row(
    lines: Sequence[str], dialect: Dialect, kinds: Sequence[str], *, header: int | str | None
) -> int | None:
    """Return the number of the first line that is a row of values, None if there is none.

    Rows with wrong cells right below the names count too.
    """
    number = _first_whole_row(lines, dialect, kinds)
    if number is None:
        return None
    if is_line_number(header) and not 0 <= header < len(lines) - 1:
        raise InvalidInputError(_WHICH_HEADER.format(header=header))
    if is_line_number(header):
        number = max(number, header + 1)
        named: int | None = header
    else:
        named = _last_names(lines[:number], lines[number], dialect, kinds)
    begin = _run_above(lines, number, dialect, kinds)
    if named is None:
        if not begin and all(_is_missing_row(line, dialect, kinds) for line in lines[:number]):
            return begin
        rows = (k for k in range(begin, number) if _holds_values(lines[k], dialect, kinds))
        return next(rows, number)
    begin = max(begin, named + 1)
    rows = (k for k in range(named + 1, begin) if _must_be_row(lines[k], dialect, kinds))
    return next(rows, begin)


def _run_above(lines: Sequence[str], number: int, dialect: Dialect, kinds: Sequence[str]) -> int:
    """Return the number of the first of the lines right above a row that look like rows too."""
    begin = number
    for k in range(number - 1, -1, -1):
        if _looks_like_row(lines[k], dialect, kinds):
            begin = k
        elif lines[k].strip() and not is_comment(lines[k]):
            break
    return begin


def _last_names(
    above: Sequence[str], first: str, dialect: Dialect, kinds: Sequence[str]
) -> int | None:
    """Return the number of the last line that can hold the column names, None if there is none.

    Names of channels may be numbers; a name of the time distinguishes such a line from a row.
    """
    numbered = None
    for k in range(len(above) - 1, -1, -1):
        line = above[k]
        if not _says_something(line):
            continue
        timed = is_time_name(dialect.cells(line)[0], "")
        if _looks_like_row(line, dialect, kinds):
            numbered = k if timed else numbered
        elif is_setting(dialect.cells(line), dialect):
            return numbered
        elif _names_row(line, dialect, kinds, first) is not None:
            return k if timed or numbered is None else numbered
    return numbered


def is_line_number(header: int | str | None) -> TypeGuard[int]:
    """Whether the option header= is the number of a line."""
    return isinstance(header, int) and not isinstance(header, bool)


def rows_above(
    lines: Sequence[str], dialect: Dialect, kinds: Sequence[str], header: int | str | None
) -> int:
    """Return how many rows of values lie above the line that header= names."""
    if not is_line_number(header):
        return 0
    return sum(_is_whole_row(line, dialect, kinds) for line in lines[:header])


def _first_whole_row(lines: Sequence[str], dialect: Dialect, kinds: Sequence[str]) -> int | None:
    whole = (k for k, line in enumerate(lines) if _is_whole_row(line, dialect, kinds))
    first = list(islice(whole, 2))
    if len(first) == 1:
        cells = dialect.cells(lines[first[0]])
        name = re.split(r"[,;|\t]", cells[0])[0]
        worded = 2 * sum(dialect.kind(cell) == "text" for cell in cells) > len(cells)
        if worded or is_time_name(name.strip(dialect.quote), ""):
            return None  # names with numbers in them, and no rows
    return first[0] if first else None


def _is_whole_row(line: str, dialect: Dialect, kinds: Sequence[str]) -> bool:
    if not line.strip() or is_comment(line):
        return False
    cells = dialect.cells(line)
    if len(cells) != len(kinds):
        return False
    known = [dialect.kind(cell) for cell in cells]
    fits = [
        kind in ("text", "empty") or found in ("empty", kind)
        for kind, found in zip(kinds, known, strict=True)
    ]
    # A few cells may be wrong, but names of channels may be numbers too: the first decides.
    valued = any(found in ("number", "stamp") for found in known)
    return fits[0] and 2 * sum(fits) > len(fits) and valued


def _cells_that_fit(line: str, dialect: Dialect, kinds: Sequence[str]) -> int:
    """Return how many cells of a line have the kind of their column; 0 if it is not a row."""
    cells = dialect.cells(line)
    if is_comment(line) or len(cells) != len(kinds) or is_setting(cells, dialect):
        return 0
    pairs = zip(map(dialect.kind, cells), kinds, strict=True)
    return sum(one == kind and one not in ("text", "empty") for one, kind in pairs)


def _looks_like_row(line: str, dialect: Dialect, kinds: Sequence[str]) -> bool:
    """Whether a line right above a row may be a row with wrong cells."""
    return (
        _cells_that_fit(line, dialect, kinds) > 0
        or _is_torn_row(line, dialect, kinds)
        or _is_missing_row(line, dialect, kinds)
        or _holds_values(line, dialect, kinds)
    )


def _must_be_row(line: str, dialect: Dialect, kinds: Sequence[str]) -> bool:
    """Whether a line is a row with wrong cells, wherever it lies: most of its cells are values."""
    if not _is_torn_row(line, dialect, kinds) and not _holds_values(line, dialect, kinds):
        return False
    known = [dialect.kind(cell) for cell in dialect.cells(line)]
    valued = [kind not in ("text", "empty") for kind in known]
    return valued[0] or 2 * sum(valued) >= len(valued)


def _holds_values(line: str, dialect: Dialect, kinds: Sequence[str]) -> bool:
    """Whether a line has a cell that is not a name: a time, or a number with sign or decimals."""
    cells = dialect.cells(line)
    if is_comment(line) or len(cells) != len(kinds) or is_time_name(cells[0], ""):
        return False
    if is_setting(cells, dialect):
        return False
    return any(
        kind in ("stamp", "date")
        or (kind == "number" and not cell.isdecimal())
        or (kind == "text" and (_is_odd_number(cell, dialect) or _is_numbers(cell, dialect)))
        for kind, cell in ((dialect.kind(cell), cell) for cell in cells)
    )


def _is_odd_number(cell: str, dialect: Dialect) -> bool:
    """Whether a cell is a misspelt number, or a time in an unknown format, and not a name."""
    cell = cell.strip(f"{dialect.quote} ")
    odd = _ODD_NUMBER.fullmatch(cell) is not None and _PAIR.fullmatch(cell) is None
    return odd or _MOMENT.match(cell) is not None


def _is_numbers(cell: str, dialect: Dialect) -> bool:
    """Whether a cell holds several numbers, bare or in quotes, as with another separator."""
    parts = re.split(r"[\s;|]+", cell.strip())
    known = [dialect.kind(part.strip(dialect.quote)) for part in parts]
    return len(parts) > 1 and "number" in known and {"number", "empty"}.issuperset(known)


def _is_missing_row(line: str, dialect: Dialect, kinds: Sequence[str]) -> bool:
    """Whether a line is a row in which every value is marked as missing."""
    cells = [cell.lower() for cell in dialect.cells(line)]
    return len(cells) == len(kinds) and _NO_VALUES.issuperset(cells)


def _says_nothing_but_missing(line: str) -> bool:
    """Whether a line has words for missing values and nothing else, however it is separated."""
    words = [word for word in re.split(r"[\s,;|]+", line.lower()) if word]
    return bool(words) and _NO_VALUES.issuperset(words)


def _is_torn_row(line: str, dialect: Dialect, kinds: Sequence[str]) -> bool:
    """Whether a line is a row with too few or too many cells; a whole number alone is a count."""
    cells = dialect.cells(line)
    if dialect.separator != WHITESPACE and line.count(dialect.quote) % 2:  # one is not closed
        cells = [cell.strip(f"{dialect.quote} ") for cell in line.split(dialect.separator)]
    elif not cells or len(cells) == len(kinds):
        return False
    return (
        not is_comment(line)
        and not is_setting(cells, dialect)
        and _begin_row(cells, dialect, kinds)
    )


def _begin_row(cells: Sequence[str], dialect: Dialect, kinds: Sequence[str]) -> bool:
    """Whether cells that are too few or too many begin as rows do, or are mostly values."""
    known = [dialect.kind(cell) for cell in cells]
    valued = 2 * sum(kind not in ("text", "empty") for kind in known) >= len(cells)
    if (len(cells) > 1 and {"number", "stamp", "date"}.issuperset(known)) or (
        known[0] == kinds[0] == "text"
    ):
        return valued
    if known[0] in ("text", "empty"):
        return valued and len(cells) > len(kinds) > 1
    if not cells[0].isdecimal():
        return True
    return valued and known[0] == kinds[0] and (len(cells) > 1 or int(cells[0]) <= 1)


def unread_lines(
    before: Sequence[str], first: str, dialect: Dialect, kinds: Sequence[str], *, named: bool
) -> list[int]:
    """Return the numbers of lines above ``first`` that look like part of the table but are not.

    They are rows with too few or too many cells, and names for fewer or more columns than there
    are.
    """
    unread = [
        k
        for k, line in enumerate(before)
        if _must_be_row(line, dialect, kinds)
        or _is_torn_row(line, dialect, kinds)
        or _says_nothing_but_missing(line)
        or (len(kinds) > 1 and [dialect.kind(cell) for cell in dialect.cells(line)] == ["number"])
    ]
    last = next((k for k in range(len(before) - 1, -1, -1) if _says_something(before[k])), None)
    if not named and last is not None and last not in unread:
        line = before[last]
        cells = [cell for cell in dialect.cells(line) if cell]
        titles = not is_comment(line) and not is_setting(dialect.cells(line), dialect)
        enough = len(cells) > 1 and 2 * len(cells) > len(kinds)
        if titles and enough and _names_row(line, dialect, kinds, first) is None:
            unread.append(last)
    if named or not unread:
        return unread
    below = range(unread[0] + 1, len(before))  # a line between rows is a row, whatever its form
    return [unread[0], *(k for k in below if k in unread or _is_odd_line(before[k], dialect))]


def _is_odd_line(line: str, dialect: Dialect) -> bool:
    """Whether a line is not blank, not a line of dashes, not a remark and not a setting."""
    return (
        _says_something(line)
        and not is_comment(line)
        and not is_setting(dialect.cells(line), dialect)
    )


def names_above(
    before: Sequence[str],
    first: str,
    dialect: Dialect,
    kinds: Sequence[str],
    header: int | str | None,
) -> tuple[list[str], list[str]]:
    """Return names and units from the lines above the row ``first``, '' if there are none."""
    n_fields = len(kinds)
    blank = [""] * n_fields
    if header is None or header is False:
        return blank, list(blank)
    if header == AUTO or header is True:
        found = _nearest_names(before, first, dialect, kinds)
    elif is_line_number(header) and 0 <= header < len(before):
        row = _names_row(before[header], dialect, kinds, first)
        if row is None:
            raise InvalidInputError(
                f"header={header}: line {header} does not have the {n_fields} fields of the rows: "
                f"{before[header]!r}"
            )
        found = [row]
    else:
        raise InvalidInputError(_WHICH_HEADER.format(header=repr(header)))
    if not found:
        return blank, list(blank)
    return names_and_units(found)


def _nearest_names(
    before: Sequence[str], first: str, dialect: Dialect, kinds: Sequence[str]
) -> list[list[str]]:
    """Return the rows that can be names or units, directly above the first row of values."""
    nearest = [line for line in before if _says_something(line)][-_MOST_HEADER_ROWS:]
    rows = [
        None if _must_be_row(line, dialect, kinds) else _names_row(line, dialect, kinds, first)
        for line in nearest
    ]
    settings = [k for k, row in enumerate(rows) if row is not None and is_setting(row, dialect)]
    gaps = [k for k, row in enumerate(rows[:-2]) if row is None] + settings
    return [row for row in rows[max(gaps) + 1 if gaps else 0 :] if row is not None]


def _says_something(line: str) -> bool:
    """Whether a line is not blank, and not a line of dashes below the names."""
    return (
        bool(line.strip()) and re.fullmatch(r"[-=+|:_\s,;]*(?:--|==|__)[-=+|:_\s,;]*", line) is None
    )


def _names_row(line: str, dialect: Dialect, kinds: Sequence[str], first: str) -> list[str] | None:
    """Return the cells of a line if it can hold the names of all columns of the row ``first``."""
    n_fields = len(kinds)
    if not line.strip():
        return None
    text = line
    if is_comment(line):
        text = line.lstrip().lstrip("#%/").strip()
    cells = dialect.cells(text)
    if dialect.separator == WHITESPACE:
        wide = re.split(r"\t+|\s{2,}", text.strip())
        cells = wide if len(wide) == n_fields else cells
        cells = [cell.strip(dialect.quote) for cell in cells]
    if cells and not is_comment(line) and {"empty"}.issuperset(kinds[len(cells) :]):
        cells = [*cells, *[""] * (n_fields - len(cells))]  # rows that end with separators
    elif len(cells) == n_fields - 1 and not is_comment(line):
        begin = [cell.strip(dialect.quote) for cell in dialect.cells(first)[:1]]
        if kinds[0] == "text" or begin in (["0"], ["1"]):
            cells = ["", *cells]  # rows that begin with their number or name, as R writes them
    while len(cells) > n_fields and not cells[-1]:
        cells.pop()  # names that end with a separator
    if len(cells) != n_fields:
        return None
    if n_fields == 1 and (is_comment(line) or re.search("[:=]", cells[0])):
        return None  # a remark or a setting, such as "Sampling rate: 360 Hz"
    return cells
