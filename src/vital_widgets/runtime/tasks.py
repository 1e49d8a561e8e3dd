"""Work on background threads: progress, cancel, and exactly one end."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import traceback
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from vital_widgets.errors import TaskCancelledError
from vital_widgets.runtime.pool import POOL

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
UPDATE_INTERVAL = 0.05  # at most 20 progress updates a second reach the listeners


class TaskState(StrEnum):
    """Where a task is; the last three are ends."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDS = frozenset({TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED})


class Task(Generic[T]):
    """One piece of background work.

    ``work`` is called as ``work(task)`` on a background thread. It calls `report` as it goes,
    which raises `TaskCancelledError` once `cancel` was called, and returns the result.

    Parameters
    ----------
    work : callable
        The work itself.
    title : str
        What a person reads beside the progress bar.

    Attributes
    ----------
    heard_at : float
        When the work began or last reported, by `time.monotonic`.
    """

    def __init__(self, work: Callable[[Task[T]], T], title: str = "") -> None:
        self.title = title
        self._work: Callable[[Task[T]], T] | None = work
        self._state = TaskState.PENDING
        self._progress = 0.0
        self._message = ""
        self._result: T | None = None
        self._error: BaseException | None = None
        self._traceback = ""
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Task[T]], None]] = []
        self._started_at = 0.0
        self._ended_at = 0.0
        self._told_at = 0.0
        self.heard_at = 0.0

    @property
    def state(self) -> TaskState:
        """Where the task is."""
        return self._state

    @property
    def progress(self) -> float:
        """Share of the work that is done, 0 to 1."""
        return self._progress

    @property
    def message(self) -> str:
        """What the task is doing, in a few words."""
        return self._message

    @property
    def error(self) -> BaseException | None:
        """The exception a failed task ended with."""
        return self._error

    @property
    def error_traceback(self) -> str:
        """Traceback of that exception as text, '' if there is none."""
        return self._traceback

    @property
    def elapsed(self) -> float:
        """Seconds of work so far."""
        if not self._started_at:
            return 0.0
        return (self._ended_at or time.monotonic()) - self._started_at

    @property
    def remaining(self) -> float | None:
        """Estimate of the seconds left, None while there is nothing to base it on."""
        if self._state in ENDS:
            return 0.0
        if self._progress <= 0 or not self._started_at:
            return None
        return self.elapsed * (1 - self._progress) / self._progress

    @property
    def ended(self) -> bool:
        """Whether the task is done, cancelled or failed."""
        return self._ended.is_set()

    def start(self) -> Task[T]:
        """Queue the task on the background threads; a second call does nothing."""
        POOL.submit(self)
        return self

    def cancel(self) -> None:
        """Ask the task to stop; it ends at its next `report`, at once if it has not begun."""
        self._cancelled.set()
        if POOL.withdraw(self):
            self._end(TaskState.CANCELLED)

    def report(self, progress: float, message: str | None = None) -> None:
        """Note how far the work is (0 to 1, never backwards); raise if it was cancelled."""
        if self._cancelled.is_set():
            msg = f"cancelled: {self.title or 'task'}"
            raise TaskCancelledError(msg)
        self.heard_at = time.monotonic()
        self._progress = min(max(progress, self._progress), 1.0)
        if message is not None:
            self._message = message
        if self.heard_at - self._told_at >= UPDATE_INTERVAL:
            self._told_at = self.heard_at
            self._tell()

    @property
    def begun(self) -> bool:
        """Whether somebody runs it, or nobody will."""
        return self._state is not TaskState.PENDING

    @property
    def cancel_requested(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def wait_cancelled(self, seconds: float) -> None:
        """Sleep for ``seconds`` inside the work, and raise as soon as the task is cancelled.

        Meanwhile others may have its thread's slot.
        """
        with POOL.asleep(self):
            cancelled = self._cancelled.wait(seconds)
        self.heard_at = time.monotonic()
        if cancelled:
            msg = f"cancelled: {self.title or 'task'}"
            raise TaskCancelledError(msg)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, at most ``timeout`` seconds; return whether it has ended."""
        return self._ended.wait(timeout)

    def result(self, timeout: float | None = None) -> T:
        """Wait for the end and return the result, or raise the error the task ended with."""
        if not self.wait(timeout):
            msg = f"{self.title or 'task'}: not finished after {timeout} s"
            raise TimeoutError(msg)
        if self._state is TaskState.CANCELLED:
            msg = f"cancelled: {self.title or 'task'}"
            raise TaskCancelledError(msg)
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def listen(self, listener: Callable[[Task[T]], None]) -> Callable[[], None]:
        """Call ``listener(task)`` on progress and at the end; return a function that stops it.

        It is called on the background thread; a task that has ended calls it at once.
        """
        with self._lock:
            if not self._ended.is_set():
                self._listeners.append(listener)

                def remove() -> None:
                    with self._lock, contextlib.suppress(ValueError):
                        self._listeners.remove(listener)

                return remove
        listener(self)
        return lambda: None

    def run(self) -> None:
        """Do the work on the calling thread, unless it has begun; used by the pool."""
        with self._lock:
            work = self._work
            if work is None or self._state is not TaskState.PENDING:
                return  # it ran, runs on another thread, or was cancelled before it began
            self._state = TaskState.RUNNING
        self._started_at = time.monotonic()
        self._tell()
        try:
            self.report(0.0)
            self._result = work(self)
        except TaskCancelledError:
            self._end(TaskState.CANCELLED)
        except BaseException as error:  # noqa: BLE001 - it becomes the task's error
            self._error = error
            self._traceback = traceback.format_exc()
            self._message = str(error) or type(error).__name__
            self._end(TaskState.FAILED)
        else:
            self._progress = 1.0
            self._end(TaskState.DONE)

    def _end(self, state: TaskState) -> None:
        with self._lock:
            if self._ended.is_set():
                return
            self._state = state
            self._ended_at = time.monotonic()
            self._work = None  # what the work held on to may go
            listeners, self._listeners = self._listeners, []
            self._ended.set()
        self._call(listeners)

    def _tell(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        self._call(listeners)

    def _call(self, listeners: list[Callable[[Task[T]], None]]) -> None:
        for listener in listeners:
            try:
                listener(self)
            except Exception:  # noqa: BLE001 - a widget that is gone is not the work's fault
                _LOG.exception("%r: a listener failed", self)

    def __repr__(self) -> str:
        """Show title, state and progress."""
        return f"<Task {self.title!r}: {self._state.value}, {self._progress:.0%}>"
