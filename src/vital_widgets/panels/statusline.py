"""One line about the kernel: its tasks and the memory that recordings take."""

from __future__ import annotations

import threading
import time
import weakref
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as iw

from vital_widgets.core.formatting import format_size
from vital_widgets.panels.closing import close_widget
from vital_widgets.panels.later import call_later
from vital_widgets.runtime.caches import memory_use
from vital_widgets.runtime.tasklog import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from vital_widgets.runtime.tasklog import TaskEntry

INTERVAL = 0.25  # s between two updates


class Throttled:
    """Calls a function at most once in an interval, and once after the last request."""

    def __init__(self, call: Callable[[], None], interval: float = INTERVAL) -> None:
        self._call = call
        self._interval = interval
        self._lock = threading.Lock()
        self._called = 0.0
        self._timer: threading.Timer | None = None
        self._closed = False

    def ask(self) -> None:
        """Call the function now or soon."""
        with self._lock:
            if self._timer is not None or self._closed:
                return
            wait = self._called + self._interval - time.monotonic()
            self._timer = call_later(
                max(wait, 0.0), self._go, "vital-widgets-status", lambda: self._closed
            )

    def _go(self) -> None:
        with self._lock:
            self._timer = None
            self._called = time.monotonic()
            if self._closed:
                return
        self._call()

    def close(self) -> None:
        """Call no more."""
        with self._lock:
            self._closed = True
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()


class StatusLine:
    """A widget with the number of tasks, the progress of the longest, and the memory."""

    def __init__(self) -> None:
        self.widget = iw.HTML()
        self.widget.add_class("vital-status")
        me = weakref.ref(self)

        def update() -> None:
            held = me()
            if held is not None:
                held.update()

        self._throttled = Throttled(update)
        self._stop = TASKS.listen(self._throttled.ask)
        self.update()

    def update(self) -> None:
        """Show the present state."""
        use = memory_use()
        share = min(use.held_bytes / max(use.budget_bytes, 1), 1.0)
        memory = f"{format_size(use.held_bytes)} of {format_size(use.budget_bytes)}"
        live = [one for one in TASKS.entries() if not one.ended and not one.urgent]
        self.widget.value = (
            f"<span>{escape(_tasks(live))}</span>"
            f"<span class='vital-gauge' title='memory for caches'><i><b "
            f"style='width:{share:.0%}'></b></i>{escape(memory)}</span>"
        )

    def close(self) -> None:
        """Stop following tasks, and close the widget."""
        self._stop()
        self._throttled.close()
        close_widget(self.widget)


def _tasks(live: list[TaskEntry]) -> str:
    if not live:
        return "no tasks"
    first = live[0]
    more = f", {len(live) - 1} more" if len(live) > 1 else ""
    return f"{first.title}: {first.progress:.0%}{more}"
