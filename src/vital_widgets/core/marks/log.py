"""The log of marks: who did what, and when."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from vital_widgets.core.marks.operations import Operation

SHOWN = 10


class LogLine(NamedTuple):
    """A `LogEntry` in a small form; there are as many as operations."""

    n: int
    time: float
    reader: str
    layer: str
    what: str
    n_marks: int
    text: str
    onset: float


def log_line(operation: Operation) -> tuple[Any, ...]:
    """Return what the log says of an operation, the fields of a `LogLine`."""
    values = operation.values
    texts, onsets = values.get("text"), values.get("onset")
    what = operation.do
    if operation.undoes:
        what = f"undo: {what}"
    elif operation.redoes:
        what = f"redo: {what}"
    return (
        operation.n,
        operation.time,
        operation.reader,
        operation.layer,
        "compact" if operation.before else what,
        len(operation.ids),
        texts[0] if texts and texts.count(texts[0]) == len(texts) else "",
        min(onsets) if onsets else math.nan,
    )


@dataclass(frozen=True)
class LogEntry:
    """Who did what, and when.

    Attributes
    ----------
    n : int
        Number of the operation.
    time : datetime
        When (UTC).
    reader, layer : str
        Who, and in which layer.
    what : str
        'create', 'change' or 'delete', with 'undo: ' or 'redo: ' before it; 'compact' for the
        first operations of a compacted journal.
    n_marks : int
        Number of marks.
    text : str
        The text that the marks were given; empty if it differs, or was not set.
    onset : float
        Onset of the first of them in seconds; NaN if it was not set.
    """

    n: int
    time: datetime
    reader: str
    layer: str
    what: str
    n_marks: int
    text: str
    onset: float


class MarkLog:
    """All operations on the marks of a recording, oldest first."""

    def __init__(self, lines: Sequence[LogLine]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        """Return the number of operations."""
        return len(self._lines)

    def __iter__(self) -> Iterator[LogEntry]:
        """Iterate over the operations."""
        for line in self._lines:
            yield _entry(line)

    def __getitem__(self, i: int) -> LogEntry:
        """Return operation ``i``."""
        return _entry(self._lines[i])

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per operation."""
        import pandas as pd

        columns = list(LogEntry.__dataclass_fields__)
        return pd.DataFrame([asdict(entry) for entry in self], columns=columns)

    def __repr__(self) -> str:
        """Show the last operations."""
        rows = [
            f"{e.time:%Y-%m-%d %H:%M:%S} UTC  {e.reader}  {e.what}  {e.n_marks} x {e.text!r} in "
            f"{e.layer!r}"
            for e in map(_entry, self._lines[-SHOWN:])
        ]
        return "\n".join([f"MarkLog({len(self)} operations)", *rows])


def _entry(line: LogLine) -> LogEntry:
    return LogEntry(**{**line._asdict(), "time": datetime.fromtimestamp(line.time, UTC)})
