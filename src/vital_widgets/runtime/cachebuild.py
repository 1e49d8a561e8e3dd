"""What is in the cache folder, or is built there by one program at a time."""

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
    """Return what an entry holds; build it under its lock where it does not exist.

    Parameters
    ----------
    entry : CacheEntry
        The entry.
    load : callable
        Returns the finished content, or None where there is none or it is damaged.
    build : callable
        Builds the content and finishes the entry, or discards it and raises. It runs under the
        lock of the entry.
    wait : callable
        Waits for some time while another program builds the entry; it raises to stop.
    """
    while (loaded := load()) is None:
        lock = entry.begin()
        if lock is None:
            wait()
            continue
        with lock:
            loaded = load()  # another program may have finished it before the lock was free
            if loaded is None:
                return build()
            entry.discard()
    return loaded
