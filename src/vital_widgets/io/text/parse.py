"""Parse blocks of lines to columns of numbers, and name the line and column of an error."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import FormatError
from vital_widgets.io.text.cells import (
    COMMENTS,
    MISSING,
    is_comment,
    is_missing,
    is_number,
    number_of,
)
from vital_widgets.io.text.dialect import WHITESPACE, split_cells
from vital_widgets.io.text.headers import is_thousands
from vital_widgets.io.text.lines import count_rows, single_blanks
from vital_widgets.io.text.parsed import Parsed, without_marks
from vital_widgets.io.text.thousands import first_of_thousands, may_be_thousands
from vital_widgets.io.text.times import StampFormat, stamps_to_ns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vital_widgets.io.text.blocks import Block

_NULLS = tuple(
    dict.fromkeys(
        blank + form
        for token in sorted(MISSING)
        for form in (token, token.upper(), token.capitalize(), "NaN")
        for blank in ("", " ")
    )
)
# Thousands that cannot be decimals: several groups, or two signs.
_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:([.,' \u00a0\u202f])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+|\1\d{3})"
)
_MOST_TOKENS = 1000
_BLANK_LINE = re.compile(rb"^[^\S\n]+$", re.MULTILINE)


@dataclass(frozen=True)
class TableSpec:
    """What is read from each line.

    Attributes
    ----------
    path : str
        For messages.
    separator, decimal, quote : str
        As in `Layout`.
    names : tuple of str
        Names of all fields, for messages.
    columns : tuple of int
        Fields that are channels.
    time : tuple of int
        Fields that make the time: none, one, or a date and a clock time.
    stamp : StampFormat or None
        How the time is written; None for numbers.
    whole_times : bool
        Whether the times are whole numbers, which are kept exact.
    skip_bad_lines, bad_values_missing : bool
        What to do with lines and cells that cannot be read, instead of an error.
    remarks : str
        Pattern of a remark behind the last cell of a row; '' for none.
    events : str
        Pattern of the one cell beside the time in lines that are events; '' for none.
    heads : str
        Pattern of the lines of heads in the middle of the table; '' for none.
    remark_cells : bool
        Whether remarks have a cell in every row, which is empty in the others.
    whole : dict of int to float
        Fields of whole numbers, in which a point may separate thousands, and their usual size.
    """

    path: str
    separator: str
    decimal: str
    quote: str
    names: tuple[str, ...]
    columns: tuple[int, ...]
    time: tuple[int, ...] = ()
    stamp: StampFormat | None = None
    whole_times: bool = False
    skip_bad_lines: bool = False
    bad_values_missing: bool = False
    remarks: str = ""
    events: str = ""
    heads: str = ""
    remark_cells: bool = False
    whole: Mapping[int, float] = field(default_factory=dict)


class BlockParser:
    """Parses blocks; safe to call from several threads at once."""

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self.whole_times = spec.whole_times
        self._whole = dict(spec.whole)
        self.missing_tokens: set[str] = set()  # text that bad_values="nan" has met so far
        sign = spec.separator
        between = r"[ \t]+" if sign == WHITESPACE else re.escape(sign)
        remark = f"(?<={re.escape(sign)})" if spec.remark_cells else between
        self._heads = re.compile(f"^(?P<text>{spec.heads})$".encode(), re.MULTILINE)
        self._marked = [
            re.compile(pattern.encode(), re.MULTILINE)
            for used, pattern in (
                (spec.remarks, rf"{remark}(?P<text>(?:{spec.remarks})[^\n]*)$"),
                (spec.events, rf"^[^\n{sign}]*(?:{between} *)+(?P<text>{spec.events})$"),
            )
            if used
        ]

    def parse(self, block: Block, *, last: bool = False) -> Parsed:
        """Return the columns of a block, or raise `FormatError` with the place of the error."""
        spec = self.spec
        data = block.data
        notes: list[str] = []
        if last and not data.endswith(b"\n"):
            data, notes = self._without_cut_line(data)
        parsed = self._rows(data, block.first_line) if not spec.heads else self._parts(data, block)
        parsed.notes += notes
        return parsed

    def _parts(self, data: bytes, block: Block) -> Parsed:
        """Return the rows between the heads of a block, and the lines of these heads."""
        whole = Parsed([np.empty(0) for _ in self.spec.columns], None)
        begin = 0
        for found in [*self._heads.finditer(data), None]:
            piece = data[begin : len(data) if found is None else found.start()]
            if piece.strip():
                first_line = block.first_line + data.count(b"\n", 0, begin)
                whole = whole.followed_by(self._rows(piece, first_line))
            if found is not None:
                line = found["text"].decode("utf-8", "replace")
                whole.heads.append((len(whole.columns[0]), line))
                begin = found.end()
        return whole

    def _rows(self, data: bytes, first_line: int) -> Parsed:
        import pyarrow as pa

        marks: list[tuple[int, str]] = []
        for pattern in self._marked:
            data, more = without_marks(data, pattern)
            marks += more
        n_blank = 0
        if len(self.spec.names) == 1:  # would be rows for the fast parser
            data, n_blank = _BLANK_LINE.subn(b"", data)
        if self.spec.separator == WHITESPACE:
            data = single_blanks(data)
        try:
            parsed = self._fast(data, first_line)
        except (pa.ArrowInvalid, UnicodeDecodeError):
            parsed = None
        if parsed is None:
            parsed = self._slow(data, first_line)
        parsed.marks = marks
        parsed.skipped += n_blank
        return parsed

    def _types(self) -> dict[str, Any]:
        import pyarrow as pa

        spec = self.spec
        types = {str(k): pa.float64() for k in spec.columns}
        for k in spec.time:
            if spec.stamp is None:
                types[str(k)] = pa.int64() if self.whole_times else pa.float64()
            elif spec.stamp.iso:
                types[str(k)] = pa.timestamp("ns", "UTC" if spec.stamp.zoned else None)
            else:
                types[str(k)] = pa.string()
        return types

    def _fast(self, data: bytes, first_line: int) -> Parsed | None:
        """Parse with the table parser; None where only `_slow` can name the error."""
        import pyarrow as pa
        from pyarrow import csv

        spec = self.spec
        skipped = remarks = 0

        def invalid_row(row: Any) -> str:
            nonlocal skipped, remarks
            if row.text.lstrip().startswith(COMMENTS):
                remarks += 1
                return "skip"
            if not spec.skip_bad_lines:
                return "error"
            skipped += 1
            return "skip"

        table = csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(
                use_threads=False,
                block_size=len(data) + 1,
                column_names=[str(k) for k in range(len(spec.names))],
            ),
            parse_options=csv.ParseOptions(
                delimiter=spec.separator,
                quote_char=spec.quote,
                invalid_row_handler=invalid_row,
            ),
            convert_options=csv.ConvertOptions(
                column_types=self._types(),
                include_columns=[str(k) for k in (*spec.columns, *spec.time)],
                null_values=[*_NULLS, *self.missing_tokens],
                decimal_point=spec.decimal,
                check_utf8=False,
            ),
        )
        n_rows = table.num_rows + skipped
        if n_rows + remarks != data.count(b"\n") and n_rows != count_rows(data):
            return None  # a cell in quotes contains lines, or a remark was read as a row
        times = self._times([table[str(k)].combine_chunks() for k in spec.time])
        if spec.time and times is None:
            return None
        columns = [table[str(k)].to_numpy() for k in spec.columns]
        for values, k in zip(columns, spec.columns, strict=True):
            if k in self._whole and np.any(np.floor(values) < values):
                self._check_points(data, first_line, k)
        return Parsed(columns, times, skipped)

    def _times(self, columns: list[Any]) -> NDArray[Any] | None:
        """Return the time column, None if a cell of it is missing or wrong."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not columns or any(column.null_count for column in columns):
            return None
        stamp = self.spec.stamp
        if stamp is None:
            numbers: NDArray[Any] = columns[0].to_numpy(zero_copy_only=False)
            return numbers
        if pa.types.is_timestamp(columns[0].type):
            exact: NDArray[np.int64] = columns[0].view(pa.int64()).to_numpy(zero_copy_only=False)
            return exact
        text = columns[0]
        if len(columns) > 1:
            text = pc.binary_join_element_wise(*columns, " ")
        ns, bad = stamps_to_ns(text, stamp)
        return None if bad.any() else ns

    def _slow(self, data: bytes, first_line: int) -> Parsed:  # noqa: C901 - one loop
        """Parse line by line, to name an error and its place."""
        import pyarrow as pa

        spec = self.spec
        columns: list[list[float]] = [[] for _ in spec.columns]
        times: list[Any] = []
        lines: list[int] = []
        skipped = 0
        for k in set(spec.time).intersection(self._whole):
            self._check_points(data, first_line, k)
        text = data.decode("utf-8", "replace")
        for number, line in enumerate(text.split("\n"), first_line):
            if is_comment(line) or (not line.strip() and not self._is_empty_row(line)):
                continue
            cells = split_cells(line, spec.separator, spec.quote)
            problem = self._shape_problem(cells) or self._time_problem(cells)
            if problem:
                if not spec.skip_bad_lines:
                    raise FormatError(
                        f"{spec.path}, line {number}: {problem}. Correct the line in a copy of the "
                        "file; bad_lines='skip' leaves out such lines and notes their number"
                    )
                skipped += 1
                continue
            for values, k in zip(columns, spec.columns, strict=True):
                values.append(self._value(cells[k], k, number))
            if spec.time:
                times.append(self._time_cell(cells))
            lines.append(number)
        arrays = [np.array(values, np.float64) for values in columns]
        if not spec.time:
            return Parsed(arrays, None, skipped)
        if spec.stamp is None:
            numbers = np.array(times)
            if numbers.dtype.kind == "f":
                self.whole_times = False  # from now on, as it was not true
            return Parsed(arrays, numbers, skipped)
        ns, bad = stamps_to_ns(pa.array(times, pa.string()), spec.stamp)
        if bad.any():
            raise FormatError(
                f"{spec.path}, line {lines[int(bad.argmax())]}: the date does not exist"
            )
        return Parsed(arrays, ns, skipped)

    def _check_points(self, data: bytes, first_line: int, k: int) -> None:
        """Raise if points in a column of whole numbers may separate thousands; check only once."""
        spec = self.spec
        cells: dict[str, int] = {}
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), first_line):
            row = [] if is_comment(line) else split_cells(line, spec.separator, spec.quote)
            if len(row) == len(spec.names):
                cells.setdefault(row[k], number)
        odd = first_of_thousands(list(cells), spec.whole[k])
        if odd is not None:
            raise FormatError(
                f"{spec.path}, line {cells[odd]}, column {spec.names[k]!r}: {may_be_thousands(odd)}"
            )
        if any("." in cell for cell in cells):
            self._whole.pop(k, None)

    def _is_empty_row(self, line: str) -> bool:
        """Whether a line of tabs is a row in which all values are missing, and not blank."""
        spec = self.spec
        n_fields = len(spec.names)
        alike = spec.separator == "\t" and line.count("\t") + 1 == n_fields
        return alike and n_fields > 1 and not spec.time

    def _shape_problem(self, cells: list[str]) -> str | None:
        n_fields = len(self.spec.names)
        if len(cells) == n_fields:
            return None
        shown = " | ".join(cells)[:80]
        return f"{len(cells)} fields where {n_fields} are expected: {shown!r}"

    def _time_problem(self, cells: list[str]) -> str | None:
        spec = self.spec
        for k in spec.time:
            if is_missing(cells[k]):
                return f"the time (column {spec.names[k]!r}) is missing"
        if not spec.time:
            return None
        if spec.stamp is None:
            value = number_of(cells[spec.time[0]], spec.decimal)
            good = value is not None and math.isfinite(value)
        else:
            good = spec.stamp.matches(str(self._time_cell(cells)))
        if good:
            return None
        shown = " ".join(cells[k] for k in spec.time)
        why = spec.stamp.why_not(shown) if spec.stamp is not None else ""
        return f"the time {shown[:40]!r} has another format than the lines before{why}"

    def _time_cell(self, cells: list[str]) -> float | int | str:
        spec = self.spec
        text = " ".join(cells[k] for k in spec.time)
        if spec.stamp is not None:
            return text
        if spec.whole_times and text.lstrip("+-").isdigit():
            return int(text)
        return float(text.replace(",", "."))

    def _value(self, cell: str, k: int, line: int) -> float:
        value = number_of(cell, self.spec.decimal)
        if value is not None:
            return value
        if is_missing(cell):
            return math.nan
        if not self.spec.bad_values_missing:
            raise FormatError(
                f"{self.spec.path}, line {line}, column {self.spec.names[k]!r}: {cell[:40]!r} is "
                f"not a number. {self._way_out(cell)}"
            )
        if len(self.missing_tokens) < _MOST_TOKENS:
            self.missing_tokens = {*self.missing_tokens, cell}
        return math.nan

    def _way_out(self, cell: str) -> str:
        """Return the advice for a cell that is not a number."""
        other = "," if self.spec.decimal == "." else "."
        if _GROUPED.fullmatch(cell):
            return "Write a copy of the file without separators of thousands, and open the copy"
        if not is_number(cell, other):
            return "Give bad_values='nan' to read such cells as missing"
        # To read a number as missing would lose it.
        whole = f"give decimal={other!r} if that is the decimal sign of the whole file"
        if is_thousands(cell, other):
            return (
                f"If its {other!r} separates thousands, write a copy of the file without them; "
                f"{whole}"
            )
        return f"{whole[0].upper()}{whole[1:]}; otherwise correct the number in a copy of the file"

    def _without_cut_line(self, data: bytes) -> tuple[bytes, list[str]]:
        """Leave out a last line without line end that has too few fields."""
        cut = data.rfind(b"\n") + 1
        line = data[cut:].decode("utf-8", "replace")
        if is_comment(line):
            return data, []
        cells = split_cells(line, self.spec.separator, self.spec.quote)
        if not line.strip() or len(cells) >= len(self.spec.names):
            return data, []
        return data[:cut], [f"the last line is cut off ({line[:40]!r}) and left out"]
