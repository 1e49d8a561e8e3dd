"""Files that are written as a whole: the new content is there, or the former one."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from typing import TYPE_CHECKING

from vital_widgets.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or leave what there is if that fails, as on a full disk.

    Parameters
    ----------
    path : Path
        The file; what a link points to is replaced, not the link. A device or a pipe, and a file
        in a folder where no other one can be created, is written directly.
    content : bytes
        Its content.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    try:
        _write(path, content)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        msg = f"cannot write {str(path)!r} ({why}); give another path"
        raise StoreError(msg) from error


def _write(path: Path, content: bytes) -> None:
    target = path.resolve()
    try:
        there: os.stat_result | None = target.stat()
    except FileNotFoundError:
        there = None
    if there is not None and not os.access(target, os.W_OK):
        target.open("ab").close()  # raises why
    if there is not None and not stat.S_ISREG(there.st_mode):
        path.write_bytes(content)
        return
    fresh = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}")
    try:
        file = fresh.open("xb")
    except PermissionError:
        if there is None:
            raise
        path.write_bytes(content)
        return
    try:
        with file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if there is not None:
            fresh.chmod(stat.S_IMODE(there.st_mode))
        fresh.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
