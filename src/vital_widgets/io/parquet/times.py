"""Find the time column of a Parquet file, and its time base."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import FormatError, InvalidInputError, VitalError
from vital_widgets.io.parquet.columns import arrow_errors
from vital_widgets.io.parquet.rawtimes import (
    PER_SECOND,
    cells_of,
    is_text,
    plain_numbers,
    raw_times,
)
from vital_widgets.io.text.cells import name_and_units
from vital_widgets.io.text.days import is_date_name, may_be_days
from vital_widgets.io.text.digits import DIGIT_KINDS, are_days, format_of_digits
from vital_widgets.io.text.numbers import is_time_name, number_time, unit_of_words
from vital_widgets.io.text.numbertime import NumberTime
from vital_widgets.io.text.readingplan import TimePlan, TimeReader
from vital_widgets.io.text.stampforms import CELLS, DAYS
from vital_widgets.io.text.times import StampFormat, find_format, start_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from vital_widgets.io.parquet.columns import ParquetSource

BATCH_ROWS = 1 << 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHTS = 2  # within the first rows, at which times of day start again
_NEAR = 0.25  # of an interval: how exactly the ends of a row group must fit


@dataclass(frozen=True)
class TimeColumn:
    """How a column becomes seconds.

    Attributes
    ----------
    name : str
        The column.
    plan : TimePlan
        Unit or format of its values; timestamps count from the first one.
    start : datetime or None
        Clock time of second 0.
    notes : tuple of str
        What was guessed.
    """

    name: str
    plan: TimePlan
    start: datetime | None = None
    notes: tuple[str, ...] = ()

    def reader(self) -> Callable[[pa.Array | pa.ChunkedArray], NDArray[np.float64]]:
        """Return a function that converts consecutive pieces of the column to seconds."""
        clock = TimeReader(self.plan)
        return lambda column: clock.seconds(raw_times(column, self.name, self.plan.stamp))


def find_time(
    source: ParquetSource,
    wanted: str | int | None,
    auto: str,
    index: list[str],
    fs: float | None,
) -> str | None:
    """Return the name of the time column, None if there is none.

    A column that is a time only by its type must fit a sampling rate that is stated.
    """
    if wanted is None:
        return None
    schema = source.schema
    if wanted != auto:
        if isinstance(wanted, int) and not isinstance(wanted, bool):
            place = wanted + len(schema) if wanted < 0 else wanted
            if 0 <= place < len(schema):
                return _only(source, str(schema[place].name))
        if wanted in schema.names:
            return _only(source, str(wanted))
        known = ", ".join(map(repr, schema.names))
        raise InvalidInputError(f"there is no column {wanted!r}; the columns are {known}")
    found = (
        name
        for name in _candidates(source, index)
        if fs is None or name in index or _is_named_time(source, name) or _fits(source, name, fs)
    )
    return next(found, None)


def _is_named_time(source: ParquetSource, name: str) -> bool:
    import pyarrow as pa

    return pa.types.is_timestamp(source.schema.field(name).type) or is_time_name(
        *name_and_units(name)
    )


def _fits(source: ParquetSource, name: str, fs: float) -> bool:
    try:
        read_time_column(source, name, None, fs, "")
    except VitalError:
        return False
    return True


def _candidates(source: ParquetSource, index: list[str]) -> Iterator[str]:
    """Yield the columns that may be the time, the most certain first."""
    import pyarrow.types as pt

    times = Counter(source.schema.names)
    fields = {str(f.name): f.type for f in source.schema if times[f.name] == 1}
    stamps = [name for name, kind in fields.items() if pt.is_timestamp(kind)]
    yield from sorted(stamps, key=lambda name: name not in index)
    numeric = [n for n, kind in fields.items() if pt.is_integer(kind) or pt.is_floating(kind)]
    typed = [n for n, kind in fields.items() if pt.is_duration(kind) or pt.is_time(kind)]
    named = [n for n in (*typed, *numeric) if is_time_name(*name_and_units(n))]
    named.sort(key=lambda name: unit_of_words(*name_and_units(name)) == "sample")
    named += [name for name in index if name in (*typed, *numeric) and name not in named]
    yield from named
    yield from (name for name in typed if name not in named and _rises(source, name))
    dates = [name for name in numeric if is_date_name(name) and _hold_dates(source, name)]
    yield from dates
    for name, kind in fields.items():
        if is_text(kind) and _written(source, name) is not None:
            yield name
        if pt.is_date(kind):
            cells = [
                cell for batch in islice(time_batches(source, name), 1) for cell in cells_of(batch)
            ]
            if len(cells) > 1 and len(set(cells)) == len(cells):
                yield name


def other_times(
    source: ParquetSource, name: str, time_unit: str | None, fs: float | None, index: list[str]
) -> list[str]:
    """Return the other columns that can be the time: they rise evenly in the first rows."""
    others = []
    for other in _candidates(source, index):
        if other == name or other in others:
            continue
        try:
            column, _ = read_time_column(source, other, time_unit, fs, "")
        except VitalError:
            continue
        times = column.reader()(next(time_batches(source, other)))
        if np.all(np.diff(times) > 0):
            others.append(other)
    return others


def _rises(source: ParquetSource, name: str) -> bool:
    """Whether the first values of a column of times rise, as lengths of events do not."""
    first = next(time_batches(source, name), None)
    if first is None or first.null_count:
        return False
    steps = np.diff(plain_numbers(first, name))
    falls = int(np.count_nonzero(steps < 0))
    return falls <= _MIDNIGHTS and (len(steps) == 0 or bool(np.any(steps > 0)))


def _hold_dates(source: ParquetSource, name: str) -> bool:
    first = next(time_batches(source, name), None)
    cells = [] if first is None else cells_of(first)
    differ = len(cells) > 1 and len(set(cells)) == len(cells)
    return differ and (are_days(cells) or may_be_days(np.array(cells, np.float64)))


def _written(source: ParquetSource, name: str) -> StampFormat | None:
    """Return the format of the texts of a column if they are date-times or clock times."""
    first = next(time_batches(source, name), None)
    if first is None or first.null_count:
        return None
    cells = cells_of(first)
    try:
        form, _ = find_format(cells, day_first=None, kinds=(*CELLS, *DAYS))
    except FormatError:
        return StampFormat("datetime")  # an error about these times is raised when they are read
    days = form is not None and form.kind in DAYS
    return None if days and len(set(cells)) < len(cells) else form


def _only(source: ParquetSource, name: str) -> str:
    times = source.schema.names.count(name)
    if times > 1:
        raise InvalidInputError(
            f"{source.file.path}: {times} columns are named {name!r}, so the time column "
            "cannot be identified; rename them in a copy of the file, or give fs= and time=None"
        )
    return name


def read_time_column(
    source: ParquetSource, name: str, time_unit: str | None, fs: float | None, units: str
) -> tuple[TimeColumn, TimeBase]:
    """Return the conversion of the column to seconds, and its first rate and time."""
    import pyarrow.types as pt

    kind = source.schema.field(name).type
    first = next(time_batches(source, name), None)
    if first is None or not len(first):
        raise FormatError(
            f"{source.file.path}: the Parquet file is damaged: it announces {source.n_rows} rows, "
            "but none can be read; obtain a new copy"
        )
    numeric = pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind)
    if pt.is_timestamp(kind):
        values = plain_numbers(first, name)
        per_second = PER_SECOND[kind.unit]
        start, wrong = _moment(int(values[0]), per_second, kind.tz)
        number = NumberTime(per_second, kind.unit, origin=int(values[0]))
        column = TimeColumn(name, TimePlan(number=number), start, wrong)
    elif pt.is_duration(kind):
        number = NumberTime(PER_SECOND[kind.unit], kind.unit)
        column = TimeColumn(name, TimePlan(number=number))
    elif pt.is_date(kind):
        day = int(raw_times(first, name, None)[0])
        number = NumberTime(1 / 86400, "d", day, _EPOCH.replace(tzinfo=None), zoned=False)
        column = TimeColumn(name, TimePlan(number=number), number.start())
    elif numeric:
        column = _of_numbers(first, name, time_unit, fs, units)
    else:
        column = _of_stamps(first, name, kind)
    days = [str(field.name) for field in source.schema if pt.is_date(field.type)]
    if column.plan.stamp is not None and column.plan.stamp.is_clock and days:
        note = f"the times of day in {name!r} are used without the dates in {days[0]!r}"
        column = replace(column, notes=(*column.notes, note))
    grid = GridFinder(fs)
    grid.feed(column.reader()(first), 1)
    found = grid.timebase()
    return column, regular(found.fs, 0, found.start)


def _of_numbers(
    first: pa.Array, name: str, time_unit: str | None, fs: float | None, units: str
) -> TimeColumn:
    shown, name_units = name_and_units(name)
    unit = time_unit or unit_of_words(shown, units or name_units)
    values = plain_numbers(first, name)
    cells = cells_of(first)
    if time_unit == "datetime":
        stamp, notes = find_format(cells, day_first=None, kinds=(*CELLS, *DIGIT_KINDS))
        if stamp is None:
            raise InvalidInputError(
                f"time_unit='datetime': the numbers of {name!r} ({cells[0]}, ...) are not dates or "
                "clock times"
            )
        return _stamped(first, name, stamp, notes)
    if time_unit is None:
        stamp, notes = format_of_digits(cells, cells, has_unit=unit is not None)
        if stamp is not None:
            return _stamped(first, name, stamp, notes)
    number, notes = number_time(values, unit, named=is_time_name(shown, units), fs=fs, name=shown)
    return TimeColumn(name, TimePlan(number=number), number.start(), tuple(notes))


def _of_stamps(first: pa.Array, name: str, kind: pa.DataType) -> TimeColumn:
    """Return the conversion of times of day or texts to seconds, or raise if they are not times."""
    import pyarrow.types as pt

    if pt.is_time(kind):
        return _stamped(first, name, StampFormat("clock"), [])
    if is_text(kind):
        cells = cells_of(first)
        stamp, notes = find_format(cells, day_first=None, kinds=(*CELLS, *DAYS))
        if stamp is not None:
            return _stamped(first, name, stamp, notes)
    raise FormatError(
        f"the column {name!r} ({kind}) is not a time column: give one with timestamps, times of "
        "day, durations, numbers, or texts such as 2024-02-13T10:00:01.5"
    )


def _stamped(first: pa.Array, name: str, stamp: StampFormat, notes: list[str]) -> TimeColumn:
    import pyarrow.types as pt

    raw = raw_times(first, name, stamp)
    plan = TimePlan(stamp=stamp, origin_ns=int(raw[0]))
    start = None if pt.is_time(first.type) else start_of(cells_of(first)[0], int(raw[0]), stamp)
    return TimeColumn(name, plan, start, tuple(notes))


def _moment(
    value: int, per_second: float, zone: str | None
) -> tuple[datetime | None, tuple[str, ...]]:
    """Return a timestamp as a datetime, in its zone if it has one, and notes on faults."""
    import pyarrow as pa

    try:
        moment = _EPOCH + timedelta(microseconds=value * 1_000_000 // int(per_second))
    except OverflowError:
        years = value / per_second / (365.25 * 86400)
        return None, (
            f"the first time lies {years:.4g} years from 1970, which is not a valid date",
        )
    if zone is None:
        return moment.replace(tzinfo=None), ()
    try:
        return moment.astimezone(pa.lib.string_to_tzinfo(zone)), ()
    except (pa.ArrowException, OverflowError):
        return moment, (f"the time zone {zone!r} is unknown; the start is given in UTC",)


def time_batches(source: ParquetSource, name: str) -> Iterator[pa.Array]:
    """Yield the time column in pieces of limited size."""
    n_rows = 0
    with source.reader() as reader:
        for batch in reader.iter_batches(BATCH_ROWS, columns=[name], use_threads=False):
            n_rows += batch.num_rows
            yield batch.column(0)
        if n_rows != source.n_rows:
            raise FormatError(
                f"{source.file.path}: the Parquet file is damaged: it announces {source.n_rows} "
                f"rows, but {name!r} has {n_rows} values; obtain a new copy"
            )


def timebase_of_statistics(source: ParquetSource, column: TimeColumn, fs: float) -> TimeBase | None:
    """Return the time base of a file without gaps, from the first and last time of each row group.

    None if the statistics are missing, or if ``fs`` of the first rows does not lead from the first
    time to the last, because there may be gaps within row groups.
    """
    if column.plan.number is None:
        return None
    spans = _spans(source, column.name, column.plan.number)
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
    source: ParquetSource, name: str, number: NumberTime
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return first and last time of every row group in seconds, from the statistics."""
    firsts, lasts = [], []
    for group in range(source.metadata.num_row_groups):
        statistics = statistics_of(source, name, group)
        if statistics is None or not statistics.has_min_max or statistics.null_count:
            return None
        with arrow_errors(source.file):
            firsts.append(statistics.min_raw)
            lasts.append(statistics.max_raw)
    if not firsts or not all(isinstance(value, int | float) for value in (*firsts, *lasts)):
        return None
    return (
        number.seconds(np.array(firsts)),
        number.seconds(np.array(lasts)),
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
