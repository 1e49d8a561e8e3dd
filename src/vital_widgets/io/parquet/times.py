"""The time column of a Parquet file: where it is, and the time base it gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.parquet.columns import arrow_errors
from vital_widgets.io.text.cells import name_and_units
from vital_widgets.io.text.numbers import is_time_name, number_time, unit_of_words
from vital_widgets.io.text.numbertime import NumberTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from vital_widgets.io.parquet.columns import ParquetSource

BATCH_ROWS = 1 << 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEAR = 0.25  # of an interval: how exactly the ends of a row group must fit


@dataclass(frozen=True)
class TimeColumn:
    """How a column becomes seconds.

    Attributes
    ----------
    name : str
        The column.
    number : NumberTime
        What its values count; timestamps count from the first one.
    start : datetime or None
        Clock time of second 0.
    notes : tuple of str
        What a person should know about the guesses.
    """

    name: str
    number: NumberTime
    start: datetime | None = None
    notes: tuple[str, ...] = ()

    def seconds(self, column: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
        """Return values of the column in seconds."""
        return self.number.seconds(plain_numbers(column, self.name))


def plain_numbers(column: pa.Array | pa.ChunkedArray, name: str) -> NDArray[Any]:
    """Return the numbers of a time column as they are stored, or raise if some are missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count:
        raise InvalidInputError(
            f"the time column {name!r} has rows without a time; write their times into a copy of "
            "the file, or, where the rows are samples that follow each other evenly, give fs= in "
            "Hz and time=None"
        )
    if pa.types.is_temporal(column.type):
        column = pc.cast(column, pa.int64())
    elif pa.types.is_decimal(column.type):
        column = pc.cast(column, pa.float64())
    values = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(False)
    numbers: NDArray[Any] = values
    return numbers


def find_time(
    source: ParquetSource, wanted: str | int | None, auto: str, index: list[str]
) -> str | None:
    """Return the name of the time column, None if there is none."""
    import pyarrow.types as pt

    schema = source.schema
    if wanted is None:
        return None
    if wanted != auto:
        if isinstance(wanted, int) and not isinstance(wanted, bool):
            place = wanted + len(schema) if wanted < 0 else wanted
            if 0 <= place < len(schema):
                return _only(source, str(schema[place].name))
        if wanted in schema.names:
            return _only(source, str(wanted))
        known = ", ".join(map(repr, schema.names))
        raise InvalidInputError(f"there is no column {wanted!r}; the columns are {known}")
    times = Counter(schema.names)
    fields = [field for field in schema if times[field.name] == 1]
    stamps = [f.name for f in fields if pt.is_timestamp(f.type)]
    named = [name for name in index if name in stamps]
    if named or stamps:
        return str((named or stamps)[0])
    numeric = [f.name for f in fields if pt.is_integer(f.type) or pt.is_floating(f.type)]
    told = [name for name in numeric if is_time_name(*name_and_units(name))]
    told.sort(key=lambda name: unit_of_words(*name_and_units(name)) == "sample")
    told += [name for name in index if name in numeric and name not in told]
    return str(told[0]) if told else None


def _only(source: ParquetSource, name: str) -> str:
    times = source.schema.names.count(name)
    if times > 1:
        raise InvalidInputError(
            f"{source.file.path}: {times} columns are named {name!r}, so none of them can be told "
            "as the time; give them names of their own in a copy of the file, or give fs= and "
            "time=None"
        )
    return name


def read_time_column(
    source: ParquetSource, name: str, time_unit: str | None, fs: float | None, units: str
) -> tuple[TimeColumn, TimeBase]:
    """Return how the column becomes seconds, and the rate and first time it begins with."""
    import pyarrow.types as pt

    kind = source.schema.field(name).type
    first = next(time_batches(source, name), None)
    if first is None or not len(first):
        raise FormatError(
            f"{source.file.path}: the Parquet file is damaged: it announces {source.n_rows} rows, "
            "but none can be read; get the file anew"
        )
    numeric = pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind)
    if not (numeric or pt.is_timestamp(kind)):
        raise FormatError(
            f"the column {name!r} ({kind}) is no time: it must hold timestamps or numbers"
        )
    values = plain_numbers(first, name)
    if pt.is_timestamp(kind):
        per_second = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        start, wrong = _moment(int(values[0]), per_second, kind.tz)
        column = TimeColumn(
            name, NumberTime(per_second, kind.unit, origin=int(values[0])), start, wrong
        )
    else:
        shown, told_units = name_and_units(name)
        told = time_unit or unit_of_words(shown, units or told_units)
        number, notes = number_time(values, told, named=is_time_name(shown, units), fs=fs)
        column = TimeColumn(name, number, number.start(), tuple(notes))
    grid = GridFinder(fs)
    grid.feed(column.number.seconds(values), 1)
    found = grid.timebase()
    return column, regular(found.fs, 0, found.start)


def _moment(
    value: int, per_second: float, zone: str | None
) -> tuple[datetime | None, tuple[str, ...]]:
    """Return a timestamp as a datetime, in its zone if it has one, and what is wrong with it."""
    import pyarrow as pa

    try:
        moment = _EPOCH + timedelta(microseconds=value * 1_000_000 // int(per_second))
    except OverflowError:
        years = value / per_second / (365.25 * 86400)
        return None, (f"the first time lies {years:.4g} years from 1970, which is no date",)
    if zone is None:
        return moment.replace(tzinfo=None), ()
    try:
        return moment.astimezone(pa.lib.string_to_tzinfo(zone)), ()
    except (pa.ArrowException, OverflowError):
        return moment, (f"the time zone {zone!r} is not known here; the start is given in UTC",)


def time_batches(source: ParquetSource, name: str) -> Iterator[pa.Array]:
    """Go through the time column in bounded pieces."""
    n_rows = 0
    with source.reader() as reader:
        for batch in reader.iter_batches(BATCH_ROWS, columns=[name], use_threads=False):
            n_rows += batch.num_rows
            yield batch.column(0)
        if n_rows != source.n_rows:
            raise FormatError(
                f"{source.file.path}: the Parquet file is damaged: it announces {source.n_rows} "
                f"rows, but {name!r} has {n_rows} values; get the file anew"
            )


def timebase_of_statistics(source: ParquetSource, column: TimeColumn, fs: float) -> TimeBase | None:
    """Return the time base of a file without gaps, told from the row groups' first and last time.

    None if the statistics are missing, or if ``fs``, as the first rows have it, does not lead from
    the first time of all to the last: there may be gaps inside of row groups.
    """
    spans = _spans(source, column)
    if spans is None or source.n_rows < 2:  # noqa: PLR2004
        return None
    firsts, lasts = spans
    counts = np.diff(source.first_rows)
    held = counts > 0
    firsts, lasts, counts = firsts[held], lasts[held], counts[held]
    begin = source.first_rows[:-1][held]
    start = float(firsts[0]) + 0.0  # statistics write a 0 as -0
    fit_first = np.abs((firsts - start) * fs - begin)
    fit_last = np.abs((lasts - start) * fs - (begin + counts - 1))
    if max(fit_first.max(), fit_last.max()) > _NEAR:
        return None
    return regular(fs, source.n_rows, start)


def _spans(
    source: ParquetSource, column: TimeColumn
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return first and last time of every row group in seconds, from the statistics."""
    firsts, lasts = [], []
    for group in range(source.metadata.num_row_groups):
        statistics = statistics_of(source, column.name, group)
        if statistics is None or not statistics.has_min_max or statistics.null_count:
            return None
        with arrow_errors(source.file):
            firsts.append(statistics.min_raw)
            lasts.append(statistics.max_raw)
    if not firsts or not all(isinstance(value, int | float) for value in (*firsts, *lasts)):
        return None
    return (
        column.number.seconds(np.array(firsts)),
        column.number.seconds(np.array(lasts)),
    )


def statistics_of(source: ParquetSource, name: str, group: int) -> Any | None:
    """Return the statistics of a column in a row group, None if there are none."""
    position = column_positions(source).get(name)
    if position is None:
        return None
    chunk = source.metadata.row_group(group).column(position)
    with arrow_errors(source.file):
        return chunk.statistics if chunk.is_stats_set else None


def column_positions(source: ParquetSource) -> dict[str, int]:
    """Return the place of each plain column among the leaves of the schema."""
    leaves = source.metadata.schema
    return {leaves.column(k).path: k for k in range(len(leaves))}
