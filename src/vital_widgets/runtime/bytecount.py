"""How many bytes a task has processed, and how many a second."""

from __future__ import annotations


class ByteCount:
    """Bytes that are processed, of how many, at which rate.

    Attributes
    ----------
    done, total : int or None
        Processed and all bytes; None if unknown.
    """

    def __init__(self) -> None:
        self.done: int | None = None
        self.total: int | None = None
        self._first: tuple[float, int] | None = None
        self._latest = 0.0

    def set(self, done: int | None, total: int | None, now: float) -> None:
        """Set what is known at ``now`` seconds; None leaves a count as it is."""
        if total is not None:
            self.total = total
        if done is not None:
            self.done, self._latest = done, now
            # What was there before the task, as of a build that goes on, was not done by it.
            self._first = self._first or (now, done)

    @property
    def rate(self) -> float | None:
        """Bytes per second between the first and the latest report; None if unknown."""
        if self.done is None or self._first is None:
            return None
        began, first = self._first
        seconds = self._latest - began
        return (self.done - first) / seconds if seconds > 0 else None
