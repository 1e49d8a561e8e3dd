"""Channel names that are unique and never blank."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def unique_names(names: Sequence[str], kind: str = "signal") -> tuple[list[str], list[str]]:
    """Return names that differ from each other, and notes on what was changed.

    A name that comes again becomes 'II (2)', a blank one 'channel 3'. ``kind`` is what the notes
    call the things named.
    """
    taken: set[str] = {name for name in names if name}
    seen: set[str] = set()
    unique, notes = [], []
    for k, told in enumerate(names):
        base = told or f"channel {k + 1}"
        name, number = base, 1
        while name in seen or (name != told and name in taken):
            number += 1
            name = f"{base} ({number})"
        seen.add(name)
        unique.append(name)
        if name != told:
            what = f"is another {told!r}" if told else "has no name"
            notes.append(f"{kind} {k + 1} {what}; it is called {name!r} here")
    return unique, notes
