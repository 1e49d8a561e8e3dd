"""Calls on a thread of their own, some time later."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


def call_later(
    seconds: float, call: Callable[[], None], name: str, closed: Callable[[], bool]
) -> threading.Timer:
    """Call a function later; an error is logged and ends nothing.

    Parameters
    ----------
    seconds : float
        From now until the call.
    call : callable
        What is called, on a thread of its own.
    name : str
        Of the thread.
    closed : callable
        Whether what the function changes is closed. This can happen in the middle of the call,
        which then finds no way to the page: such an error means nothing.

    Returns
    -------
    threading.Timer
        Its ``cancel()`` prevents the call, if it has not begun.
    """

    def go() -> None:
        try:
            call()
        except Exception:
            if not closed():
                log.exception("%s: a call failed", name)

    timer = threading.Timer(seconds, go)
    timer.daemon = True
    timer.name = name
    timer.start()
    return timer
