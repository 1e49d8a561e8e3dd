"""Text tables as lines and cells, and what must come of them, told by a plain parse."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.model import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.core.recording import Recording

BLANKS = " "  # as separator: any run of blanks and tabs
REMARKS = ("#", "%", "//")
MISSING = frozenset(
    ["nan", "na", "n/a", "n.a.", "#n/a", "<na>", "null", "none", "missing", "-", "--", "-nan"],
) | {""}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENDS = re.compile(r"\r+\n|\r|\n")
_NUMBER = r"[+-]?(?:\d+{0}?\d*|{0}\d+)(?:[eE][+-]?\d+)?"
PLAIN = {
    ".": re.compile(_NUMBER.format(r"\."), re.ASCII),
    ",": re.compile(_NUMBER.format(","), re.ASCII),
}
INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE | re.ASCII)
PLAINLY = {  # encodings with the mark that begins a file
    "utf-16": ("utf-16-le", b"\xff\xfe"),
    "utf-16-be-bom": ("utf-16-be", b"\xfe\xff"),
    "utf-32-bom": ("utf-32-le", b"\xff\xfe\0\0"),
    "utf-8-sig": ("utf-8", b"\xef\xbb\xbf"),
}
SETTING = "Total rows: 100"  # which `text_changes` puts between the rows, or above them
DOS_END = re.compile(r"\x1a[\r\n\x1a]*\Z")
QUOTED = re.compile('^"([^"]*)"$')
MOMENT = re.compile(r"\d{1,4}[-/.:]\d")
TOLD = re.compile(
    r"left out|cut off|skipped|not read|not used|missing there|taken as|not rows|not a row|no row",
    re.IGNORECASE,
)


@dataclass
class Table:
    """A table to be written: ``before`` are the lines above the rows.

    Attributes
    ----------
    rows : list of (list of str) or str
        The cells of each row; a string is a whole line that may be anything.
    values : list of int
        Columns of numbers that are no time.
    names : dict of str to int
        Names of columns by which channels can be told, as far as they are known.
    seconds : callable, optional
        From the cells of a row to its time in s.
    fs : float
        Rate of the rows in Hz.
    zero : datetime, optional
        When ``seconds`` are 0, of the first row where there are none; a clock without a zone is
        written as one in UTC.
    file : str
        Name of the file, '' where it may be any.
    beside : dict of str to str
        Names and content of files that belong to it.
    sound : bool
        Whether there is nothing in it that may be refused.
    sure : bool
        Whether a plain parse tells what must come.
    timed : bool
        Whether the times may be held against ``seconds``.
    """

    before: list[str]
    rows: list[list[str] | str]
    separator: str
    decimal: str = "."
    values: list[int] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    seconds: Callable[[list[str]], float] | None = None
    fs: float = 0.0
    zero: datetime | None = None
    file: str = ""
    beside: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    end: str = "\n"
    encoding: str = "utf-8"
    zipped: bool = False
    last_end: bool = True
    sound: bool = True
    sure: bool = True
    timed: bool = True

    def copy(self) -> Table:
        """Return a table that can be changed."""
        rows = [row if isinstance(row, str) else [*row] for row in self.rows]
        kept = {**self.__dict__, "rows": rows, "before": [*self.before]}
        return Table(**{**kept, "options": {**self.options}, "names": {**self.names}})

    def cells(self, line: str) -> list[str]:
        """Split a line."""
        if self.separator == BLANKS:
            return line.split()
        cells = [cell.strip() for cell in line.split(self.separator)]
        return [QUOTED.sub(r"\1", cell) for cell in cells]

    def line(self, row: list[str] | str) -> str:
        """Return a row as it is written."""
        return row if isinstance(row, str) else self.separator.join(row)

    def text(self) -> tuple[str, str]:
        """Return what is above the rows, and the rows."""
        above = "".join(line + self.end for line in self.before)
        below = self.end.join(map(self.line, self.rows))
        return above, below + (self.end if self.last_end and self.rows else "")

    def write(self) -> tuple[bytes, bytes]:
        """Return the bytes above the rows and those of the rows, not compressed."""
        above, below = self.text()
        plain, mark = PLAINLY.get(self.encoding, (self.encoding, b""))
        return mark + above.encode(plain, "replace"), below.encode(plain, "replace")


def zipped(raw: bytes) -> bytes:
    """Compress without a time in the head."""
    return gzip.compress(raw, 6, mtime=0)


@dataclass
class Truth:
    """What a plain parse of the rows gives."""

    table: Table
    lines: list[str]
    heads: list[str] = field(default_factory=list)  # lines of words below the names

    @classmethod
    def of(cls, table: Table, below: bytes) -> Truth:
        """Parse the bytes of the rows."""
        plain, _ = PLAINLY.get(table.encoding, (table.encoding, b""))
        text = below.decode(plain, "replace").rstrip("\0")
        text = DOS_END.sub("", text)
        lines = [line for line in ENDS.split(text) if line.strip() or _is_empty_row(table, line)]
        return cls(table, [line for line in lines if not line.lstrip().startswith(REMARKS)])

    def check(self, recording: Recording) -> list[Fault]:
        """Hold a recording against this."""
        channels = list(recording.channels.values())
        told = [note for note in recording.notes if TOLD.search(note)]
        counts = {channel.n_samples for channel in channels}
        self._leave_heads(counts)
        expected = len(self.lines)
        if counts and counts != {expected}:
            return self._check_loss(max(counts), told, recording)
        if not told and (strange := self._strange_names(recording)):
            detail = f"{strange} instead of {list(self.table.names)}; notes: {recording.notes}"
            return [Fault("wrong sample", "names", detail)]
        columns = self._columns(recording)
        if columns is None:
            told_of = (any(self._cell(line, k) for line in self.lines) for k in self.table.values)
            there = sum(told_of)
            if len(channels) < there and not told and "channels" not in self.table.options:
                return [Fault("lost in silence", "columns", f"{list(recording)}")]
            return []
        met: list[Fault] = []
        for channel, k in zip(channels, columns, strict=True):
            met += self._check_values(channel.read(0, channel.n_samples), k)
        return (met or self._check_times(recording))[:3]

    def _check_loss(self, found: int, told: list[str], recording: Recording) -> list[Fault]:
        """Hold a number of rows that is not the expected one against the notes."""
        expected = len(self.lines)
        detail = f"{found} rows instead of {expected}; notes: {recording.notes}"
        if found > expected:
            return [Fault("wrong sample", "rows that are not there", detail)]
        if not told:
            return [Fault("lost in silence", "rows", detail)]
        counted = rows_told(told)
        if counted is not None and counted + self._n_heads() < expected - found:
            return [Fault("lost in silence", "more rows than told", detail)]
        return []

    def _strange_names(self, recording: Recording) -> list[str]:
        """Return names of channels that are not those of the table, where these are known."""
        if not self.table.names or any("has no name" in note for note in recording.notes):
            return []
        above = "\n".join([*self.table.before, *self.heads])
        return [name for name in recording if name not in self.table.names and name not in above]

    def _leave_heads(self, counts: set[int]) -> None:
        """Take lines without numbers that come first for heads, if the reader did."""
        first = self._n_heads()
        if counts == {len(self.lines) - first}:
            self.heads = self.lines[:first]
            del self.lines[:first]

    def _n_heads(self) -> int:
        """Return how many lines without numbers come first."""
        decimal = self.table.decimal
        cells = ([] if line == SETTING else self.table.cells(line) for line in self.lines)
        numbers = (
            any(number(cell, decimal) is not None or MOMENT.match(cell) for cell in row)
            for row in cells
        )
        return next((k for k, some in enumerate(numbers) if some), 0)

    def _columns(self, recording: Recording) -> list[int] | None:
        """Return the column of each channel, None if it cannot be told."""
        names = self.table.names
        if names and all(name in names for name in recording):
            return [names[name] for name in recording]
        if len(recording) == len(self.table.values) and "channels" not in self.table.options:
            return self.table.values
        return None

    def _check_values(self, found: NDArray[Any], k: int) -> list[Fault]:
        table = self.table
        n_fields = self.n_fields
        decimal = table.options.get("decimal", table.decimal)
        if not any(re.search(r"[\d\s;],\d", line) for line in self.lines):
            decimal = table.options.get("decimal", ".")  # nothing tells of the other one
        signs = {sign for line in self.lines for sign in ".," if sign in self._cell(line, k)}
        if signs == {"."}:  # a column of its own way
            decimal = table.options.get("decimal", ".")
        for row, (line, value) in enumerate(zip(self.lines, found.tolist(), strict=True)):
            cells = table.cells(line)
            if (
                any(sign in cell for cell in cells for sign in "\"'")
                or len(cells) != n_fields
                or not line.isprintable()
            ):
                continue
            cell = cells[k]
            expected = number(cell, decimal)
            if expected is None:
                if cell.lower() in MISSING or table.options.get("bad_values") == "nan":
                    expected = np.nan
                else:
                    detail = f"row {row}: {cell!r} became {value!r}"
                    return [Fault("wrong sample", "a cell that is no number was read", detail)]
            if not (value == expected or (np.isnan(value) and np.isnan(expected))):
                detail = f"row {row}, column {k}: {cell!r} became {value!r}"
                return [Fault("wrong sample", "values", detail)]
        return []

    def _cell(self, line: str, k: int) -> str:
        cells = self.table.cells(line)
        return cells[k] if k < len(cells) else ""

    @property
    def n_fields(self) -> int:
        """Cells of most lines."""
        counts = [len(self.table.cells(line)) for line in self.lines]
        return max(set(counts), key=counts.count) if counts else 0

    def _check_times(self, recording: Recording) -> list[Fault]:
        table = self.table
        if not table.timed or len(self.lines) < 2:
            return []
        channel = next(iter(recording.channels.values()))
        if table.seconds is None:
            if table.fs and abs(channel.fs / table.fs - 1) > 1e-6:
                detail = f"{channel.fs} Hz instead of {table.fs} Hz"
                return [Fault("wrong sample", "sampling rate", detail)]
            return self._check_start(recording, 0.0)
        try:
            expected = np.array([table.seconds(table.cells(line)) for line in self.lines])
        except (ValueError, IndexError):
            return []
        found = channel.timebase.times(0, channel.n_samples)
        off = np.abs((found - found[0]) - (expected - expected[0]))
        if np.any(off > 0.6 / table.fs):
            k = int(off.argmax())
            detail = f"row {k}: {found[k] - found[0]} s instead of {expected[k] - expected[0]} s"
            return [Fault("wrong sample", "times", detail)]
        return self._check_start(recording, float(expected[0]) - float(found[0]))

    def _check_start(self, recording: Recording, expected: float) -> list[Fault]:
        """Hold the moment of second 0 against ``expected`` seconds after ``zero``."""
        zero, start = self.table.zero, recording.start
        if zero is None:
            return []
        if start is not None:
            start = start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)
        wanted = zero + timedelta(seconds=expected)
        if start is None or abs(start - wanted) > timedelta(seconds=0.6 / self.table.fs):
            return [Fault("wrong sample", "start", f"{recording.start} instead of {wanted}")]
        return []


def rows_told(notes: list[str]) -> int | None:
    """Return how many lines notes say are left out, None where they leave that open."""
    told = 0
    for note in notes:
        counted = re.search(r"(\d+) lines? with too few or too many cells", note)
        if counted:
            told += int(counted[1])
        elif re.match(r"line \d+ is not read|the last line is cut off", note):
            told += 1
        elif re.search(r"zero bytes|gzip stream|rows? of values|a head but no rows", note):
            return None
    return told


def _is_empty_row(table: Table, line: str) -> bool:
    """Whether a line of tabs is a row without values, where rows are counted."""
    widths = [len(row) for row in table.rows if not isinstance(row, str)]
    usual = max(set(widths), key=widths.count, default=0)
    counted = table.seconds is None and (table.fs or "fs" in table.options)
    return bool(counted) and table.separator == "\t" and line.count("\t") == usual - 1 > 0


def number(cell: str, decimal: str) -> float | None:
    """Return what a cell says, None if it is no number."""
    if PLAIN[decimal].fullmatch(cell):
        return float(cell.replace(",", "."))
    return float(cell) if INFINITE.fullmatch(cell) else None
