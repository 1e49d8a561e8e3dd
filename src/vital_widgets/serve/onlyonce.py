"""Do what a request asks for once, also when the request comes twice.

After a lost connection, the browser sends those requests again that it has no reply to. The kernel
may have done them already: then the reply was lost, and is given again.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST_HELD = 64


class OnlyOnce:
    """Results of the latest requests, by their identifiers."""

    def __init__(self) -> None:
        self._held: dict[str, Future[object]] = {}
        self._lock = threading.Lock()

    def do(self, request: str, work: Callable[[], T]) -> T:
        """Return the result of ``work``, or that of the same request before; as for errors."""
        with self._lock:
            known = self._held.get(request)
            future: Future[object] = known or Future()
            self._held[request] = future
            while len(self._held) > MOST_HELD:
                self._held.pop(next(iter(self._held)))
        if known is None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised below
                future.set_exception(error)
        return future.result()  # type: ignore[return-value]
