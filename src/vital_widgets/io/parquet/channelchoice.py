"""Choose the columns of a Parquet file that are channels."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from vital_widgets.core.names import checked_once
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.parquet.columns import (
    ParquetColumn,
    ParquetSource,
    arrow_errors,
    native_dtype,
)
from vital_widgets.io.parquet.times import column_positions, statistics_of
from vital_widgets.io.text.cells import name_and_units

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def chosen_columns(
    source: ParquetSource, time_name: str | None, channels: Sequence[str | int] | None
) -> tuple[list[ParquetColumn], list[str]]:
    """Return the columns that are channels, and a note about those left out."""
    plain = column_positions(source)
    columns: dict[str, ParquetColumn] = {}
    left = []
    times = Counter(source.schema.names)
    doubled = [name for name, n in times.items() if n > 1]
    for field in source.schema:
        if field.name == time_name or times[field.name] > 1:
            continue
        column = None
        if field.name in plain:
            column = _column(source, field.name, field.type)
        if column is None:
            left.append(f"{field.name!r} ({field.type})")
        else:
            columns[field.name] = column
    if isinstance(channels, str):
        channels = [channels]
    if channels is not None:
        chosen = _asked(source, columns, time_name, channels)
        return [columns[name] for name in chosen], []
    if not columns:
        raise FormatError(f"{source.file.path}: the file has no column of numbers besides the time")
    notes = [f"columns without numbers are left out: {', '.join(left)}"] if left else []
    notes += [f"several columns have the name {name!r}; they are left out" for name in doubled]
    return list(columns.values()), notes


def _asked(
    source: ParquetSource,
    columns: Mapping[str, ParquetColumn],
    time_name: str | None,
    channels: Sequence[str | int],
) -> list[str]:
    """Return the columns requested by name or number."""
    names = source.schema.names
    by_name = {name_and_units(name)[0]: name for name in columns} | {n: n for n in columns}
    chosen = []
    for wanted in channels:
        number = isinstance(wanted, int) and not isinstance(wanted, bool)
        if number and not -len(names) <= int(wanted) < len(names):
            known = ", ".join(f"{k}: {name!r}" for k, name in enumerate(names))
            raise InvalidInputError(f"there is no column {wanted}; the columns are {known}")
        name = str(names[int(wanted)] if number else wanted)
        if name == time_name:
            raise InvalidInputError(
                f"channels={list(channels)!r}: {name!r} is the time column and not a channel; "
                "leave it out, or give fs= in Hz and time=None to read it as a channel"
            )
        if name not in by_name:
            known = ", ".join(map(repr, columns))
            raise InvalidInputError(
                f"channels={list(channels)!r}: {name!r} is not a column of numbers; give "
                f"some of {known}"
            )
        chosen.append(by_name[name])
    if not chosen:
        raise InvalidInputError(f"channels={list(channels)!r} names no column; name at least one")
    checked_once(channels, chosen)
    return chosen


def _column(source: ParquetSource, name: str, kind: Any) -> ParquetColumn | None:
    import pyarrow.types as pt

    groups = range(source.metadata.num_row_groups)
    statistics = [statistics_of(source, name, group) for group in groups]
    known = [s for s in statistics if s is not None and s.has_null_count]
    nulls = len(known) < len(statistics) or any(s.null_count for s in known)
    if not source.schema.field(name).nullable:
        nulls = False
    ends = [s for s in known if s.has_min_max and pt.is_integer(kind)]
    complete = all(s.has_min_max or s.null_count == s.num_values + s.null_count for s in known)
    extremes = None
    if ends and complete and len(known) == len(statistics):
        with arrow_errors(source.file):
            extremes = min(s.min for s in ends), max(s.max for s in ends)
    found = native_dtype(kind, extremes, may_have_nulls=nulls)
    return None if found is None else ParquetColumn(source, name, *found)
