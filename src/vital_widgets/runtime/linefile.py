"""A file of JSON lines that several processes extend, so that no line is ever mixed with another.

A line is written by one process at a time, which holds a lock of the operating system on the file
itself. The lock ends with its process, and no other file is left beside the recording.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LOCK_SECONDS = 30.0
_PAUSE = 0.005
_AT = 1 << 62  # on Windows, a byte beyond the end is locked, so that others can read
_PIECE_BYTES = 1 << 20
_TAIL_BYTES = 64


class LockedTooLongError(OSError):
    """Another process has locked the file for a long time."""


class LineFile:
    """A file of lines, each a JSON object, that grows at its end.

    Parameters
    ----------
    path : Path
        The file; it is created with the first line.

    Attributes
    ----------
    dropped : int
        Number of incomplete last lines that were removed, as a process leaves when it is killed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dropped = 0
        self._at = 0
        self._file: tuple[int, int] | None = None
        self._tail = b""  # of what was read or written here

    def exists(self) -> bool:
        """Whether the file exists."""
        return self.path.is_file()

    def size(self) -> int:
        """Return the number of bytes that were read or written here."""
        return self._at

    def news(self) -> tuple[bool, list[bytes]]:
        """Return whether the file is another one than before, and the lines not yet returned.

        If it is another one, all its lines are returned. An incomplete last line is left out.
        """
        try:
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            other = self._file is not None
            self._file, self._at, self._tail = None, 0, b""
            return other, []
        try:
            return self._news(handle)
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def writing(self) -> Iterator[LineWriter]:
        """Lock the file for writing; it is created if there is none.

        Raises
        ------
        OSError
            The file cannot be opened for writing or locked.
        """
        handle = self._open_locked()
        try:
            yield LineWriter(self, handle)
        finally:
            _unlock(handle)
            os.close(handle)

    def _open_locked(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        ends = time.monotonic() + LOCK_SECONDS
        while True:
            handle = os.open(self.path, flags, 0o666)
            try:
                _lock(handle, ends, self.path)
                # Another process may have put a new file in its place in the meantime.
                if _identity(os.fstat(handle)) == _identity(self.path.stat()):
                    return handle
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def _news(self, handle: int) -> tuple[bool, list[bytes]]:
        status = os.fstat(handle)
        other = self._file is not None and (
            _identity(status) != self._file
            or status.st_size < self._at
            # One that was restored or edited may have the same number, and be longer.
            or _read(handle, self._at - len(self._tail), self._at) != self._tail
        )
        if other:
            self._at, self._tail = 0, b""
        self._file = _identity(status)
        data = _read(handle, self._at, status.st_size)
        whole = data.rfind(b"\n") + 1
        self._note(data[:whole])
        return other, data[:whole].split(b"\n")[:-1]

    def _note(self, data: bytes) -> None:
        """Take note of what was read or written at the end."""
        self._at += len(data)
        self._tail = (self._tail + data[-_TAIL_BYTES:])[-_TAIL_BYTES:]


class LineWriter:
    """The file while it is locked; created by `LineFile.writing`."""

    def __init__(self, file: LineFile, handle: int) -> None:
        self._file = file
        self._handle = handle

    def news(self) -> tuple[bool, list[bytes]]:
        """Return the same as `LineFile.news`; an incomplete last line is removed from the file."""
        other, lines = self._file._news(self._handle)  # noqa: SLF001 - one thing, in two states
        end = self._file.size()
        rest = _read(self._handle, end, os.fstat(self._handle).st_size)
        if not rest:
            return other, lines
        if _is_object(rest):  # only its line break is missing
            self._write(b"\n")
            self._file._note(rest + b"\n")  # noqa: SLF001
            return other, [*lines, rest]
        os.ftruncate(self._handle, end)
        self._file.dropped += 1
        return other, lines

    def append(self, lines: Sequence[bytes]) -> None:
        """Write whole lines, which are on the disk when this returns; call `news` before."""
        data = b"".join(line + b"\n" for line in lines)
        before = os.fstat(self._handle).st_size
        try:
            self._write(data)
            os.fsync(self._handle)
        except OSError:
            with contextlib.suppress(OSError):  # a full disk holds a part of them
                os.ftruncate(self._handle, before)
            raise
        self._file._note(data)  # noqa: SLF001

    def replace(self, lines: Sequence[bytes], keep: Path | None) -> None:
        """Put a new file with these lines in place of the present one, which is kept as ``keep``.

        At every moment, also if the computer loses its power, one of the two is there.
        """
        path = self._file.path
        fresh = path.with_name(f"{path.name}.new")
        data = b"".join(line + b"\n" for line in lines)
        made = [fresh]
        try:
            with fresh.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if keep is not None:
                try:
                    os.link(path, keep)
                except OSError:  # a file system without links
                    made.append(keep)
                    keep.write_bytes(path.read_bytes())
            fresh.replace(path)
        except BaseException:
            for one in made:
                with contextlib.suppress(OSError):
                    one.unlink()
            raise
        _sync_folder(path.parent)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _read(handle: int, begin: int, end: int) -> bytes:
    os.lseek(handle, begin, os.SEEK_SET)
    pieces = []
    while begin < end and (piece := os.read(handle, min(end - begin, _PIECE_BYTES))):
        pieces.append(piece)
        begin += len(piece)
    return b"".join(pieces)


def _sync_folder(folder: Path) -> None:
    """Write the entry of a renamed file to the disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lock(handle: int, ends: float, path: Path) -> None:
    while not _try_lock(handle):
        if time.monotonic() >= ends:
            msg = f"{path} has been locked by another program for {LOCK_SECONDS:g} s"
            raise LockedTooLongError(msg)
        time.sleep(_PAUSE)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, _AT, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, _AT, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


def as_line(content: dict[str, Any]) -> bytes:
    """Return a JSON object as one line, without its line break."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
