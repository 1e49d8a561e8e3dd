"""Columns of a Parquet file as samples: only the row groups needed are decoded."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import FormatError, VitalError
from vital_widgets.io.parquet.footer import check_footer
from vital_widgets.runtime.budget import blocks
from vital_widgets.runtime.fileerrors import with_file_errors
from vital_widgets.runtime.files import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray


_OF_ARROW = (OSError, EOFError, LookupError, ArithmeticError, ValueError, TypeError, AttributeError)
_WHOLE_DIGITS, _EXACT_POWER = 15, 22  # digits and powers of ten that float64 represents exactly
_BUFFER_BYTES = 1 << 20  # otherwise a whole column of a row group is read before it is decoded
_LARGE_GROUP = (
    1 << 26
)  # bytes; a buffer grows to the size that a page states, even if that is wrong


class ParquetSource:
    """An open Parquet file. Thread-safe; pickles by path and stamp.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        Its fingerprint, under which decoded columns are cached.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.key = key
        self.file = SourceFile(path)
        self._start()

    def _start(self) -> None:
        self._idle: dict[bool, list[pq.ParquetFile]] = {False: [], True: []}
        self._lock = threading.Lock()
        self._buffered = False
        check_footer(self.file)
        with self.reader() as reader:
            self.metadata = reader.metadata
            self.schema: pa.Schema = reader.schema_arrow
        groups = [self.metadata.row_group(g) for g in range(self.metadata.num_row_groups)]
        counts = [group.num_rows for group in groups]
        self.first_rows = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._buffered = max((g.total_byte_size for g in groups), default=0) > _LARGE_GROUP

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.first_rows[-1])

    @contextlib.contextmanager
    def reader(self, *, buffered: bool | None = None) -> Iterator[pq.ParquetFile]:
        """Lend a reader that no other thread uses at the same time.

        ``buffered`` is whether columns are read in pieces; by default for large row groups.
        """
        import pyarrow.parquet as pq

        buffered = self._buffered if buffered is None else buffered
        self.file.check()
        with self._lock:
            idle = self._idle[buffered]
            reader = idle.pop() if idle else None
        with arrow_errors(self.file), contextlib.ExitStack() as discard:
            if reader is not None:
                discard.callback(reader.close, force=True)
            if reader is None:
                reader = pq.ParquetFile(
                    self.file.path,
                    metadata=getattr(self, "metadata", None),
                    buffer_size=_BUFFER_BYTES if buffered else 0,
                    pre_buffer=False,
                    page_checksum_verification=True,
                )
                discard.callback(reader.close, force=True)
            yield reader
            self.file.check()  # so that changes during the read are detected
            discard.pop_all()
        with self._lock:
            self._idle[buffered].append(reader)

    def column(self, name: str, group: int) -> pa.ChunkedArray:
        """Decode one column of one row group."""
        with self.reader() as reader:
            return reader.read_row_group(group, columns=[name], use_threads=False).column(0)

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        with self._lock:
            idle, self._idle = self._idle, {False: [], True: []}
        for reader in (*idle[False], *idle[True]):
            reader.close(force=True)
        self.file.close()
        blocks().drop(self.key)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle path and stamp."""
        return {"key": self.key, "file": self.file}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open again where it was unpickled."""
        self.key = state["key"]
        self.file = state["file"]
        self._start()


@contextlib.contextmanager
def arrow_errors(file: SourceFile) -> Iterator[None]:
    """Convert errors of Arrow about the content of a file to a `FormatError` that names it."""
    import pyarrow as pa

    try:
        yield
    except VitalError:
        raise
    except (*_OF_ARROW, pa.ArrowException) as error:
        file.check()
        raise FormatError(_damaged(file.path, error)) from error


def _damaged(path: Path, error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return (
        f"{path}: the Parquet file is damaged or cut off and cannot be decoded ({text}); "
        "obtain a new copy, because no part can be read without the end of the file"
    )


@dataclass(frozen=True)
class ParquetColumn:
    """Samples of one column.

    Attributes
    ----------
    table : ParquetSource
        The file.
    name : str
        The column.
    dtype : dtype
        Native dtype of the samples.
    missing : int or None
        The value that stands for null in a column of integers; it occurs nowhere else.
    """

    table: ParquetSource
    name: str
    dtype: np.dtype[Any]
    missing: int | None = None

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.table.n_rows

    @with_file_errors("table.file.path")
    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return samples ``start <= i < stop``."""
        if stop <= start:
            return np.empty(0, self.dtype)
        first_rows = self.table.first_rows
        group = int(np.searchsorted(first_rows, start, side="right")) - 1
        pieces = []
        while first_rows[group] < stop:
            origin, end = int(first_rows[group]), int(first_rows[group + 1])
            if end > origin:
                values = self._group(group)
                pieces.append(values[max(start - origin, 0) : min(stop, end) - origin])
            group += 1
            if group == len(first_rows) - 1:
                break
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0].copy()

    def _group(self, group: int) -> NDArray[Any]:
        key = (self.table.key, self.name, group)
        held: NDArray[Any] | None = blocks().get(key)
        if held is None:
            first_rows = self.table.first_rows
            rows = int(first_rows[group + 1] - first_rows[group])
            with arrow_errors(self.table.file):
                held = to_native(self.table.column(self.name, group), self.dtype, self.missing)
                if len(held) != rows:
                    msg = (
                        f"column {self.name!r} has {len(held)} values in row group {group}, "
                        f"which should have {rows} rows"
                    )
                    raise ValueError(msg)
            blocks().put(key, held, held.nbytes)
        return held


def to_native(
    column: pa.ChunkedArray | pa.Array, dtype: np.dtype[Any], missing: int | None
) -> NDArray[Any]:
    """Return the values of a column in the native dtype; nulls are NaN or ``missing``.

    The dtype is chosen by the file's statistics. If they are wrong, so that values or nulls would
    become other numbers, a ValueError is raised.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
    elif pa.types.is_decimal(column.type):
        return _of_decimals(column)
    integers = dtype.kind in "iu"
    if integers and missing is None and column.null_count:
        msg = f"{column.null_count} values are null, which contradicts the column's statistics"
        raise ValueError(msg)
    if integers and len(column) > column.null_count:
        ends = pc.min_max(column).as_py()
        limits = np.iinfo(dtype)
        if missing in ends.values() or ends["min"] < limits.min or ends["max"] > limits.max:
            msg = f"values from {ends['min']} to {ends['max']} lie outside the column's statistics"
            raise ValueError(msg)
    if missing is not None and column.null_count:
        column = pc.fill_null(column, pa.scalar(missing, column.type))
    plain = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(False)
    native: NDArray[Any] = np.ascontiguousarray(plain, dtype)
    return native


def _of_decimals(column: pa.ChunkedArray | pa.Array) -> NDArray[np.float64]:
    """Return the nearest float64 of each decimal; nulls are NaN.

    Arrow's cast multiplies by a rounded power of ten and can miss the nearest value by one bit.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    nearest: NDArray[np.float64] = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
    scale = column.type.scale
    if column.type.precision > _WHOLE_DIGITS or not 0 <= scale <= _EXACT_POWER:
        exact = [np.nan if value is None else float(value) for value in column.to_pylist()]
        return np.array(exact, np.float64)
    whole = np.rint(nearest * 10.0**scale)  # not far from an integer below 2 ** 53
    return np.asarray(whole / 10.0**scale)


def native_dtype(  # noqa: PLR0911 - one line a case
    kind: pa.DataType, extremes: tuple[Any, Any] | None, *, may_have_nulls: bool
) -> tuple[np.dtype[Any], int | None] | None:
    """Return dtype and missing value for a column, None if it holds no numbers.

    Parameters
    ----------
    kind : pyarrow.DataType
        Type in the file.
    extremes : tuple or None
        Minimum and maximum, if the file's statistics have them.
    may_have_nulls : bool
        Whether there are nulls, or no statistics that exclude them. Integers stay integers if an
        unused one can stand for null; otherwise the values become float64.
    """
    import pyarrow.types as pt

    if pt.is_decimal(kind) or pt.is_float64(kind):
        return np.dtype(np.float64), None
    if pt.is_float32(kind) or pt.is_float16(kind):
        return np.dtype(np.float32), None
    if pt.is_boolean(kind):
        kind_dtype: np.dtype[Any] = np.dtype(np.int8)
        extremes = (0, 1)
    elif pt.is_integer(kind):
        kind_dtype = np.dtype(kind.to_pandas_dtype())
    else:
        return None
    if kind_dtype == np.uint64:
        small = extremes is not None and extremes[1] <= np.iinfo(np.int64).max
        if not small:
            return np.dtype(np.float64), None
        kind_dtype = np.dtype(np.int64)
    if not may_have_nulls:
        return kind_dtype, None
    limits = np.iinfo(kind_dtype)
    signed = pt.is_boolean(kind) or pt.is_signed_integer(kind)
    if extremes is not None and signed and extremes[0] > limits.min:
        return kind_dtype, int(limits.min)
    if extremes is not None and extremes[1] < limits.max:
        return kind_dtype, int(limits.max)
    return np.dtype(np.float64), None
