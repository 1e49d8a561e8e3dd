"""Share the processor between background tasks and threads that request samples.

Python runs one thread at a time. With fifty threads that request samples, a background task would
get a fiftieth of the time. Therefore, while a background task runs, only a few requests are
processed at a time, and the others wait.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from vital_widgets.runtime.pool import tasks_run

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_REQUESTS = 4
MAX_WAIT = 2.0  # seconds; then a request is processed, because the others may hang

_turns = threading.Semaphore(MAX_REQUESTS)
_mine = threading.local()


@contextlib.contextmanager
def in_turn() -> Iterator[None]:
    """Wait for a turn if a background task is running.

    Nested calls do not wait again.
    """
    if getattr(_mine, "held", False) or not tasks_run():
        yield
        return
    taken = _turns.acquire(timeout=MAX_WAIT)
    _mine.held = True
    try:
        yield
    finally:
        _mine.held = False
        if taken:
            _turns.release()
