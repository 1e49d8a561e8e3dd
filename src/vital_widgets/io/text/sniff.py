"""Find the layout of a text table: separator, decimal sign, header, columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.cells import is_comment, is_missing, is_number
from vital_widgets.io.text.dialect import AUTO, WHITESPACE, Dialect, split_cells
from vital_widgets.io.text.headers import thousands
from vital_widgets.io.text.tablestart import first_row, names_above, rows_above, unread_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATORS = ("\t", ";", "|", ",", WHITESPACE)
_SAMPLED_LINES = 200
_SAMPLED_CELLS = 20_000
_FITS_HEADER = 0.01  # decides between separators that explain the rows equally well


@dataclass(frozen=True)
class Layout:
    """The format of the lines of a text table.

    Attributes
    ----------
    separator, decimal, quote : str
        One character each; a separator ' ' stands for any run of blanks and tabs.
    first_row : int
        Number of lines before the first row of values.
    names, units : tuple of str
        One per column, '' where the file states none.
    kinds : tuple of str
        Kind of the cells of each column: 'number', 'stamp', 'date', 'text' or 'empty'.
    preamble : tuple of str
        Lines before the rows of values.
    rows : tuple of tuple of str
        Cells of the sampled rows: from the beginning of the file, then from its end.
    n_head : int
        How many of ``rows`` are from the beginning.
    remarks : tuple of str
        Lines of ``preamble`` that cannot be column names.
    notes : tuple of str
        Notes about lines that are not used.
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
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_fields(self) -> int:
        """Fields in a line."""
        return len(self.kinds)

    def column(self, k: int, *, head_only: bool = False) -> list[str]:
        """Return the sampled cells of column ``k``."""
        rows = self.rows[: self.n_head] if head_only else self.rows
        return [row[k] for row in rows]


def sniff_layout(
    head: Sequence[str],
    tail: Sequence[str],
    *,
    separator: str = AUTO,
    decimal: str = AUTO,
    header: int | str | None = AUTO,
    skip: int = 0,
) -> Layout:
    """Find the layout from whole lines of the beginning and of the end of a file.

    The first ``skip`` lines are not rows of values, whatever they contain.

    Raises
    ------
    FormatError
        No rows of numbers are found.
    """
    lines = list(head[skip:])
    body = [line for line in lines if line.strip() and not is_comment(line)][:_SAMPLED_LINES]
    ending = [line for line in tail if line.strip() and not is_comment(line)][-20:]
    sample = body[len(body) // 2 :] + ending
    dialect, kinds = _find_dialect(body, sample, separator, decimal)
    n_fields = len(kinds)
    begin = first_row(lines, dialect, kinds, header=header)
    if begin is None:
        raise FormatError(_no_numbers(body, separator))
    counts = header == AUTO and not tail and _counts_rows(lines[begin:], n_fields)
    first = lines[begin] if begin < len(lines) else ""
    names, units = names_above(lines[:begin], first, dialect, kinds, header)
    if decimal == AUTO and dialect.decimal == ",":
        _check_thousands([dialect.cells(line) for line in sample], n_fields)
    above = list(lines[:begin])
    unread = unread_lines(above, first, dialect, kinds, named=any(names) or header != AUTO)
    notes = _unread_rows(rows_above(lines, dialect, kinds, header), header)
    notes += [_unread(skip + k, lines[k], dialect, n_fields) for k in unread]
    if counts:
        begin += 1
        notes.append(f"line {skip + begin} is not read: it gives the number of rows")
    rows_head = _whole_rows(lines[begin:], dialect, n_fields)
    rows_tail = _whole_rows(ending, dialect, n_fields)
    return Layout(
        separator=dialect.separator,
        decimal=dialect.decimal,
        quote=dialect.quote,
        first_row=skip + begin,
        names=tuple(names),
        units=tuple(units),
        kinds=tuple(kinds),
        preamble=tuple(above),
        rows=tuple(rows_head + rows_tail),
        n_head=len(rows_head),
        notes=tuple(notes),
        remarks=tuple(
            line
            for line in above
            if is_comment(line) or n_fields == 1 or len(dialect.cells(line)) != n_fields
        ),
    )


def _find_dialect(
    body: list[str], sample: list[str], separator: str, decimal: str
) -> tuple[Dialect, list[str]]:
    """Return the dialect of lines, and the kinds of their cells."""
    quote = _find_quote(body)
    candidates = SEPARATORS if separator == AUTO else (_checked_separator(separator),)
    best, best_score, n_fields = None, 0.0, 0
    for candidate in candidates:
        sign = decimal
        if decimal == AUTO:
            sign = _find_decimal([c for line in body for c in split_cells(line, candidate, quote)])
        dialect = Dialect(candidate, sign, quote)
        score, found = _score(sample, dialect)
        if score and len(dialect.cells(body[0])) == found:
            score += _FITS_HEADER
        if score > best_score + 1e-9:
            best, best_score, n_fields = dialect, score, found
    if best is None:
        raise FormatError(_no_numbers(body, separator))
    if (
        separator == AUTO
        and decimal in (AUTO, ",")
        and best.separator == ","
        and n_fields in (1, 2)
        and _is_one_decimal_comma_column(sample)
    ):
        return Dialect(";", ",", quote), ["number"]
    rows = [best.cells(line) for line in sample]
    return best, _kinds([row for row in rows if len(row) == n_fields], n_fields, best)


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


def _score(lines: list[str], dialect: Dialect) -> tuple[float, int]:
    """Return how well the separator explains the lines (0 to 1), and the fields per line."""
    rows = [dialect.cells(line) for line in lines]
    if not rows:
        return 0.0, 0
    n_fields, lines_so = Counter(len(row) for row in rows).most_common(1)[0]
    cells = [cell for row in rows if len(row) == n_fields for cell in row][:_SAMPLED_CELLS]
    filled = [cell for cell in cells if cell]
    good = [dialect.kind(cell) not in ("text", "empty") for cell in filled]
    missing = sum(map(is_missing, filled))
    if not any(good):
        return 0.0, n_fields
    share = (sum(good) + missing) / len(filled)
    bonus = (
        0.0 if n_fields == 1 else 0.5
    )  # a separator that splits the rows is preferred to one that does not
    return share * lines_so / len(rows) * (1 + bonus), n_fields


def _find_decimal(cells: list[str]) -> str:
    commas = sum("," in cell and is_number(cell, ",") for cell in cells)
    dots = sum("." in cell and is_number(cell, ".") for cell in cells)
    return "," if commas > dots else "."


def _is_one_decimal_comma_column(lines: list[str]) -> bool:
    """Whether ``0,05`` is one number with a decimal comma and not two whole numbers."""
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    if any(len(row) > 2 or not row[0].lstrip("+-").isdigit() for row in rows):  # noqa: PLR2004
        return False
    fractions = [row[1] for row in rows if len(row) == 2]  # noqa: PLR2004
    if not fractions or not all(fraction.isdigit() for fraction in fractions):
        return False
    return len(fractions) < len(rows) or any(
        len(fraction) > 1 and fraction[0] == "0" for fraction in fractions
    )


def _kinds(rows: list[list[str]], n_fields: int, dialect: Dialect) -> list[str]:
    kinds = []
    for k in range(n_fields):
        counts = Counter(dialect.kind(row[k]) for row in rows)
        counts.pop("empty", None)
        known = [kind for kind, _ in counts.most_common() if kind != "text"]
        if not counts:
            kinds.append("empty")
        elif known and counts[known[0]] >= counts["text"]:
            kinds.append(known[0])
        else:
            kinds.append("text")
    return kinds


def _check_thousands(rows: list[list[str]], n_fields: int) -> None:
    for k in range(n_fields):
        cell = thousands([row[k] for row in rows if len(row) == n_fields])
        if cell is not None:
            raise FormatError(
                f"the comma in {cell!r} (column {k + 1}, beside numbers without a comma) may "
                "separate thousands or decimals. Give decimal=',' if it is the decimal sign; if it "
                "separates thousands, write a copy of the file without these commas and open the "
                "copy"
            )


def _whole_rows(lines: Sequence[str], dialect: Dialect, n_fields: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for line in lines:
        if not line.strip() or is_comment(line):
            continue
        cells = dialect.cells(line)
        if len(cells) == n_fields:
            rows.append(tuple(cells))
        if len(rows) * n_fields >= _SAMPLED_CELLS:
            break
    return rows


def _counts_rows(lines: Sequence[str], n_fields: int) -> bool:
    """Whether the first row of a single column is the number of the rows below it."""
    rows = [line for line in lines if line.strip() and not is_comment(line)]
    cell = rows[0].strip() if n_fields == 1 and len(rows) > 2 else ""  # noqa: PLR2004
    return cell.isdecimal() and int(cell) == len(rows) - 1


def _unread(number: int, line: str, dialect: Dialect, n_fields: int) -> str:
    fields = len(dialect.cells(line))
    why = f"it has {fields} field{'s' * (fields > 1)}, but the rows below have {n_fields}"
    if fields == n_fields:
        why = "its cells differ in kind from those of the rows below"
    return f"line {number + 1} is not read: {why} ({line.strip()[:60]!r})"


def _unread_rows(n: int, header: int | str | None) -> list[str]:
    if not n:
        return []
    rows = "1 row of values is" if n == 1 else f"{n} rows of values are"
    return [f"{rows} not read: above the line with the column names (header={header})"]


def _no_numbers(lines: list[str], separator: str) -> str:
    if not lines:
        return "the file has a head and remarks, but no rows of numbers"
    seen = repr(lines[0][:60])
    asked = "" if separator == AUTO else f" with separator {separator!r}"
    return (
        f"no rows of numbers are found{asked}; the text begins with {seen}. If it is a table, "
        "describe its format with separator=, decimal= and header="
    )
