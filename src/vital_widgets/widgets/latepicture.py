"""Pictures for saved notebooks that are drawn while the kernel answers other messages."""

from __future__ import annotations

import threading
import weakref
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

Kept = dict[str, Any]
TITLE = "Picture for the notebook"


class LatePictures:
    """Draws the pictures of one widget in the background; none is sent after a newer one."""

    def __init__(self) -> None:
        self._asked = self._sent = 0
        self._lock = threading.Lock()

    def ask(self, made: Callable[[], Kept | None], send: Callable[[Kept], None]) -> None:
        """Draw a picture and send it.

        Parameters
        ----------
        made : callable
            ``made()`` returns what is sent, or None for nothing; it must not hold the widget.
        send : callable
            ``send(kept)``; it must not hold the widget either. It is called in the context of this
            call: ipykernel sends the next message of a widget to the shell that its last answer
            belongs to, which must not be the one that may run a cell.
        """
        context = copy_context()
        with self._lock:
            self._asked += 1
            number = self._asked

        def work(_: Task[None]) -> None:
            kept = made()
            with self._lock:
                if kept is None or number < self._sent:
                    return
                self._sent = number
                context.run(send, kept)

        Task(work, TITLE).start(urgent=True)


def sent_by(widget: Any) -> Callable[[Kept], None]:
    """Return a function that sends a message of a widget, which it does not keep alive."""
    held = weakref.ref(widget)

    def send(kept: Kept) -> None:
        shown = held()
        if shown is not None and shown.comm is not None:
            shown.send(kept)

    return send
