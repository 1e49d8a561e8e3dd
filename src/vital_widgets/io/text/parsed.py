"""The result of parsing a block of lines: columns, times, remarks and heads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.io.text.lines import count_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Parsed:
    """Columns of one block.

    Attributes
    ----------
    columns : list of ndarray of float64, each of shape (n,)
        Values, NaN where missing.
    times : ndarray, shape (n,), or None
        The time column: numbers as they stand (int64 or float64), or nanoseconds (int64).
    skipped : int
        Lines left out because they could not be read.
    marks : list of (int, str)
        Remarks behind a row: its number in the block, and the text.
    heads : list of (int, str)
        Lines of heads: the number of the row below them, and the line.
    """

    columns: list[NDArray[np.float64]]
    times: NDArray[Any] | None
    skipped: int = 0
    notes: list[str] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    heads: list[tuple[int, str]] = field(default_factory=list)

    def followed_by(self, other: Parsed) -> Parsed:
        """Return these rows and those of another piece below them."""
        n_rows = len(self.columns[0])
        below = [(n_rows + row, text) for row, text in other.marks]
        pairs = zip(self.columns, other.columns, strict=True)
        times = [one for one in (self.times, other.times) if one is not None]
        return Parsed(
            [np.concatenate(pair) for pair in pairs],
            np.concatenate(times) if times else None,
            self.skipped + other.skipped,
            self.notes + other.notes,
            self.marks + below,
            list(self.heads),
        )


def parts_of_remark(text: str) -> list[str]:
    """Return the remarks behind one row: LabChart joins them, each with its channel.

    ``#*`` stands for all channels and is left out.
    """
    parts = re.split(r"\s+(?=#(?:\*|\d+)\s)", text.strip())
    remarks = [re.sub(r"^#\*?(?=[^\d]|$)", "", part).strip() for part in parts]
    return [part for part in remarks if part]


def without_marks(data: bytes, pattern: re.Pattern[bytes]) -> tuple[bytes, list[tuple[int, str]]]:
    """Return a block without its remarks, and the remarks with the numbers of their rows."""
    marks: list[tuple[int, str]] = []
    row = counted = 0
    for found in pattern.finditer(data):
        line = data.rfind(b"\n", 0, found.start()) + 1
        row += count_rows(data[counted:line])
        event = found.start() == line  # of the row before: its own line is not a row
        counted = found.end() if event else line
        marks.append((row - event, found["text"].decode("utf-8", "replace").strip()))
    return pattern.sub(b"", data) if marks else data, marks
