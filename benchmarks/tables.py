"""A table of accuracy figures, and how it is written into the docs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Table:
    """One table of accuracy figures.

    Attributes
    ----------
    title : str
        Its heading.
    text : str
        What was compared with what, on which data, and what was used for tuning.
    header : sequence of str
        Column names.
    rows : sequence of sequences of str
        Cells.
    """

    title: str
    text: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_markdown(self) -> str:
        """The table with its heading and text."""
        lines = [f"## {self.title}", "", self.text, ""]
        lines += ["| " + " | ".join(self.header) + " |", "|" + "---|" * len(self.header)]
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in self.rows]
        return "\n".join(lines)
