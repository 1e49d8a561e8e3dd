"""Who asks and what works in the background share the processor, however many ask.

Python runs one thread at a time, in turn. With fifty threads asking for samples, a task in the
background would get a fiftieth of the time. So while there is such a task, a few threads are
answered at a time, and the others wait for their turn.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from vital_widgets.runtime.pool import POOL

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 4
PATIENCE = 2.0  # seconds; who has waited so long goes on, as the others may be stuck

_turns = threading.Semaphore(AT_ONCE)
_mine = threading.local()


@contextlib.contextmanager
def in_turn() -> Iterator[None]:
    """Wait for a turn where background work needs its share; at once where there is none.

    Within a turn, further ones are free.
    """
    if getattr(_mine, "held", False) or not POOL.busy:
        yield
        return
    taken = _turns.acquire(timeout=PATIENCE)
    _mine.held = True
    try:
        yield
    finally:
        _mine.held = False
        if taken:
            _turns.release()
