"""Annotations as CSV and as BIDS ``events.tsv``."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import FormatError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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


def as_bids(annotations: Annotations, fs: float | None) -> tuple[str, str]:
    """Return annotations as ``events.tsv`` and the JSON that describes its columns.

    ``fs`` gives the column ``sample``, which is left out without it.
    """
    columns: dict[str, Iterable[str]] = {
        "onset": map(_cell, annotations.onset.tolist()),
        "duration": map(_cell, annotations.duration.tolist()),
        "trial_type": annotations.text.tolist(),
    }
    if fs is not None:
        columns["sample"] = [str(round(onset * fs)) for onset in annotations.onset.tolist()]
    for name in ("channel", "comment", "layer", "reader"):
        if hasattr(annotations, name):
            values = getattr(annotations, name).tolist()
            if any(values):
                columns[name] = [value or MISSING for value in values]
    lines = ["\t".join(columns)]
    for row in zip(*columns.values(), strict=True):
        for cell in row:
            if not cell.isprintable() or cell != cell.strip():
                msg = f"{cell!r} cannot be stored in events.tsv: it contains a tab or line break"
                raise InvalidInputError(msg)
        lines.append("\t".join(row))
    about = {name: BIDS_COLUMNS[name] for name in columns}
    return "\n".join(lines) + "\n", json.dumps(about, indent=2) + "\n"


def read_table(path: Path, text: str, *, tabs: bool) -> Annotations:
    """Return the annotations of a table with a header; raise `FormatError` if it is none."""
    if tabs:
        rows = [line.split("\t") for line in text.splitlines()]
    else:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    rows = [row for row in rows if any(row)]
    if not rows:
        msg = f"{path} is empty; a table of annotations has a header with onset and text"
        raise FormatError(msg)
    head = [name.strip() for name in rows[0]]
    place = {name.casefold(): k for k, name in reversed(list(enumerate(head)))}
    named = next((place[name] for name in TEXT_COLUMNS if name in place), None)
    if "onset" not in place or named is None:
        msg = (
            f"{path} has the columns {', '.join(head)[:200]}; a table of annotations needs onset "
            f"(s) and one of {', '.join(TEXT_COLUMNS)}"
        )
        raise FormatError(msg)
    body = rows[1:]

    def column(name: str, *, empty: str = "") -> list[str]:
        k = place.get(name)
        if k is None:
            return [empty] * len(body)
        cells = [row[k] if k < len(row) else "" for row in body]
        return [empty if cell in ("", MISSING) else cell for cell in cells]

    return Annotations(
        _numbers(path, "onset", column("onset")),
        [row[named] if named < len(row) else "" for row in body],
        _numbers(path, "duration", column("duration", empty="0")),
        column("channel"),
        comment=column("comment"),
        extra=column("extra"),
    )


def _numbers(path: Path, name: str, cells: Sequence[str]) -> list[float]:
    values = []
    for k, cell in enumerate(cells):
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            msg = f"{path}, row {k + 1}: {name} is {cell!r}; give seconds, such as 12.5"
            raise FormatError(msg)
        values.append(value)
    return values


def _cell(value: Any) -> str:
    return repr(value) if isinstance(value, float) else "" if value is None else str(value)
