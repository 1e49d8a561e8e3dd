"""Read any part of a file from any thread, and notice when the file is no longer the same.

Only regular files are read: a pipe or a device may wait for ever, or have no end. What the system
says about a file that cannot be read becomes one of our errors, with the path in it.

Positional reads instead of a memory map: a file that is cut short while it is open gives an
error and not a signal that ends the process, and what was read does not count as memory held.
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
READ_WHOLE = 1 << 20  # a file up to this size is identified by all of its bytes


@dataclass(frozen=True)
class FileStamp:
    """What changes when somebody writes to a file: its size in bytes and two times (ns).

    The modification time can be set back by whoever writes; the time of change cannot. It also
    moves with permissions and names. Number and device of the file are left out: a network share
    may give others at each look.
    """

    size: int
    mtime_ns: int = 0
    ctime_ns: int = 0


class SourceFile:
    """A file that is read in place. Thread-safe; pickles by path and stamp."""

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
        """Fill ``target`` (contiguous) with the bytes from ``offset`` on."""
        view = target.data.cast("B")
        done = 0
        while done < len(view):
            count = self._read_at(view[done:], offset + done)
            if count == 0:
                self.check()
                msg = (
                    f"{self.path}: the file ends at byte {offset + done}, "
                    f"{len(view) - done} bytes before what was asked for"
                )
                raise SourceChangedError(msg)
            done += count

    def check(self) -> None:
        """Raise `SourceChangedError` if the file was changed, cut short or deleted since opened."""
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
                "open it again to see what it holds now"
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
            self.close()  # a share that is back again gives the file another handle
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
        # A long read must not hold up the short ones of other threads.
        try:
            return os.preadv(handle, [view], offset)
        finally:
            os.close(handle)

    def _opened(self) -> int:
        try:
            handle = open_descriptor(self.path)
        except RecordingNotFoundError:
            if self._was_there:
                self.check()  # raises that it was deleted since
            raise
        if self._stamped_here:  # it may be another file by now
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
        """Open again where it was unpickled, when first read."""
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
        return f"{before.size} bytes then, {now.size} now"
    if before.mtime_ns != now.mtime_ns:
        return "written to since"
    return "its content or its permissions, at an unchanged modification time"


_LONG_READ = 1 << 16
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_descriptor(path: Path) -> int:
    """Open ``path`` for reading and return the descriptor, with our errors and not the system's.

    What is not a regular file is refused before it is opened, and does not block if it came into
    place in between.
    """
    stamp_of(path)
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    with system_errors(path):
        handle = os.open(path, flags)
        try:
            status = os.fstat(handle)
            _check_regular(status, path)
            if status.st_size and hasattr(os, "O_NONBLOCK"):
                # Files without a size, such as /proc/kmsg, may wait for ever: those stay as is.
                os.set_blocking(handle, True)
        except BaseException:
            os.close(handle)
            raise
    return handle


def stamp_of(path: Path) -> FileStamp:
    """Return size and times of a file; raise if there is none, or it is not a regular one."""
    with system_errors(path, doing="look at"):
        status = path.stat()
    _check_regular(status, path)
    return _stamp(status)


def read_head(path: Path, n_bytes: int = PROBE_BYTES) -> bytes:
    """Return the first bytes of a file, at most ``n_bytes``; raise if there are none."""
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
    """Return all bytes of a file, or raise `FormatError` if there are none, or over ``n_bytes``.

    Parameters
    ----------
    path : Path
        The file.
    n_bytes : int
        The most that such a file may have; no more is read, whatever its size is said to be.
    what : str
        What the file should be, for a person.
    """
    content = read_head(path, n_bytes + 1)
    if len(content) > n_bytes:
        msg = (
            f"{path}: {max(stamp_of(path).size, len(content))} bytes are too many for {what} "
            f"(at most {n_bytes})"
        )
        raise FormatError(msg)
    return content


def _read_up_to(path: Path, handle: int, n_bytes: int) -> bytes:
    """Return what comes next in the file, less than ``n_bytes`` only at its end."""
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
        msg = f"{path} is a folder; give the recording's file (for WFDB its .hea header)"
        raise FormatError(msg)
    kind = next((words for test, words in _KINDS if test(status.st_mode)), "no regular file")
    msg = (
        f"{path} is {kind}, which cannot be read at random and may never end; copy what comes out "
        "of it into a file, and open that"
    )
    raise FormatError(msg)


def _stamp(status: os.stat_result) -> FileStamp:
    # On Windows, st_ctime is the time of creation, which no change moves.
    changed = 0 if os.name == "nt" else status.st_ctime_ns
    return FileStamp(status.st_size, status.st_mtime_ns, changed)


def fingerprint(path: Path, options: object = None) -> str:
    """Return the identity of a file's content for the cache: path, size, times, bytes, options.

    The bytes are all of a small file, and 64 KiB from the start, the middle and the end of a
    larger one.
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
