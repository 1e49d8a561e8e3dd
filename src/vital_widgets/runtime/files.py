"""Read any part of a file from any thread, and detect changes of the file.

Only regular files are read: a pipe or a device may block forever or have no end. Errors of the
operating system are converted into errors of this package that contain the path.

Positional reads are used instead of a memory map: if an open file is truncated, they raise an
error instead of ending the process by a signal, and they do not add to the memory in use.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import (
    FormatError,
    RecordingNotFoundError,
    SourceChangedError,
    SourceReadError,
)
from vital_widgets.runtime.fileerrors import system_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROBE_BYTES = 1 << 16
_PIECE_BYTES = 1 << 20
READ_WHOLE = 1 << 20  # the fingerprint of a file up to this size uses all bytes


@dataclass(frozen=True)
class FileStamp:
    """Properties that change when a file is written: its size in bytes and two times (ns).

    A program can reset the modification time, but not the change time, which also changes with
    permissions and names. The numbers of file and device are not used, because they are not
    stable on some network drives.
    """

    size: int
    mtime_ns: int = 0
    ctime_ns: int = 0


class SourceFile:
    """A file that is read in place. Thread-safe; pickled as path and stamp."""

    def __init__(self, path: str | os.PathLike[str], stamp: FileStamp | None = None) -> None:
        self.path = Path(path).absolute()
        self._handle: int | None = None
        self._lock = threading.Lock()
        self.stamp = stamp if stamp is not None else stamp_of(self.path)
        self._was_there = self._stamped_here = stamp is None

    @property
    def size(self) -> int:
        """Size in bytes when the file was opened."""
        return self.stamp.size

    def read(self, offset: int, n_bytes: int) -> NDArray[np.uint8]:
        """Return ``n_bytes`` from ``offset`` as a new array, or raise `SourceChangedError`."""
        target = np.empty(n_bytes, np.uint8)
        self.read_into(offset, target)
        return target

    def read_into(self, offset: int, target: NDArray[Any]) -> None:
        """Fill ``target`` (contiguous) with bytes from ``offset``."""
        view = target.data.cast("B")
        done = 0
        while done < len(view):
            count = self._read_at(view[done:], offset + done)
            if count == 0:
                self.check()
                msg = (
                    f"{self.path}: the file ends at byte {offset + done}; {len(view) - done} more "
                    "bytes were expected"
                )
                raise SourceChangedError(msg)
            done += count

    def check(self) -> None:
        """Raise `SourceChangedError` if the file was changed or deleted since it was opened."""
        try:
            now = stamp_of(self.path)
        except RecordingNotFoundError as error:
            msg = f"{self.path} was deleted or moved while it was open; open it again"
            raise SourceChangedError(msg) from error
        self._compare(now)

    def _compare(self, now: FileStamp) -> None:
        if now != self.stamp:
            msg = (
                f"{self.path} was changed while it was open ({_difference(self.stamp, now)}); "
                "open it again to read the new content"
            )
            raise SourceChangedError(msg)

    def close(self) -> None:
        """Close the handle; a later read opens the file again."""
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def _read_at(self, view: memoryview, offset: int) -> int:
        try:
            with system_errors(self.path):
                return self._read_some(view, offset)
        except SourceReadError:
            self.close()  # a reconnected network drive needs a new handle
            raise

    def _read_some(self, view: memoryview, offset: int) -> int:
        with self._lock:
            if self._handle is None:
                self._handle = self._opened()
            if not hasattr(os, "preadv"):  # Windows has no positional read
                os.lseek(self._handle, offset, os.SEEK_SET)
                piece = os.read(self._handle, len(view))
                view[: len(piece)] = piece
                return len(piece)
            handle = os.dup(self._handle) if len(view) > _LONG_READ else -1
            if handle < 0:
                return os.preadv(self._handle, [view], offset)
        # A long read must not delay short reads of other threads.
        try:
            return os.preadv(handle, [view], offset)
        finally:
            os.close(handle)

    def _opened(self) -> int:
        try:
            handle = open_descriptor(self.path)
        except RecordingNotFoundError:
            if self._was_there:
                self.check()  # raises that the file was deleted
            raise
        if self._stamped_here:  # the file may have been replaced
            try:
                self._compare(_stamp(os.fstat(handle)))
            except BaseException:
                os.close(handle)
                raise
        return handle

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the path and the stamp only."""
        return {"path": self.path, "stamp": self.stamp}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the file; it is opened when first read."""
        self.path = state["path"]
        self.stamp = state["stamp"]
        self._was_there, self._stamped_here = True, False
        self._handle = None
        self._lock = threading.Lock()

    def __del__(self) -> None:
        """Close the handle with the last reference."""
        if getattr(self, "_handle", None) is not None:
            self.close()


def _difference(before: FileStamp, now: FileStamp) -> str:
    if before.size != now.size:
        return f"its size changed from {before.size} to {now.size} bytes"
    if before.mtime_ns != now.mtime_ns:
        return "its modification time changed"
    return "its content or permissions changed, but not its modification time"


_LONG_READ = 1 << 16
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_descriptor(path: Path) -> int:
    """Open ``path`` for reading and return the descriptor; raise errors of this package.

    Only regular files are opened; a special file that replaces the path in between does not block.
    """
    stamp_of(path)
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    with system_errors(path):
        handle = os.open(path, flags)
        try:
            status = os.fstat(handle)
            _check_regular(status, path)
            if status.st_size and hasattr(os, "O_NONBLOCK"):
                # Files without a size, such as /proc/kmsg, may block: they stay non-blocking.
                os.set_blocking(handle, True)
        except BaseException:
            os.close(handle)
            raise
    return handle


def stamp_of(path: Path) -> FileStamp:
    """Return size and times of a file; raise if it does not exist or is not a regular file."""
    with system_errors(path, doing="access"):
        status = path.stat()
    _check_regular(status, path)
    return _stamp(status)


def read_head(path: Path, n_bytes: int = PROBE_BYTES) -> bytes:
    """Return the first ``n_bytes`` of a file, or fewer at its end; raise if it is empty."""
    handle = open_descriptor(path)
    try:
        head = _read_up_to(path, handle, n_bytes)
    finally:
        os.close(handle)
    if not head:
        msg = f"{path} is empty (0 bytes)"
        raise FormatError(msg)
    return head


def read_whole(path: Path, n_bytes: int, what: str) -> bytes:
    """Return all bytes of a file; raise `FormatError` if it is empty or too large.

    Parameters
    ----------
    path : Path
        The file.
    n_bytes : int
        Maximum size of such a file.
    what : str
        Description of the file for the error message.
    """
    content = read_head(path, n_bytes + 1)
    if len(content) > n_bytes:
        msg = (
            f"{path}: {max(stamp_of(path).size, len(content))} bytes are too many for {what} "
            f"(maximum {n_bytes})"
        )
        raise FormatError(msg)
    return content


def _read_up_to(path: Path, handle: int, n_bytes: int) -> bytes:
    """Return the next ``n_bytes`` of the file, or fewer at its end."""
    pieces = []
    with system_errors(path):
        while n_bytes and (piece := os.read(handle, min(n_bytes, _PIECE_BYTES))):
            pieces.append(piece)
            n_bytes -= len(piece)
    return b"".join(pieces)


def _check_regular(status: os.stat_result, path: Path) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        msg = f"{path} is a folder; give the file of the recording (for WFDB its .hea header)"
        raise FormatError(msg)
    kind = next((words for test, words in _KINDS if test(status.st_mode)), "not a regular file")
    msg = (
        f"{path} is {kind}; only regular files can be opened: save its content as a file and open "
        "that file"
    )
    raise FormatError(msg)


def _stamp(status: os.stat_result) -> FileStamp:
    # On Windows, st_ctime is the creation time, which never changes.
    changed = 0 if os.name == "nt" else status.st_ctime_ns
    return FileStamp(status.st_size, status.st_mtime_ns, changed)


def fingerprint(path: Path, options: object = None) -> str:
    """Return a fingerprint of a file for the cache, from path, size, times, bytes and options.

    All bytes of a small file are used, and 64 KiB each from the start, the middle and the end of
    a larger one.
    """
    stamp = stamp_of(path)
    digest = hashlib.blake2b(digest_size=16)
    with system_errors(path):
        resolved = path.resolve()
    identity = f"{resolved}\0{stamp}\0{options!r}"
    digest.update(identity.encode("utf-8", "surrogateescape"))
    handle = open_descriptor(path)
    try:
        if stamp.size <= READ_WHOLE:
            probes = tuple(range(0, stamp.size, PROBE_BYTES))
        else:
            probes = (0, stamp.size // 2, stamp.size - PROBE_BYTES)
        for offset in probes:
            with system_errors(path):
                os.lseek(handle, offset, os.SEEK_SET)
            digest.update(_read_up_to(path, handle, PROBE_BYTES))
    finally:
        os.close(handle)
    return digest.hexdigest()
