"""Results that grow: an analysis shows what it has found so far while it runs."""

from __future__ import annotations

import contextlib
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTERVAL = 0.4  # s between two results
SHARE = 0.2  # of the time may be spent on results before the last


class Growth:
    """Takes the results of an analysis that has covered a part of its signal.

    Parameters
    ----------
    show : callable
        ``show(result, share)``; the result is as the function returns it, and ``share``, 0 to 1,
        is the part of the samples that it rests on. It is called on the thread that computes.
    interval : float
        Least time in seconds between two calls; it grows with the time that the calls take.
    """

    def __init__(self, show: Callable[[Any, float], None], interval: float = INTERVAL) -> None:
        self._show = show
        self._interval = interval
        self._next = time.monotonic() + interval

    def offer(self, make: Callable[[], Any], share: float) -> None:
        """Show what ``make()`` returns, unless the last result was shown a moment ago."""
        began = time.monotonic()
        if began < self._next:
            return
        self._show(make(), share)
        ended = time.monotonic()
        self._next = ended + max(self._interval, (ended - began) / SHARE)


_CURRENT: ContextVar[Growth | None] = ContextVar("_GROWTH", default=None)


@contextlib.contextmanager
def growing(growth: Growth) -> Iterator[None]:
    """Let the next analysis that is called on this thread show its growing result."""
    token = _CURRENT.set(growth)
    try:
        yield
    finally:
        _CURRENT.reset(token)


@contextlib.contextmanager
def taken() -> Iterator[Growth | None]:
    """Take over the growth of a call: analyses inside of it show nothing of their own."""
    growth = _CURRENT.get()
    token = _CURRENT.set(None)
    try:
        yield growth
    finally:
        _CURRENT.reset(token)
