"""Checksums of the pages of the files in a cache entry, to detect damage.

A complete entry contains ``sums.bin`` with a checksum for each page of each other file. Each page
is compared with its checksum when it is first read, so that opening a large file takes no time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import StoreError
from vital_widgets.runtime.files import FileStamp, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

SUMS = "sums.bin"
PAGE_BYTES = 1 << 16
MAX_CHECKED_BYTES = 1 << 24  # an entry of at most this size is checked completely when opened
_PIECE_PAGES = 16  # pages of a file in memory at a time
_DIGEST_BYTES = 16


def sealed(content: bytes) -> bytes:
    """Return the digest of some bytes, followed by the bytes."""
    return _digest(content) + content


def unsealed(path: Path) -> bytes:
    """Return the content of a `sealed` file; raise `StoreError` if it is absent or damaged."""
    try:
        stored = path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error})"
        raise StoreError(msg) from error
    digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
    if digest != _digest(content):
        msg = f"{path} is damaged"
        raise StoreError(msg)
    return content


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


@dataclass(frozen=True)
class FileSums:
    """The size of a file in bytes and the checksum of each page."""

    n_bytes: int
    pages: NDArray[np.uint32]


class RunningSums:
    """The checksums of a file, computed while it is written or read from start to end."""

    def __init__(self) -> None:
        self._n_bytes = self._last = 0
        self._pages: list[int] = []

    def add(self, data: bytes | memoryview) -> None:
        """Add the next bytes."""
        view = memoryview(data)
        while view:
            part = view[: PAGE_BYTES - self._n_bytes % PAGE_BYTES]
            self._last = zlib.crc32(part, self._last)
            self._n_bytes += len(part)
            view = view[len(part) :]
            if self._n_bytes % PAGE_BYTES == 0:
                self._pages.append(self._last)
                self._last = 0

    def so_far(self) -> FileSums:
        """Return the checksums of all bytes added."""
        rest = [self._last] if self._n_bytes % PAGE_BYTES else []
        return FileSums(self._n_bytes, np.array([*self._pages, *rest], "<u4"))


def sums_of(path: Path) -> FileSums:
    """Read a file and return its checksums."""
    sums = RunningSums()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PAGE_BYTES):
            sums.add(piece)
    return sums.so_far()


def packed(paths: Iterable[Path], known: Mapping[str, FileSums]) -> bytes:
    """Return the checksums of some files as bytes, for `sums_in`; files not ``known`` are read."""
    sums = {path.name: known.get(path.name) or sums_of(path) for path in paths}
    sizes = {name: one.n_bytes for name, one in sums.items()}
    return b"\n".join((json.dumps(sizes).encode(), *(s.pages.tobytes() for s in sums.values())))


def sums_in(folder: Path) -> dict[str, FileSums]:
    """Return the checksums of the files of a complete entry; raise if it is damaged.

    All sizes are compared, and all pages of a small entry; pages of a larger one when first read.
    """
    head, _, rest = unsealed(folder / SUMS).partition(b"\n")
    sums = {}
    for name, n_bytes in json.loads(head).items():
        n_pages = -(-n_bytes // PAGE_BYTES)
        sums[name] = FileSums(n_bytes, np.frombuffer(rest, "<u4", n_pages))
        rest = rest[4 * n_pages + 1 :]
        size = (folder / name).stat().st_size
        if size != n_bytes:
            msg = f"{folder / name} is damaged: it has {size} bytes instead of {n_bytes}"
            raise StoreError(msg)
    if sum(one.n_bytes for one in sums.values()) <= MAX_CHECKED_BYTES:
        for name, one in sums.items():
            file = SummedFile(folder / name, one)
            file.check_pages(0, one.n_bytes)
            file.close()
    return sums


class SummedFile(SourceFile):
    """A file of a complete entry; each page is checked when it is first read.

    If a page is damaged, the checksums are removed, so that the entry is considered absent.
    """

    def __init__(self, path: Path, sums: FileSums) -> None:
        super().__init__(path, FileStamp(sums.n_bytes))
        self._sums = sums
        self._checked = np.zeros(len(sums.pages), np.bool_)
        self._checking = threading.Lock()

    def read_into(self, offset: int, target: NDArray[Any]) -> None:
        """Fill ``target`` with bytes from ``offset``; raise `StoreError` if they are damaged."""
        self.check_pages(offset, offset + target.nbytes)
        super().read_into(offset, target)

    def check_pages(self, start: int, stop: int) -> None:
        """Check the pages of the bytes ``start`` to ``stop`` that have not been checked."""
        pages = slice(start // PAGE_BYTES, -(-stop // PAGE_BYTES))
        if self._checked[pages].all():
            return
        with self._checking:
            todo = np.flatnonzero(~self._checked[pages]) + pages.start
            for part in np.split(todo, np.flatnonzero(np.diff(todo) > 1) + 1):
                for k in range(0, len(part), _PIECE_PAGES):
                    self._check_run(part[k : k + _PIECE_PAGES])

    def _check_run(self, pages: NDArray[np.intp]) -> None:
        begin = int(pages[0]) * PAGE_BYTES
        end = min((int(pages[-1]) + 1) * PAGE_BYTES, self.size)
        content = np.empty(end - begin, np.uint8)
        super().read_into(begin, content)
        for k, page in enumerate(pages):
            held = content[k * PAGE_BYTES : (k + 1) * PAGE_BYTES].data
            if zlib.crc32(held) != self._sums.pages[page]:
                with contextlib.suppress(OSError):
                    (self.path.parent / SUMS).unlink()
                msg = f"{self.path} is damaged near byte {int(page) * PAGE_BYTES}"
                raise StoreError(msg)
        self._checked[pages] = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the file; it is opened when first read."""
        super().__setstate__(state)
        self._sums = state["sums"]
        self._checked = np.zeros(len(self._sums.pages), np.bool_)
        self._checking = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the path, the stamp and the checksums."""
        return {**super().__getstate__(), "sums": self._sums}
