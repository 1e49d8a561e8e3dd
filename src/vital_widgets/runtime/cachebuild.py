"""Load a cache entry, or build it in one process at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from vital_widgets.runtime.cachefolder import CacheEntry

T = TypeVar("T")


def load_or_build(
    entry: CacheEntry,
    load: Callable[[], T | None],
    build: Callable[[], T],
    wait: Callable[[], None],
) -> T:
    """Return the content of an entry; if it does not exist, build it under its lock.

    Parameters
    ----------
    entry : CacheEntry
        The entry.
    load : callable
        Returns the complete content, or None if it does not exist or is damaged.
    build : callable
        Builds the content and completes the entry, or discards it and raises. Called with the
        lock of the entry held.
    wait : callable
        Waits for some time while another process builds the entry; it raises to stop.
    """
    while (loaded := load()) is None:
        lock = entry.begin()
        if lock is None:
            wait()
            continue
        with lock:
            loaded = load()  # another process may have completed it before the lock was free
            if loaded is None:
                return build()
            entry.discard()
    return loaded
