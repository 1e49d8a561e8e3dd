"""The values of a time column of a Parquet file as whole numbers or texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.times import stamps_to_ns

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from vital_widgets.io.text.times import StampFormat

PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_LOOKED_AT = 220  # texts from which their format is found


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds texts, directly or in a dictionary."""
    import pyarrow.types as pt

    if pt.is_dictionary(kind):
        kind = kind.value_type
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def plain_numbers(column: pa.Array | pa.ChunkedArray, name: str) -> NDArray[Any]:
    """Return the numbers of a time column as int or float64, or raise if some are missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    _check_all_there(column, name)
    if pa.types.is_time32(column.type):
        column = pc.cast(column, pa.int32())
    elif pa.types.is_temporal(column.type):
        column = pc.cast(column, pa.int64())
    elif pa.types.is_decimal(column.type):
        column = pc.cast(column, pa.float64())
    values = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(False)
    # Half precision cannot represent the limits with which times are compared.
    numbers: NDArray[Any] = values.astype(np.float64) if values.dtype.kind == "f" else values
    return numbers


def raw_times(
    column: pa.Array | pa.ChunkedArray, name: str, stamp: StampFormat | None
) -> NDArray[Any]:
    """Return the times of a piece of a column: time stamps in nanoseconds.

    Dates are days, and other values are unchanged numbers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_date(kind):
        _check_all_there(column, name)
        return plain_numbers(pc.cast(pc.cast(column, pa.date32()), pa.int32()), name)
    if pa.types.is_time(kind):
        return plain_numbers(column, name).astype(np.int64) * int(1e9 / PER_SECOND[kind.unit])
    if stamp is None:
        return plain_numbers(column, name)
    _check_all_there(column, name)
    texts = _texts(column)
    ns, bad = stamps_to_ns(texts, stamp)
    if bad.any():
        cell = texts[int(bad.argmax())].as_py()
        raise FormatError(
            f"the time {cell!r} in the column {name!r} has another format than those before"
            f"{stamp.why_not(cell)}; correct it in a copy of the file, or, if the rows are evenly "
            "spaced samples, give fs= in Hz and time=None"
        )
    return ns


def cells_of(column: pa.Array) -> list[str]:
    """Return the first values of a column that are not null, as texts."""
    return [cell for cell in _texts(column[:_LOOKED_AT]).to_pylist() if cell is not None]


def _texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        values = pc.cast(column, pa.float64())
        if pc.all(pc.equal(pc.floor(values), values)).as_py():
            column = pc.cast(values, pa.int64(), safe=False)
    return pc.cast(column, pa.string())


def _check_all_there(column: pa.Array | pa.ChunkedArray, name: str) -> None:
    if column.null_count:
        raise InvalidInputError(
            f"the time column {name!r} has rows without a time; add their times in a copy of "
            "the file, or, if the rows are evenly spaced samples, give fs= in Hz and time=None"
        )
