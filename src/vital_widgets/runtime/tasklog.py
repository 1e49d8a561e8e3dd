"""The tasks of this process: queued and running ones, and a short history of those that ended.

The log keeps no task alive: it refers weakly to those that have not ended, and of the others it
keeps a few numbers and words, not the result.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT, KEPT_URGENT = 50, 10  # ended tasks; urgent ones are many, and would displace the others
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaskEntry:
    """What is known of a task at one moment.

    Attributes
    ----------
    number : int
        Number of the task in this process, from 1.
    title, message : str
        Description of the task, and what it does at present or why it failed.
    state : str
        ``pending``, ``running``, ``done``, ``cancelled`` or ``failed``.
    urgent : bool
        Whether it is not queued behind long tasks.
    cancelling : bool
        Whether it was cancelled, but has not ended yet.
    progress : float
        Completed share, 0 to 1.
    elapsed : float
        Seconds since its start, without the time in the queue.
    remaining : float or None
        Estimated seconds left.
    bytes_done, bytes_total : int or None
        Data that are processed and all data in bytes, if known.
    rate : float or None
        Processed data in bytes/s, if known.
    """

    number: int
    title: str
    message: str
    state: str
    urgent: bool
    cancelling: bool
    progress: float
    elapsed: float
    remaining: float | None
    bytes_done: int | None
    bytes_total: int | None
    rate: float | None

    @property
    def ended(self) -> bool:
        """Whether the task is done, cancelled or failed."""
        return self.state not in ("pending", "running")


class Logged(Protocol):
    """The part of a task that the log uses."""

    def entry(self) -> TaskEntry:
        """Return what is known of the task now."""

    def cancel(self) -> None:
        """Cancel the task."""


class TaskLog:
    """All tasks that were started and have not ended, and the latest that ended."""

    def __init__(self) -> None:
        self._live: dict[int, weakref.ref[Logged]] = {}
        self._ended: deque[TaskEntry] = deque(maxlen=KEPT)
        self._ended_urgent: deque[TaskEntry] = deque(maxlen=KEPT_URGENT)
        self._listeners: list[Callable[[], None]] = []
        self._numbers = 0
        self._lock = threading.Lock()

    def add(self, task: Logged) -> int:
        """Enter a task that was started; return its number."""
        with self._lock:
            self._numbers += 1
            self._live[self._numbers] = weakref.ref(task)
            return self._numbers

    def end(self, entry: TaskEntry) -> None:
        """Move a task to the history."""
        with self._lock:
            if self._live.pop(entry.number, None) is not None:
                (self._ended_urgent if entry.urgent else self._ended).append(entry)

    def entries(self) -> list[TaskEntry]:
        """Return the running tasks, then the queued ones, then those that ended, latest first."""
        with self._lock:
            live = {number: task() for number, task in self._live.items()}
            ended = [*self._ended, *self._ended_urgent]
        known = [task.entry() for task in live.values() if task is not None]
        known = [one for one in known if not one.ended]  # the others end at this moment
        running = [one for one in known if one.state == "running"]
        queued = [one for one in known if one.state == "pending"]
        return [*running, *queued, *sorted(ended, key=lambda one: -one.number)]

    def cancel(self, number: int) -> bool:
        """Cancel a task by its number; return False if it has ended."""
        with self._lock:
            found = self._live.get(number)
        task = None if found is None else found()
        if task is None:
            return False
        task.cancel()
        return True

    def forget_ended(self) -> None:
        """Empty the history."""
        with self._lock:
            self._ended.clear()
            self._ended_urgent.clear()
        self.changed()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener()`` when a task is queued, goes on or ends; return what removes it.

        Any thread may call it. It must be quick, and use `entries` later if that is not.
        """
        with self._lock:
            self._listeners.append(listener)

        def remove() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return remove

    def changed(self) -> None:
        """Tell the listeners."""
        if not self._listeners:
            return
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener()
            except Exception:  # noqa: BLE001 - a failing listener must not end the task
                _LOG.exception("a listener of the task log failed")


TASKS = TaskLog()
