"""A measured figure, and the table in the docs."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEGIN, END = "<!-- {name}:start -->", "<!-- {name}:end -->"


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the figure, what it is held against."""

    what: str
    inputs: str
    measured: str
    reference: str
    target: str
    met: bool | None  # None: a figure without a target


def percentile(values: Sequence[float], share: float) -> float:
    """Value below which ``share`` (0..1) of the values lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def milliseconds(seconds: Sequence[float]) -> str:
    """Median and 95th percentile as text."""
    return f"{median(seconds) * 1e3:.1f} ms median, {percentile(seconds, 0.95) * 1e3:.1f} ms p95"


def as_markdown(rows: Sequence[Row], machine: str) -> str:
    """The rows as a table."""
    lines = [
        machine,
        "",
        "| what | inputs | measured | held against | target | met |",
        "|---|---|---|---|---|---|",
    ]
    words = {True: "yes", False: "**no**", None: ""}
    for row in rows:
        cells = (row.what, row.inputs, row.measured, row.reference, row.target, words[row.met])
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_table(document: Path, table: str, name: str) -> None:
    """Put a table between the markers of its name in a document."""
    begin, end = BEGIN.format(name=name), END.format(name=name)
    text = document.read_text("utf-8")
    head, rest = text.split(begin, 1)
    tail = rest.split(end, 1)[1]
    document.write_text(f"{head}{begin}\n{table}\n{end}{tail}", "utf-8")
