"""The threads of background tasks; tasks that hang do not block the others.

At most ``settings().workers`` tasks run at a time. A task that sleeps, or has not reported for
long because a disk or a network drive does not respond, is not counted: an additional thread runs
the next task. The total number of threads is limited.

Urgent tasks, for which a user is waiting, have threads of their own: they are never queued behind
long ones.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

from vital_widgets.config import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SILENT_SECONDS = 10.0  # a task without a report for this time is considered hanging
MAX_THREADS = 32
MAX_URGENT = 2  # urgent tasks at a time; more would take the processor from the viewers
_WATCH_SECONDS = 1.0


class Work(Protocol):
    """The part of a task that the pool uses."""

    reported_at: float  # time of its last report, from `time.monotonic`

    @property
    def begun(self) -> bool:
        """Whether the task has started, or was cancelled before."""

    def run(self) -> None:
        """Do the work on the calling thread."""


class Pool:
    """Threads that exist as long as there are tasks.

    Parameters
    ----------
    workers : callable
        Returns the number of tasks that run at a time.
    name : str
        Name of the threads.
    """

    def __init__(self, workers: Callable[[], int], name: str) -> None:
        self._get_workers, self._name = workers, name
        self._waiting: deque[Work] = deque()
        self._running: set[Work] = set()
        self._asleep: set[Work] = set()
        self._threads = 0
        self._workers = 1
        self._watched = False
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a task is running that neither hangs nor sleeps."""
        with self._lock:
            return self._active() > 0

    @property
    def idle(self) -> bool:
        """Whether there are neither tasks nor threads."""
        return not (self._waiting or self._running or self._threads)

    def submit(self, work: Work) -> None:
        """Queue a task that has not started; a second call has no effect."""
        with self._lock:
            if work.begun or work in self._running or work in self._waiting:
                return
            self._workers = self._get_workers()
            self._waiting.append(work)
        self.start_threads()

    def withdraw(self, work: Work) -> bool:
        """Remove a queued task; return whether it will not be run."""
        with self._lock:
            try:
                self._waiting.remove(work)
            except ValueError:
                return not work.begun and work not in self._running
        return True

    @contextlib.contextmanager
    def asleep(self, work: Work) -> Iterator[None]:
        """Let another task run while this one sleeps."""
        with self._lock:
            known = work in self._running
            if known:
                self._asleep.add(work)
        if known:
            self.start_threads()
        try:
            yield
        finally:
            with self._lock:
                self._asleep.discard(work)

    def start_threads(self) -> None:
        """Start as many threads as queued tasks may have now, and watch the rest of the queue."""
        with self._lock:
            idle = self._threads - len(self._running)
            wanted = len(self._waiting) - idle
            free = self._workers - self._active() - idle
            n = max(min(wanted, free, MAX_THREADS - self._threads), 0)
            self._threads += n
            if wanted > n:
                self._ensure_watch()
        for _ in range(n):
            threading.Thread(target=self._serve, name=self._name, daemon=True).start()

    def _ensure_watch(self) -> None:
        """Ensure that a thread watches the queue; called with the lock held."""
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, name="vital-widgets-watch", daemon=True).start()

    def _active(self) -> int:
        """Return the number of running tasks that neither hang nor sleep."""
        limit = time.monotonic() - SILENT_SECONDS
        return sum(work not in self._asleep and work.reported_at > limit for work in self._running)

    def _serve(self) -> None:
        while True:
            with self._lock:
                idle = self._threads - len(self._running)
                if not self._waiting or self._active() + idle > self._workers:
                    self._threads -= 1
                    if self._waiting:  # another thread will run them
                        self._ensure_watch()
                    return
                work = self._waiting.popleft()
                work.reported_at = time.monotonic()
                self._running.add(work)
            try:
                work.run()
            finally:
                with self._lock:
                    self._running.discard(work)

    def _watch(self) -> None:
        """Start threads for queued tasks when running ones hang."""
        while True:
            time.sleep(_WATCH_SECONDS)
            self.start_threads()
            with self._lock:
                if not self._waiting:
                    self._watched = False
                    return


POOL = Pool(lambda: settings().workers, "vital-widgets-task")
URGENT = Pool(lambda: MAX_URGENT, "vital-widgets-urgent")


def tasks_run() -> bool:
    """Whether a task is running, urgent or not, that neither hangs nor sleeps."""
    return POOL.busy or URGENT.busy
