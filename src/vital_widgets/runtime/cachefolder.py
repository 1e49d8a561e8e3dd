"""The cache folder: entries are complete or absent, and their total size is limited.

An entry is written as ``<kind>/<key>.partial`` and renamed to ``<kind>/<key>`` when it is complete.
``<key>.lock`` is locked by the process that writes the entry, and each ``<key>.use-<n>`` file by a
process that reads it. These are locks of the operating system, which end with their process.
Only the owner can read the folders and files.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import time
import uuid
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from vital_widgets.config import settings
from vital_widgets.errors import StoreError
from vital_widgets.runtime.cachelocks import BuildLock, InUse, try_lock
from vital_widgets.runtime.cachesums import SUMS, packed, sealed, sums_in, unsealed
from vital_widgets.runtime.private import FOLDER_MODE, open_private, write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vital_widgets.runtime.cachesums import FileSums

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
PARTIAL = ".partial"
LOCK = ".lock"
USE = ".use-"
_DOOMED = ".doomed-"
STALE_SECONDS = 7 * 24 * 3600.0  # a partial entry that was not used for this time is removed
_TRIMS = 16  # how often the folder is trimmed while an entry grows to the maximum size
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC})


class CacheFolder:
    """The folder of all cache entries.

    Parameters
    ----------
    root : Path, optional
        The folder. Default: ``settings().cache_dir``. It is created when first needed.
    max_bytes : int, optional
        Maximum total size of all entries, complete or partial. Default:
        ``settings().cache_bytes``.
    """

    def __init__(self, root: Path | None = None, max_bytes: int | None = None) -> None:
        self.root = Path(root) if root is not None else settings().cache_dir
        self.max_bytes = max_bytes if max_bytes is not None else settings().cache_bytes

    def entry(self, kind: str, key: str) -> CacheEntry:
        """Return the entry of a ``kind`` with a ``key`` (a fingerprint), existing or not."""
        return CacheEntry(self, kind, key)

    def trim(self) -> None:
        """Remove old partial entries, then the least recently used ones beyond the maximum size.

        Partial entries of ended processes count like complete ones. Entries that a running
        process writes or reads count too, but are not removed.
        """
        found: list[tuple[float, int, CacheEntry]] = []
        for entry, paths in self._found():
            used_at = max(map(_used_at, paths))
            stale = entry.complete_dir not in paths and time.time() - used_at > STALE_SECONDS
            if not (stale and entry.evict()):
                found.append((used_at, sum(map(_bytes_of, paths)), entry))
        held = sum(size for _, size, _ in found)
        for _, size, entry in sorted(found, key=lambda item: item[0]):
            if held <= self.max_bytes:
                break
            if entry.evict():
                held -= size

    def _found(self) -> Iterator[tuple[CacheEntry, list[Path]]]:
        """Yield the existing entries, each with its complete and partial folders."""
        for kind in _folders(self.root):
            by_key: dict[str, list[Path]] = {}
            for path in _folders(kind):
                if _DOOMED in path.name:
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    by_key.setdefault(path.name.removesuffix(PARTIAL), []).append(path)
            for key, paths in by_key.items():
                yield self.entry(kind.name, key), paths


class CacheEntry:
    """One entry of the cache folder; created by `CacheFolder.entry`.

    Attributes
    ----------
    complete_dir : Path
        The complete entry.
    partial_dir : Path
        The entry being written; created by `begin`, which keeps files of an interrupted build.
    """

    def __init__(self, folder: CacheFolder, kind: str, key: str) -> None:
        self.folder = folder
        self.complete_dir = folder.root / kind / key
        self.partial_dir = folder.root / kind / (key + PARTIAL)
        self._checked_bytes = 0

    def is_complete(self) -> bool:
        """Whether the entry is complete; marks it as recently used."""
        try:
            os.utime(self.complete_dir)
        except OSError:  # it does not exist or is read-only
            if not os.access(self.complete_dir, os.R_OK | os.X_OK):
                return False
        return (self.complete_dir / SUMS).exists()

    def begin(self) -> BuildLock | None:
        """Acquire the lock for writing the entry and create `partial_dir`.

        Returns
        -------
        BuildLock or None
            A context manager; None while another thread or process holds the lock. Check again
            whether the entry `is_complete`: the previous holder may have completed it.
        """
        with guarded_write(self.partial_dir):
            lock = try_lock(self._beside(LOCK))
        if lock is None:
            return None
        try:
            with guarded_write(self.partial_dir):
                if self.partial_dir.is_file():
                    _remove(self.partial_dir)
                self.partial_dir.mkdir(FOLDER_MODE, exist_ok=True)
        except StoreError:
            lock.release()
            raise
        self._checked_bytes = 0
        self._trim()
        return BuildLock(lock)

    def check_room(self, what: str) -> None:
        """Keep the folder within its maximum size; call this regularly while writing the entry.

        The least recently used entries are removed. `StoreError` is raised if this entry alone
        exceeds the maximum size.

        Parameters
        ----------
        what : str
            Description of the entry for the error message; plural.
        """
        size, bound = _bytes_of(self.partial_dir), self.folder.max_bytes
        if size > bound:
            msg = (
                f"{what} exceed the maximum size of the cache {self.folder.root} "
                f"({bound / 1e6:.1f} MB); set the environment variable VITAL_WIDGETS_CACHE_BYTES "
                "to a larger number of bytes and restart the kernel"
            )
            raise StoreError(msg)
        if size - self._checked_bytes > bound // _TRIMS:
            self._checked_bytes = size
            self._trim()

    def finish(self, sums: Mapping[str, FileSums] = MappingProxyType({})) -> None:
        """Rename `partial_dir` to `complete_dir` atomically and durably; trim the folder.

        Call it with the lock of `begin` held. An existing complete entry is replaced.

        Parameters
        ----------
        sums : mapping of str to FileSums
            Checksums that were computed while the files were written; other files are read again.
        """
        with guarded_write(self.complete_dir):
            (self.partial_dir / SUMS).unlink(missing_ok=True)
            self.write_bytes(SUMS, packed(self.partial_dir.iterdir(), sums))
            for path in self.partial_dir.iterdir():
                _sync(path)
            _sync(self.partial_dir)
            if self.complete_dir.exists():
                _remove(self.complete_dir)
            self.partial_dir.rename(self.complete_dir)
            _sync(self.complete_dir.parent)
        with self.use():
            self._trim()

    def discard(self) -> None:
        """Remove `partial_dir` and its content."""
        if self.partial_dir.exists():
            with guarded_write(self.partial_dir):
                _remove(self.partial_dir)

    def use(self) -> InUse:
        """Mark the entry as in use, until the result is released or this process ends."""
        return InUse(self._beside(f"{USE}{os.getpid()}-{uuid.uuid4().hex[:8]}"))

    def evict(self) -> bool:
        """Remove the entry unless it is in use; return whether it was removed."""
        lock = try_lock(self._beside(LOCK))
        if lock is None:
            return False
        try:
            if self._in_use():
                return False
            for path in (self.complete_dir, self.partial_dir):
                if path.exists():
                    _remove(path)
        except OSError:
            return False
        finally:
            lock.release()
        return True

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write ``name`` into `partial_dir` atomically, with a digest before the content."""
        path = self.partial_dir / name
        beside = path.with_name(f"{name}.new")
        with guarded_write(path, len(content)):
            with open_private(beside, "wb") as file:
                write_all(file, sealed(content))
            beside.replace(path)

    def read_bytes(self, name: str, *, partial: bool = False) -> bytes:
        """Return what `write_bytes` wrote as ``name`` into the complete entry.

        With ``partial``, read from `partial_dir` instead. Raise `StoreError` if it is absent or
        damaged.
        """
        return unsealed((self.partial_dir if partial else self.complete_dir) / name)

    def write_json(self, name: str, obj: object) -> None:
        """Write ``obj`` as ``name`` into `partial_dir` atomically."""
        self.write_bytes(name, json.dumps(obj).encode())

    def read_json(self, name: str, *, partial: bool = False) -> Any | None:
        """Return the content of ``name`` in the complete entry; None if absent or damaged.

        With ``partial``, read from `partial_dir` instead.
        """
        try:
            return json.loads(self.read_bytes(name, partial=partial))
        except (StoreError, ValueError):
            return None

    def load(self, read: Callable[[dict[str, FileSums]], T | None]) -> T | None:
        """Return the result of ``read`` for the complete entry; None if there is no valid one.

        ``read`` receives the checksums of the files by name. Any error of it means that the entry
        is damaged and must be rebuilt.
        """
        if not self.is_complete():
            return None
        try:
            return read(sums_in(self.complete_dir))
        except Exception:  # noqa: BLE001 - any damage leads to a rebuild
            _LOG.warning("%s is damaged and will be rebuilt", self.complete_dir, exc_info=True)
            return None

    def _trim(self) -> None:
        # A folder that exceeds its maximum size is no reason to stop writing.
        with contextlib.suppress(OSError):
            self.folder.trim()

    def _beside(self, ending: str) -> Path:
        return self.complete_dir.with_name(self.complete_dir.name + ending)

    def _in_use(self) -> bool:
        for path in self.complete_dir.parent.glob(f"{self.complete_dir.name}{USE}*"):
            if path in InUse.of_this_process:
                return True
            lock = try_lock(path)
            if lock is None:
                return True
            lock.release()  # its process has ended without a release
            path.unlink(missing_ok=True)
        return False


@contextlib.contextmanager
def guarded_write(path: Path, n_bytes: int = 0) -> Iterator[None]:
    """Convert errors of the operating system on writing below ``path`` into `StoreError`.

    Parameters
    ----------
    path : Path
        The file or folder to write.
    n_bytes : int
        Number of bytes still to be written, if known; part of the message if the disk is full.
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        remedy = (
            "set the environment variable VITAL_WIDGETS_CACHE_DIR to a writable folder with free "
            "space and restart the kernel"
        )
        if error.errno in _DISK_FULL:
            needed = f"{n_bytes / 1e6:.1f} MB more are needed and " if n_bytes else ""
            msg = (
                f"the disk is full: {needed}{_free(path)} are free on the disk of {path}; "
                f"free some space, or {remedy}"
            )
        else:
            reason = error.strerror or str(error)
            msg = f"cannot write to the cache {path} ({reason}); {remedy}"
        raise StoreError(msg) from error


def _folders(path: Path) -> list[Path]:
    try:
        return [child for child in path.iterdir() if child.is_dir()]
    except FileNotFoundError:
        return []


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed by another process
        return 0.0


def _bytes_of(path: Path) -> int:
    total = 0
    with contextlib.suppress(FileNotFoundError), os.scandir(path) as files:
        for file in files:
            total += file.stat().st_size
    return total


def _remove(path: Path) -> None:
    """Remove a folder; it is renamed first, so that its name is free at once."""
    if not path.is_dir():  # not created by this package
        path.unlink()
        return
    doomed = path.with_name(f"{path.name}{_DOOMED}{uuid.uuid4().hex[:8]}")
    path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _sync(path: Path) -> None:
    """Flush a file or folder to the disk."""
    if os.name == "nt" and path.is_dir():  # Windows cannot flush a folder
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free(path: Path) -> str:
    while not path.exists() and path != path.parent:
        path = path.parent
    return f"{shutil.disk_usage(path).free / 1e6:.1f} MB"
