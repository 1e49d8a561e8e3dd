"""Computes what was asked last: an answer to an older question is never shown."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

BURST = 0.15  # s: questions that follow each other faster belong to one gesture
PAUSE = 0.03  # s that a question waits in a gesture, in case another one follows


class Latest:
    """Runs one computation at a time, that of the latest question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._task: Task[Any] | None = None
        self._asked = 0.0

    def ask(
        self, work: Callable[[Task[Any]], Any], title: str, *, urgent: bool = True
    ) -> Task[Any]:
        """Start a computation and cancel the one before.

        Parameters
        ----------
        work : callable
            ``work(task)``; it shows its result if `is_latest` says so.
        title : str
            Of the task.
        urgent : bool
            Whether somebody waits for the answer, so that it does not queue behind long tasks.
        """
        now = time.monotonic()
        pause = PAUSE if now - self._asked < BURST else 0.0

        def paused(task: Task[Any]) -> Any:
            if pause:
                task.wait_cancelled(pause)
            return work(task)

        task = Task(paused, title)
        with self._lock:
            before, self._task, self._asked = self._task, task, now
        if before is not None:
            before.cancel()
        return task.start(urgent=urgent)

    @property
    def task(self) -> Task[Any] | None:
        """The computation of the latest question; None before the first."""
        return self._task

    def is_latest(self, task: Task[Any]) -> bool:
        """Whether nothing else was asked since."""
        return self._task is task

    def cancel(self) -> None:
        """Cancel the computation that runs; its partial results stay valid."""
        task = self._task
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Cancel, and let no result of it be shown."""
        with self._lock:
            task, self._task = self._task, None
        if task is not None:
            task.cancel()
