"""Background tasks with progress and cancel; each ends as done, cancelled or failed."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import traceback
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from vital_widgets.errors import TaskCancelledError
from vital_widgets.runtime.bytecount import ByteCount
from vital_widgets.runtime.monitor import MONITOR, name_of
from vital_widgets.runtime.pace import Pace
from vital_widgets.runtime.pool import POOL, URGENT
from vital_widgets.runtime.tasklog import TASKS, TaskEntry

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
UPDATE_INTERVAL = 0.05  # at most 20 progress updates a second reach the listeners


class TaskState(StrEnum):
    """State of a task; the last three are final."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


FINAL_STATES = frozenset({TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED})


class Task(Generic[T]):
    """A background task.

    A background thread calls ``work(task)``, which returns the result. During the work it calls
    `report`, which raises `TaskCancelledError` if `cancel` was called.

    Parameters
    ----------
    work : callable
        The function that does the work.
    title : str
        Text beside the progress bar.

    Attributes
    ----------
    reported_at : float
        Time of the start or of the last report, from `time.monotonic`.
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
        self._pool = POOL
        self._bytes = ByteCount()
        self._pace = Pace()
        self._number = 0
        self._entered_at = 0.0
        self._started_at = 0.0
        self._ended_at = 0.0
        self._notified_at = 0.0
        self.reported_at = 0.0

    @property
    def state(self) -> TaskState:
        """The state of the task."""
        return self._state

    @property
    def progress(self) -> float:
        """Completed share of the work, 0 to 1."""
        return self._progress

    @property
    def message(self) -> str:
        """Short description of the current step."""
        return self._message

    @property
    def error(self) -> BaseException | None:
        """The exception of a failed task, else None."""
        return self._error

    @property
    def error_traceback(self) -> str:
        """Traceback of that exception as text, '' if there is none."""
        return self._traceback

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the work, without waiting time in the queue."""
        if not self._started_at:
            return 0.0
        return (self._ended_at or time.monotonic()) - self._started_at

    @property
    def remaining(self) -> float | None:
        """Estimated seconds left, None if too little is done for an estimate."""
        if self._state in FINAL_STATES:
            return 0.0
        return self._pace.remaining(time.monotonic())

    @property
    def ended(self) -> bool:
        """Whether the task is done, cancelled or failed."""
        return self._ended.is_set()

    def start(self, *, urgent: bool = False) -> Task[T]:
        """Start the task on a background thread; a second call has no effect.

        Parameters
        ----------
        urgent : bool
            For short work that a user is waiting for, such as the analysis of a window: it is not
            queued behind long tasks. At most two urgent tasks run at a time. A queued task can be
            made urgent by a second call.

        Returns
        -------
        task : Task
            This task.
        """
        if urgent and self._pool is not URGENT:
            if not self._pool.withdraw(self):
                return self  # it is running already
            self._pool = URGENT
        self._enter()
        self._pool.submit(self)
        return self

    def _enter(self) -> None:
        """Enter the task in the log of the process, once."""
        with self._lock:
            if self._number or self._ended.is_set():
                return
            self._number = TASKS.add(self)
            self._entered_at = time.monotonic()
        TASKS.changed()

    def entry(self) -> TaskEntry:
        """Return what is known of the task now, without its result."""
        final = self._state in FINAL_STATES
        return TaskEntry(
            number=self._number,
            title=self.title,
            message=self._message,
            state=self._state.value,
            urgent=self._pool is URGENT,
            cancelling=self._cancelled.is_set() and not final,
            progress=self._progress,
            elapsed=self.elapsed,
            remaining=self.remaining,
            bytes_done=self._bytes.done,
            bytes_total=self._bytes.total,
            rate=self._bytes.rate,
        )

    def cancel(self) -> None:
        """Cancel the task: it ends at its next `report`, or at once if it has not started."""
        self._cancelled.set()
        if self._pool.withdraw(self):
            self._end(TaskState.CANCELLED)

    def report(
        self,
        progress: float,
        message: str | None = None,
        *,
        bytes_done: int | None = None,
        bytes_total: int | None = None,
    ) -> None:
        """Set the progress; raise if the task was cancelled.

        Parameters
        ----------
        progress : float
            Completed share, 0 to 1; it never decreases.
        message : str, optional
            What the task does now. Default: as before.
        bytes_done, bytes_total : int, optional
            Data that are processed and all data, in bytes, if known; their rate is shown in lists
            of tasks.
        """
        if self._cancelled.is_set():
            msg = f"cancelled: {self.title or 'task'}"
            raise TaskCancelledError(msg)
        self.reported_at = time.monotonic()
        self._progress = min(max(progress, self._progress), 1.0)
        self._pace.report(self._progress, self.reported_at)
        if message is not None:
            self._message = message
        if bytes_done is not None or bytes_total is not None:
            self._bytes.set(bytes_done, bytes_total, self.reported_at)
        if self.reported_at - self._notified_at >= UPDATE_INTERVAL:
            self._notified_at = self.reported_at
            self._notify()

    @property
    def begun(self) -> bool:
        """Whether the task has started, or was cancelled before."""
        return self._state is not TaskState.PENDING

    @property
    def cancel_requested(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def wait_cancelled(self, seconds: float) -> None:
        """Sleep for ``seconds`` during the work; raise as soon as the task is cancelled.

        Meanwhile another task may run.
        """
        with self._pool.asleep(self):
            cancelled = self._cancelled.wait(seconds)
        self.reported_at = time.monotonic()
        if cancelled:
            msg = f"cancelled: {self.title or 'task'}"
            raise TaskCancelledError(msg)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, at most ``timeout`` seconds; return whether the task has ended."""
        return self._ended.wait(timeout)

    def result(self, timeout: float | None = None) -> T:
        """Wait for the end and return the result, or raise the error of the task."""
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
        """Call ``listener(task)`` on progress and at the end; return a function that removes it.

        The background thread calls it; if the task has ended, it is called at once.
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
        """Do the work on the calling thread, unless it has started; used by the pool."""
        with self._lock:
            work = self._work
            if work is None or self._state is not TaskState.PENDING:
                return  # it has started on another thread, or was cancelled before
            self._state = TaskState.RUNNING
        self._started_at = time.monotonic()
        self._enter()
        if MONITOR.on:
            MONITOR.add("queued", self._first_word(), self._started_at - self._entered_at)
        self._notify()
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
            self._work = None  # releases the data that the function refers to
            listeners, self._listeners = self._listeners, []
            if self._number:
                TASKS.end(self.entry())
            self._ended.set()
        if MONITOR.on and self._started_at:
            MONITOR.add("task", self._first_word(), self.elapsed)
        self._call(listeners)
        TASKS.changed()

    def _first_word(self) -> str:
        """Return the part of the title that names no file or channel."""
        return self.title.partition(" ")[0]

    def _notify(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        self._call(listeners)
        TASKS.changed()

    def _call(self, listeners: list[Callable[[Task[T]], None]]) -> None:
        for listener in listeners:
            try:
                if MONITOR.on:
                    with MONITOR.measured("callback", name_of(listener)):
                        listener(self)
                else:
                    listener(self)
            except Exception:  # noqa: BLE001 - a failing listener must not end the task
                _LOG.exception("%r: a listener failed", self)

    def __repr__(self) -> str:
        """Show title, state and progress."""
        return f"<Task {self.title!r}: {self._state.value}, {self._progress:.0%}>"
