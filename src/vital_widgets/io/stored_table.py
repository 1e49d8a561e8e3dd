"""A table of samples in the cache folder: one file, blocks of rows, column after column in each.

A block holds ``rows_per_block`` rows (the last one fewer); in it the values of the first column
come first, then those of the second, and so on. Thus a table is written sequentially, one open
file serves all columns, and a stretch of one column is a contiguous read.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.samples import FrameChannel
from vital_widgets.errors import StoreError, VitalError
from vital_widgets.runtime.cachesums import SUMS, RunningSums, SummedFile, sums_in
from vital_widgets.runtime.fileerrors import file_errors
from vital_widgets.runtime.files import FileStamp, SourceFile
from vital_widgets.runtime.private import open_private, start_writing, write_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vital_widgets.runtime.cachesums import FileSums

FILE_NAME = "samples.bin"
_BLOCK_BYTES = 1 << 20


class StoredTable:
    """Rows of samples that may still be growing; a `FrameSource` with a frame for each row.

    Thread-safe. Pickles by path, once all rows are there.

    Parameters
    ----------
    key : str
        Fingerprint of the source of the rows.
    dtypes : sequence of dtype
        Native dtype of each column.
    """

    def __init__(self, key: str, dtypes: Sequence[np.dtype[Any]]) -> None:
        self.key = key
        self.dtypes: tuple[np.dtype[Any], ...] = tuple(
            np.dtype(dtype).newbyteorder("<") for dtype in dtypes
        )
        self.samples_per_frame = (1,) * len(self.dtypes)
        self._row_bytes = sum(dtype.itemsize for dtype in self.dtypes)
        self._before = list(accumulate((d.itemsize for d in self.dtypes), initial=0))
        power = max(_BLOCK_BYTES // self._row_bytes, 1024).bit_length() - 1
        self.block_frames = 1 << power
        self._file: SourceFile | None = None
        self._n_rows = 0
        self._failure: VitalError | None = None

    @property
    def n_frames(self) -> int:
        """Number of rows that can be read now."""
        return self._n_rows

    def publish(self, path: Path, n_rows: int, sums: FileSums | None = None) -> None:
        """Make the first ``n_rows`` rows of the file readable; verify checksums if present."""
        if self._file is None and n_rows:
            if sums is None:
                file = SourceFile(path, FileStamp(n_rows * self._row_bytes))
            else:
                file = SummedFile(path, sums)
            file.read(0, 1)  # opens it: from now on it may be renamed, or evicted from the cache
            self._file = file
        self._n_rows = n_rows

    def before_move(self) -> None:
        """Close the file on systems that cannot rename an open file."""
        if os.name == "nt":
            self.close()

    def moved(self, path: Path) -> None:
        """Store the new path of the file."""
        if self._file is not None:
            self._file.path = path

    def fail(self, error: VitalError) -> None:
        """Raise this error from every read, because the incomplete rows are removed."""
        self._failure = error

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        if self._file is not None:
            self._file.close()

    def read_column(self, column: int, start: int, stop: int) -> NDArray[Any]:
        """Return rows ``start <= i < stop`` of one column."""
        dtype = self.dtypes[column]
        out = np.empty(max(stop - start, 0), dtype)
        self._raise_failure()
        n_rows, size = self._n_rows, self.block_frames
        if self._file is None or not len(out):
            return out
        with self._as_store_error(self._file):
            for block in range(start // size, (stop - 1) // size + 1):
                origin = block * size
                rows = min(size, n_rows - origin)
                lo, hi = max(start, origin), min(stop, origin + rows)
                offset = origin * self._row_bytes + rows * self._before[column]
                self._file.read_into(
                    offset + (lo - origin) * dtype.itemsize, out[lo - start : hi - start]
                )
        return out

    def read_frames(self, f0: int, f1: int, channels: tuple[int, ...]) -> list[NDArray[Any]]:
        """Return rows ``f0 <= i < f1`` of each of ``channels``."""
        return [self.read_column(k, f0, f1) for k in channels]

    @contextlib.contextmanager
    def _as_store_error(self, file: SourceFile) -> Iterator[None]:
        try:
            with file_errors(file.path):
                yield
        except VitalError as error:
            self._raise_failure()
            raise StoreError(
                f"the cached samples {file.path} are damaged or were removed ({error}); open the "
                "recording again to read its file"
            ) from error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise type(self._failure)(*self._failure.args) from self._failure

    def __getstate__(self) -> dict[str, Any]:
        """Pickle path, layout and number of rows."""
        path = None if self._file is None else self._file.path
        return {"key": self.key, "dtypes": self.dtypes, "path": path, "n_rows": self._n_rows}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open again where it was unpickled."""
        self.__init__(state["key"], state["dtypes"])  # type: ignore[misc]
        if state["path"] is not None:
            try:
                folder = state["path"].parent
                sums = sums_in(folder) if (folder / SUMS).exists() else {}
                self.publish(state["path"], state["n_rows"], sums.get(state["path"].name))
            except VitalError as error:
                raise StoreError(
                    f"the cached samples {state['path']} are damaged or were removed ({error}); "
                    "open the recording again"
                ) from error


@dataclass(frozen=True)
class StoredColumn(FrameChannel):
    """One column of a `StoredTable`: read directly, the system's file cache is enough."""

    source: StoredTable

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return samples ``start <= i < stop``."""
        return self.source.read_column(self.channel, start, stop)


class TableWriter:
    """Appends rows to the file of a `StoredTable` and publishes them block by block."""

    def __init__(self, table: StoredTable, path: Path) -> None:
        self._table = table
        self._path = path
        self._file = open_private(path, "wb")
        self._pending = [np.empty(table.block_frames, dtype) for dtype in table.dtypes]
        self._filled = 0
        self._written = 0
        self._on_disk = 0
        self._sums = RunningSums()

    @property
    def sums(self) -> FileSums:
        """Checksums of the written rows."""
        return self._sums.so_far()

    def append(self, columns: Sequence[NDArray[Any]]) -> None:
        """Add rows, given as one array per column."""
        n_rows, done = len(columns[0]), 0
        size = self._table.block_frames
        while done < n_rows:
            count = min(size - self._filled, n_rows - done)
            for pending, column in zip(self._pending, columns, strict=True):
                pending[self._filled : self._filled + count] = column[done : done + count]
            self._filled += count
            done += count
            if self._filled == size:
                self._flush()

    def finish(self) -> None:
        """Write the last rows."""
        if self._filled:
            self._flush()
        self._file.close()

    def close(self) -> None:
        """Close the file as it is."""
        self._file.close()

    def _flush(self) -> None:
        for pending in self._pending:
            data = pending[: self._filled].data.cast("B")
            write_all(self._file, data)
            self._sums.add(data)
        self._on_disk = start_writing(self._file, self._on_disk)
        self._written += self._filled
        self._filled = 0
        self._table.publish(self._path, self._written)
