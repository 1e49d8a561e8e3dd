"""The threads of background tasks: some at a time, and never all of them held by what is stuck.

A task holds one of ``settings().workers`` slots while it works. One that sleeps, or has not been
heard of for long because a disk or a share does not answer, holds none: a spare thread serves the
others meanwhile. The threads are bounded all the same.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

from vital_widgets.config import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENT_SECONDS = 10.0  # a task that was not heard of for so long does not hold up others
MOST_THREADS = 32
_WATCH_SECONDS = 1.0


class Work(Protocol):
    """What the pool needs to know of a task."""

    heard_at: float  # when it last gave a sign of life, by `time.monotonic`

    @property
    def begun(self) -> bool:
        """Whether somebody runs it, or nobody will."""

    def run(self) -> None:
        """Do the work on the calling thread."""


class Pool:
    """Threads that live as long as there is work."""

    def __init__(self) -> None:
        self._waiting: deque[Work] = deque()
        self._running: set[Work] = set()
        self._asleep: set[Work] = set()
        self._threads = 0
        self._workers = 1
        self._watched = False
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a task is being worked on, and not stuck or asleep."""
        with self._lock:
            return self._holding() > 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do and no thread is left."""
        return not (self._waiting or self._running or self._threads)

    def submit(self, work: Work) -> None:
        """Queue what has not begun; a second time does nothing."""
        with self._lock:
            if work.begun or work in self._running or work in self._waiting:
                return
            self._workers = settings().workers
            self._waiting.append(work)
        self.relieve()

    def withdraw(self, work: Work) -> bool:
        """Take back what has not begun; return whether nobody will run it now."""
        with self._lock:
            try:
                self._waiting.remove(work)
            except ValueError:
                return not work.begun and work not in self._running
        return True

    @contextlib.contextmanager
    def asleep(self, work: Work) -> Iterator[None]:
        """Let others have the slot of a running task meanwhile."""
        with self._lock:
            known = work in self._running
            if known:
                self._asleep.add(work)
        if known:
            self.relieve()
        try:
            yield
        finally:
            with self._lock:
                self._asleep.discard(work)

    def relieve(self) -> None:
        """Start the threads that what waits may have now; see to it that this is asked again."""
        with self._lock:
            idle = self._threads - len(self._running)
            wanted = len(self._waiting) - idle
            free = self._workers - self._holding() - idle
            n = max(min(wanted, free, MOST_THREADS - self._threads), 0)
            self._threads += n
            if wanted > n:
                self._have_watched()
        for _ in range(n):
            threading.Thread(target=self._serve, name="vital-widgets-task", daemon=True).start()

    def _have_watched(self) -> None:
        """See to it that somebody looks after what waits; called with the lock held."""
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, name="vital-widgets-watch", daemon=True).start()

    def _holding(self) -> int:
        """Return how many running tasks hold a slot."""
        heard_since = time.monotonic() - SILENT_SECONDS
        return sum(
            work not in self._asleep and work.heard_at > heard_since for work in self._running
        )

    def _serve(self) -> None:
        while True:
            with self._lock:
                idle = self._threads - len(self._running)
                if not self._waiting or self._holding() + idle > self._workers:
                    self._threads -= 1
                    if self._waiting:  # for those who hold the slots, or for who looks after them
                        self._have_watched()
                    return
                work = self._waiting.popleft()
                work.heard_at = time.monotonic()
                self._running.add(work)
            try:
                work.run()
            finally:
                with self._lock:
                    self._running.discard(work)

    def _watch(self) -> None:
        """Look now and then whether what holds the slots is stuck, while others wait."""
        while True:
            time.sleep(_WATCH_SECONDS)
            self.relieve()
            with self._lock:
                if not self._waiting:
                    self._watched = False
                    return


POOL = Pool()
