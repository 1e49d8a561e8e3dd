"""Annotations as CSV and as BIDS ``events.tsv``."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import FormatError, InvalidInputError, VitalError
from vital_widgets.runtime.files import read_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

MISSING = "n/a"  # of BIDS
TEXT_COLUMNS = ("text", "trial_type", "description", "label", "event", "annotation", "value")
OF_A_MARK = ("comment", "layer", "reader", "changed", "id", "extra")
BIDS_COLUMNS = {
    "onset": {"Description": "Begin of the event", "Units": "s"},
    "duration": {"Description": "Duration of the event; 0 for a moment", "Units": "s"},
    "trial_type": {"Description": "What the mark says"},
    "sample": {"Description": "Begin of the event in samples, from 0"},
    "channel": {"Description": "Channel of the event; n/a for all"},
    "comment": {"Description": "Remark of the reader"},
    "layer": {"Description": "Layer of marks that the event belongs to"},
    "reader": {"Description": "Who marked the event"},
}
MOST_DESCRIPTION_BYTES = 1 << 20
_LINE = re.compile("\r\n|\n|\r")
_TSV_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^\t]*))(\t|\Z)')
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def as_csv(annotations: Annotations) -> str:
    """Return annotations as CSV with a header; numbers are written so that they are exact."""
    more = [name for name in OF_A_MARK if hasattr(annotations, name)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["onset", "duration", "text", "channel", *more])
    columns = [annotations.onset, annotations.duration, annotations.text, annotations.channel]
    columns += [getattr(annotations, name) for name in more]
    writer.writerows(zip(*(map(_cell, column.tolist()) for column in columns), strict=True))
    return stream.getvalue()


def as_bids(annotations: Annotations, fs: float | None) -> tuple[str, dict[str, Any]]:
    """Return annotations as ``events.tsv`` and the description of its columns.

    ``fs`` gives the column ``sample``, which is left out without it.
    """
    columns: dict[str, Iterable[str]] = {
        "onset": map(_cell, annotations.onset.tolist()),
        "duration": map(_cell, annotations.duration.tolist()),
        "trial_type": _bids_cells("text", annotations.text.tolist()),
    }
    if fs is not None:
        columns["sample"] = [str(round(onset * fs)) for onset in annotations.onset.tolist()]
    for name in ("channel", "comment", "layer", "reader"):
        if hasattr(annotations, name):
            values = getattr(annotations, name).tolist()
            if any(values):
                columns[name] = _bids_cells(name, values)
    lines = ["\t".join(columns), *map("\t".join, zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n", {name: BIDS_COLUMNS[name] for name in columns}


def _bids_cells(name: str, values: Iterable[str]) -> list[str]:
    """Return texts as the standard demands: no value is n/a, a tab is within double quotes."""
    return [_bids_cell(name, value) for value in values]


def _bids_cell(name: str, value: str) -> str:
    if value == MISSING:
        msg = (
            f"{name}={MISSING!r} cannot be stored in events.tsv, where it means no value; change "
            "it, or write CSV"
        )
        raise InvalidInputError(msg)
    if _CONTROL.search(value):
        msg = (
            f"{name}={value[:80]!r} cannot be stored in events.tsv: it contains a line break or "
            "another control character; write CSV"
        )
        raise InvalidInputError(msg)
    if "\t" in value or value.startswith('"'):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return value or MISSING


def with_description(path: Path, about: dict[str, Any]) -> bytes:
    """Return the description of columns; what a file says already is kept."""
    known: Any = {}
    if path.exists():
        try:
            known = json.loads(read_whole(path, MOST_DESCRIPTION_BYTES, "a description of columns"))
        except (ValueError, VitalError):
            known = None
        if not isinstance(known, dict):
            msg = f"{path} is no JSON that describes columns, and would be lost; give another path"
            raise InvalidInputError(msg)
    return f"{json.dumps({**about, **known}, indent=2)}\n".encode()


def header_of(path: Path, content: bytes, *, tabs: bool) -> tuple[list[str], int]:
    """Return the names of the columns of a table, and which one is the text of the marks.

    Raises
    ------
    FormatError
        It is no table of annotations.
    """
    # Of the beginning of a file, the last letter may be incomplete.
    text = content.decode("utf-8-sig", "replace")
    head = next(islice(_rows(path, text, tabs=tabs), 1), None)
    if head is None:
        msg = f"{path} is empty; a table of annotations has a header with onset and text"
        raise FormatError(msg)
    names = [name.strip() for name in head]
    folded = [name.casefold() for name in names]
    named = next((folded.index(name) for name in TEXT_COLUMNS if name in folded), None)
    if "onset" not in folded or named is None:
        msg = (
            f"{path} has the columns {', '.join(names)[:200]}; a table of annotations needs onset "
            f"(s) and one of {', '.join(TEXT_COLUMNS)}"
        )
        raise FormatError(msg)
    return folded, named


def read_table(path: Path, content: bytes, *, tabs: bool) -> Annotations:
    """Return the annotations of a table with a header; raise `FormatError` if it is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not UTF-8 text ({error}); save it as UTF-8") from None
    head, named = header_of(path, content, tabs=tabs)
    body = list(_rows(path, text, tabs=tabs))[1:]

    def cells(k: int) -> list[str]:
        return [row[k] if k < len(row) else "" for row in body]

    def values(k: int) -> list[str]:
        return ["" if tabs and cell == MISSING else cell for cell in cells(k)]

    def texts(name: str) -> list[str]:
        return values(head.index(name)) if name in head else [""] * len(body)

    def numbers(name: str, empty: str) -> list[float]:
        found = cells(head.index(name)) if name in head else [empty] * len(body)
        return _numbers(path, name, [empty if one in ("", MISSING) else one for one in found])

    return Annotations(
        numbers("onset", ""),
        values(named),
        numbers("duration", "0"),
        texts("channel"),
        comment=texts("comment"),
        extra=texts("extra"),
    )


def _rows(path: Path, text: str, *, tabs: bool) -> Iterator[list[str]]:
    """Return the rows that are not empty."""
    lines = _LINE.split(text) if tabs else io.StringIO(text, newline="")
    rows: Iterator[list[str]] = map(_tsv_cells, lines) if tabs else csv.reader(lines)
    try:
        yield from (row for row in rows if any(row))
    except csv.Error as error:
        msg = f"{path} is not a table in CSV ({error}); save it again with the program that made it"
        raise FormatError(msg) from None


def _tsv_cells(line: str) -> list[str]:
    """Return the cells of a line; those in double quotes may contain tabs."""
    if '"' not in line:
        return line.split("\t")
    found = []
    for cell in _TSV_CELL.finditer(line):
        quoted, plain, end = cell.groups()
        found.append(plain if quoted is None else quoted.replace('""', '"'))
        if not end:
            break
    return found


def _numbers(path: Path, name: str, cells: Sequence[str]) -> list[float]:
    values = []
    for k, cell in enumerate(cells):
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or (name == "duration" and value < 0):
            least = ", 0 or more" if name == "duration" else ""
            msg = f"{path}, row {k + 1}: {name} is {cell!r}; give seconds, such as 12.5{least}"
            raise FormatError(msg)
        values.append(value)
    return values


def _cell(value: Any) -> str:
    return repr(value) if isinstance(value, float) else "" if value is None else str(value)
