"""Undo and redo of changes of parameters."""

from __future__ import annotations

import time
from typing import Any

LONGEST = 200  # changes that are kept
ONE_CHANGE = 0.6  # s: changes of one parameter that follow each other faster are one


class History:
    """The changes of a set of named values.

    Changes of one name within a moment, as a slider makes them, are undone together.
    """

    def __init__(self) -> None:
        self._past: list[tuple[str, Any, Any]] = []
        self._future: list[tuple[str, Any, Any]] = []
        self._last = 0.0

    def note(self, name: str, old: Any, new: Any) -> None:
        """Keep a change."""
        now = time.monotonic()
        if self._past and self._past[-1][0] == name and now - self._last < ONE_CHANGE:
            old = self._past.pop()[1]
        self._past.append((name, old, new))
        del self._past[:-LONGEST]
        self._future.clear()
        self._last = now

    def undo(self) -> tuple[str, Any] | None:
        """Return the name and the value before the last change; None if there is none."""
        if not self._past:
            return None
        change = self._past.pop()
        self._future.append(change)
        self._last = 0.0
        return change[0], change[1]

    def redo(self) -> tuple[str, Any] | None:
        """Return the name and the value of the last change that was undone."""
        if not self._future:
            return None
        change = self._future.pop()
        self._past.append(change)
        self._last = 0.0
        return change[0], change[2]

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to do again."""
        return bool(self._future)
