"""The levels of a pyramid, on disk or in memory, readable from any thread while they grow.

A level on disk is one file of interleaved ``(lo, hi)`` pairs, native dtype, little-endian, to which
is only ever appended; any range of bins is one positional read.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vital_widgets.errors import (
    InvalidInputError,
    RecordingNotFoundError,
    StoreError,
    VitalError,
)
from vital_widgets.pyramid.reduce import BASE_BIN, FACTOR
from vital_widgets.runtime.cachefolder import guarded_write
from vital_widgets.runtime.cachesums import SummedFile
from vital_widgets.runtime.files import FileStamp, SourceFile
from vital_widgets.runtime.private import open_private, write_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import BinaryIO

    from vital_widgets.pyramid.reduce import Bins, Native
    from vital_widgets.runtime.cachesums import FileSums

TOP_BINS = 1024  # the maximum of the coarsest level
_OPEN_FILES = 128


def bin_sizes_for(n_samples: int) -> tuple[int, ...]:
    """Return the bin sizes of the levels of a channel: 64, 256, … until at most 1024 bins."""
    sizes = [BASE_BIN]
    while -(-n_samples // sizes[-1]) > TOP_BINS:
        sizes.append(sizes[-1] * FACTOR)
    return tuple(sizes)


class Level(Protocol):
    """Bins of one size of one channel; one writer and any number of readers."""

    count: int  # bins that can be read at present

    def append(self, lo: Native, hi: Native) -> None:
        """Append bins."""

    def read(self, first: int, stop: int) -> Bins:
        """Return bins ``first <= j < stop`` with ``stop <= count``."""

    def truncate(self, count: int) -> None:
        """Keep the first ``count`` bins."""


class MemoryLevel:
    """A level in memory."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.count = 0
        self._pairs = np.empty((TOP_BINS, 2), dtype)

    @property
    def n_bytes(self) -> int:
        """Memory that the bins take."""
        return self._pairs.nbytes

    def append(self, lo: Native, hi: Native) -> None:
        """Append bins."""
        stop = self.count + len(lo)
        if stop > len(self._pairs):
            larger = np.empty((max(stop, 2 * len(self._pairs)), 2), self._pairs.dtype)
            larger[: self.count] = self._pairs[: self.count]
            self._pairs = larger  # readers of the old array get the same bins
        self._pairs[self.count : stop, 0] = lo
        self._pairs[self.count : stop, 1] = hi
        self.count = stop

    def read(self, first: int, stop: int) -> Bins:
        """Return bins ``first <= j < stop``."""
        return _apart(self._pairs[first:stop])

    def truncate(self, count: int) -> None:
        """Keep the first ``count`` bins."""
        self.count = min(count, self.count)


class DiskLevel:
    """A level in a file, whose folder is renamed when it is complete.

    Parameters
    ----------
    folders : tuple of Path
        Where the file may be: the folder being written and the finished one.
    name : str
        Name of the file.
    dtype : dtype
        Native dtype of the channel.
    """

    def __init__(self, folders: tuple[Path, Path], name: str, dtype: np.dtype[Any]) -> None:
        self.count = 0
        self._dtype = np.dtype(dtype).newbyteorder("<")
        self._folders = folders
        self._name = name
        self._file = SourceFile(folders[0] / name, FileStamp(0))
        self._writer = _Writer(folders[0] / name)

    @property
    def bin_bytes(self) -> int:
        """Bytes of one bin."""
        return 2 * self._dtype.itemsize

    def stored_bytes(self, folder: Path) -> int:
        """Return the size of the file in one of the folders, 0 if it does not exist."""
        try:
            return (folder / self._name).stat().st_size
        except OSError:
            return 0

    def check_with(self, sums: Mapping[str, FileSums]) -> None:
        """Compare all data read from now on with the checksums of a complete entry."""
        self._file = SummedFile(self._folders[1] / self._name, sums[self._name])

    def append(self, lo: Native, hi: Native) -> None:
        """Append bins to the file in the partial entry."""
        pairs = np.empty((len(lo), 2), self._dtype)
        pairs[:, 0] = lo
        pairs[:, 1] = hi
        self._writer.append(memoryview(pairs.reshape(-1).view(np.uint8).data))
        self.count += len(lo)

    def read(self, first: int, stop: int) -> Bins:
        """Return bins ``first <= j < stop``."""
        pairs = np.empty((stop - first, 2), self._dtype)
        if not len(pairs):
            return _apart(pairs)
        try:
            self._read_into(first, pairs)
        except VitalError as error:
            msg = (
                f"the overview in the cache, {self._file.path}, is damaged or was removed "
                f"({error}); open the recording again to rebuild it"
            )
            raise StoreError(msg) from error
        return _apart(pairs)

    def truncate(self, count: int) -> None:
        """Keep the first ``count`` bins and remove an incomplete one."""
        path = self._folders[0] / self._name
        stored = self.stored_bytes(self._folders[0])
        self.count = min(count, stored // self.bin_bytes)
        if stored != self.count * self.bin_bytes:
            with guarded_write(path):
                os.truncate(path, self.count * self.bin_bytes)

    def end_writing(self, *, sync: bool) -> None:
        """Close the file for writing; with ``sync`` wait until it is on the disk."""
        self._writer.close(sync=sync)

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        self._writer.close()
        self._file.close()

    def _read_into(self, first: int, pairs: Native) -> None:
        _OPEN.used(self._file)
        offset = first * self.bin_bytes
        for folder in (*self._folders, *self._folders):
            try:
                self._file.read_into(offset, pairs)
            except RecordingNotFoundError:
                self._file.path = folder / self._name  # it was renamed in the meantime
            else:
                return
        self._file.read_into(offset, pairs)


class _Writer:
    """A file to append to; it stays open unless too many files are open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()

    def append(self, view: memoryview) -> None:
        with self._lock, guarded_write(self._path, len(view)):
            if self._file is None:
                self._file = open_private(self._path, "ab")
            write_all(self._file, view)
        _OPEN.used(self)

    def close(self, *, sync: bool = False) -> None:
        with self._lock, guarded_write(self._path):
            file, self._file = self._file, None
            if file is not None:
                with file:
                    if sync:
                        os.fsync(file.fileno())

    def __del__(self) -> None:
        """Close the file with the last reference."""
        if getattr(self, "_file", None) is not None:
            self.close()


class _OpenFiles:
    """Limits the number of open files of all levels, because the system limits it per process."""

    def __init__(self) -> None:
        self._files: OrderedDict[int, weakref.ref[SourceFile | _Writer]] = OrderedDict()
        self._lock = threading.Lock()

    def used(self, file: SourceFile | _Writer) -> None:
        oldest = []
        with self._lock:
            self._files[id(file)] = weakref.ref(file)
            self._files.move_to_end(id(file))
            while len(self._files) > _OPEN_FILES:
                oldest.append(self._files.popitem(last=False)[1]())
        for gone in oldest:
            if gone is not None:
                gone.close()


_OPEN = _OpenFiles()


class Pyramid:
    """Minimum and maximum of one channel over bins of 64, 256, … samples, fixed to sample 0.

    Bin ``j`` of size ``b`` covers the samples ``j*b <= i < (j+1)*b``. A bin without samples is NaN,
    or ``lo > hi`` for integers. Thread-safe: readers may go on while it grows.

    Attributes
    ----------
    dtype : dtype
        Native dtype of the channel.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = np.dtype(dtype)
        self._levels: dict[int, Level] = {}

    @property
    def bin_sizes(self) -> tuple[int, ...]:
        """Sizes of the stored bins, in ascending order."""
        return tuple(self._levels)

    @property
    def levels(self) -> list[Level]:
        """The levels, finest first; used by the builder."""
        return list(self._levels.values())

    def available(self, bin_size: int) -> int:
        """Return how many bins of this size can be read now, 0 for a size that is not stored.

        While the pyramid is being built these are whole bins; a last short bin comes at the end.
        """
        level = self._levels.get(bin_size)
        return 0 if level is None else level.count

    def read(self, bin_size: int, first: int, stop: int) -> Bins:
        """Return the bins ``first <= j < stop``.

        Parameters
        ----------
        bin_size : int
            One of `bin_sizes`.
        first, stop : int
            Range of bins, within what is `available`.

        Returns
        -------
        lo, hi : ndarray, shape (stop - first,)
            Native dtype, contiguous.
        """
        level = self._levels.get(bin_size)
        if level is None or not 0 <= first <= stop <= level.count:
            msg = (
                f"bins {first} to {stop} of {bin_size} samples are not available; available: "
                + ", ".join(f"{part.count} of {size}" for size, part in self._levels.items())
            )
            raise InvalidInputError(msg)
        return level.read(first, stop)

    def put(self, levels: dict[int, Level]) -> None:
        """Replace the levels (by ascending bin size); used by the builder."""
        gone, self._levels = self._levels, dict(levels)
        for level in gone.values():
            if isinstance(level, DiskLevel) and level not in levels.values():
                level.close()


def _apart(pairs: Native) -> Bins:
    native = pairs.dtype.newbyteorder("=")
    return pairs[:, 0].astype(native), pairs[:, 1].astype(native)
