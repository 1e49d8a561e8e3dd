"""Folders and files that only their owner can look into, whatever the umask says.

What is cached holds samples of files that may be readable by one person only.
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
    """Make a folder and the one it lies in, or close to others the folder that is there.

    The outer folder is left as it is where it exists: it may hold other things as well.
    """
    with contextlib.suppress(FileExistsError):
        folder.parent.mkdir(FOLDER_MODE, parents=True)
    folder.mkdir(FOLDER_MODE, exist_ok=True)
    if os.name != "nt" and folder.stat().st_mode & (_OTHERS | FOLDER_MODE) != FOLDER_MODE:
        with contextlib.suppress(OSError):  # another person's; the files in it are private still
            folder.chmod(FOLDER_MODE)


def open_private(path: Path, mode: str) -> BinaryIO:
    """Open a file for binary writing, unbuffered; made readable by its owner only."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, FILE_MODE)

    return open(path, mode, buffering=0, opener=opener)  # type: ignore[return-value]


def write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    """Write everything: a full disk may take a part before it fails."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def start_writing(file: BinaryIO, done: int) -> int:
    """Let the system write a file to the disk while more is computed, where it can be told to.

    Without that, all of a large file may be written when it is synchronised at the end. ``done``
    bytes are on their way already; the new number is returned.
    """
    end = file.tell()
    if end - done < _WRITTEN_AT_ONCE or not hasattr(os, "posix_fadvise"):
        return done
    with contextlib.suppress(OSError):  # a hint only
        os.posix_fadvise(file.fileno(), done, end - done, os.POSIX_FADV_DONTNEED)
    return end
