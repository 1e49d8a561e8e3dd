"""Folders and files that only their owner can read, independent of the umask.

The cache contains samples of files that may be readable by their owner only.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_OTHERS = 0o077
_WRITTEN_AT_ONCE = 1 << 25  # bytes


def make_private(folder: Path) -> None:
    """Create a private folder and its parent, or make an existing folder private.

    An existing parent is not changed, because it may contain other files.
    """
    with contextlib.suppress(FileExistsError):
        folder.parent.mkdir(FOLDER_MODE, parents=True)
    folder.mkdir(FOLDER_MODE, exist_ok=True)
    if os.name != "nt" and folder.stat().st_mode & (_OTHERS | FOLDER_MODE) != FOLDER_MODE:
        with contextlib.suppress(OSError):  # owned by another user; the files in it are private
            folder.chmod(FOLDER_MODE)


def open_private(path: Path, mode: str) -> BinaryIO:
    """Open a file for unbuffered binary writing; only its owner can read it."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, FILE_MODE)

    return open(path, mode, buffering=0, opener=opener)  # type: ignore[return-value]


def write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    """Write all data, also if a write is only partial."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def start_writing(file: BinaryIO, done: int) -> int:
    """Start writing a file to the disk while more is computed, if the system supports it.

    Otherwise, a large file may be written only when it is synchronised at the end. ``done``
    bytes are already being written; the new number is returned.
    """
    end = file.tell()
    if end - done < _WRITTEN_AT_ONCE or not hasattr(os, "posix_fadvise"):
        return done
    with contextlib.suppress(OSError):  # a hint only
        os.posix_fadvise(file.fileno(), done, end - done, os.POSIX_FADV_DONTNEED)
    return end
