"""Locks of cache entries: locks of the operating system, which end with their process."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self

from vital_widgets.runtime.private import FILE_MODE, make_private

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from filelock import BaseFileLock


def try_lock(path: Path) -> BaseFileLock | None:
    """Acquire and return the lock of this file; None if it is held elsewhere."""
    from filelock import FileLock, Timeout

    make_private(path.parent)
    lock = FileLock(path, timeout=0, thread_local=False, mode=FILE_MODE)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


class _Held:
    """A lock that can be released once."""

    def __init__(self, lock: BaseFileLock | None) -> None:
        self._lock = lock

    def release(self) -> None:
        """Release the lock; a second call has no effect."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def __enter__(self) -> Self:
        """Enter the context; the lock is released at its end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self.release()


class BuildLock(_Held):
    """The lock for writing an entry; created by `CacheEntry.begin`."""


class InUse(_Held):
    """The mark that an entry is being read; created by `CacheEntry.use`.

    It uses no thread lock, because the garbage collector may release a mark while the same thread
    creates another one.
    """

    of_this_process: set[Path] = set()  # noqa: RUF012 - the one registry of the process

    def __init__(self, path: Path) -> None:
        self._path = path
        self.of_this_process.add(path)
        try:
            super().__init__(try_lock(path))
        except OSError:  # a read-only folder: no process can evict from it
            super().__init__(None)

    def release(self) -> None:
        """Remove the mark; a second call has no effect."""
        super().release()
        if self._path in self.of_this_process:
            self.of_this_process.discard(self._path)
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
