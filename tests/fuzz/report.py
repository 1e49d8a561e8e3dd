"""Say what a run has found: figures for the documentation, and faults by mechanism."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fuzz.model import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fuzz.model import Fault, Outcome

START, END = "<!-- fuzz:start -->", "<!-- fuzz:end -->"
SHOWN = 5


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a Markdown table, one reader a row."""
    heads = "reader|cases|opened|refused|opened, then an error of ours|longest case|most memory"
    lines = [f"| {heads.replace('|', ' | ')} | faults |", "|" + "---|" * 8]
    for reader in sorted({outcome.reader for outcome in outcomes}):
        mine = [outcome for outcome in outcomes if outcome.reader == reader]
        states = Counter(outcome.state for outcome in mine)
        kinds = Counter(kind for one in mine for kind in {fault.kind for fault in one.faults})
        faults = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kinds[kind]) or "none"
        seconds = max(outcome.seconds for outcome in mine)
        megabytes = max(outcome.megabytes for outcome in mine)
        lines.append(
            f"| {reader} | {len(mine):,} | {states['opened']:,} | {states['refused']:,} | "
            f"{states['failed']:,} | {seconds:.1f} s | {megabytes:.0f} MB | {faults} |"
        )
    return "\n".join(lines)


def by_mechanism(outcomes: Sequence[Outcome]) -> str:
    """Return each mechanism of a fault with its number of cases and commands to see it again."""
    found: dict[tuple[str, str, str], list[tuple[Outcome, Fault]]] = {}
    for outcome in outcomes:
        for fault in outcome.faults:
            key = (outcome.reader, fault.kind, fault.mechanism)
            found.setdefault(key, []).append((outcome, fault))
    lines = []
    for (reader, kind, mechanism), met in sorted(found.items(), key=lambda item: -len(item[1])):
        numbers = list(dict.fromkeys(outcome.number for outcome, _ in met))
        first, fault = min(met, key=lambda one: len(one[0].changes))
        shown = ", ".join(map(str, numbers[:SHOWN]))
        lines += [
            f"{reader}, {kind}, {mechanism}: {len(numbers)} cases ({shown})",
            f"    changes: {'; '.join(first.changes)}"[:400],
            f"    {' '.join(fault.detail.split())[:300]}",
            f"    make fuzz READER={reader} CASE={first.number}",
        ]
    return "\n".join(lines)


def put_table(document: Path, rows: str) -> None:
    """Put a table between its markers in a document."""
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{START}\n{rows}\n{END}{after}", encoding="utf-8")
