"""Parquet files: columns are read by row group, where they are needed."""

from __future__ import annotations

import json
import weakref
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.names import checked_choice, checked_once, checked_units
from vital_widgets.core.recording import Recording
from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.timebase import TimeBase, checked_rate, regular
from vital_widgets.errors import FormatError, InvalidInputError, VitalError
from vital_widgets.io.ingest import Batch, Ingest
from vital_widgets.io.parquet.columns import (
    ParquetColumn,
    ParquetSource,
    arrow_errors,
    native_dtype,
    to_native,
)
from vital_widgets.io.parquet.times import (
    BATCH_ROWS,
    TimeColumn,
    column_positions,
    find_time,
    read_time_column,
    statistics_of,
    time_batches,
    timebase_of_statistics,
)
from vital_widgets.io.text.cells import name_and_units, unique_names
from vital_widgets.io.text.numbertime import UNIT_RATES
from vital_widgets.runtime.fileerrors import telling
from vital_widgets.runtime.files import fingerprint
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

NAME = "Parquet"
EXTENSIONS = (".parquet", ".pq", ".parq")
MAGIC = b"PAR1"
AUTO = "auto"
LARGEST_GROUP = 1 << 26  # bytes of one decoded column of a row group that are read at random
_VERSION = 1
_SHOWN = 40  # characters of odd metadata that a note repeats
_AT_ONCE = 1 << 18  # rows whose times are read before `open_file` returns


def sniff(head: bytes, path: Path) -> bool:
    """Whether the file begins as a Parquet file does."""
    del path
    return head.startswith(MAGIC)


def open_file(
    path: Path,
    *,
    time: str | int | None = AUTO,
    time_unit: str | None = None,
    fs: float | None = None,
    channels: Sequence[str] | None = None,
    units: str | Mapping[str, str] | None = None,
) -> Recording:
    """Open a Parquet file; each column of numbers is a channel.

    Parameters
    ----------
    time : str, int or None
        Column of the times: timestamps or numbers. Found if not given; None if rows are only
        counted, which needs ``fs``.
    time_unit : {'s', 'ms', 'us', 'ns', 'min', 'h', 'd', 'sample'}
        What a time column of numbers counts.
    fs : float
        Sampling rate in Hz. Needed where there is no time column and no metadata tell it.
    channels : sequence of str
        Columns to show; all that hold numbers if not given.
    units : str or mapping of str to str
        Units of all channels, or by channel name.

    Returns
    -------
    Recording
        With native dtypes: integers stay integers, also where some are null.
    """
    options = (time, time_unit, fs, channels, units)
    rate = None if fs is None else checked_rate(fs)
    checked_choice(channels)
    if time_unit is not None and time_unit not in UNIT_RATES and time_unit != "sample":
        accepted = ", ".join(map(repr, (*UNIT_RATES, "sample")))
        raise InvalidInputError(f"time_unit={time_unit!r} is unknown; give one of {accepted}")
    key = fingerprint(path, (NAME, _VERSION, options))
    source = ParquetSource(path, key)
    if not source.n_rows:
        raise FormatError(f"{path}: the table has no rows")
    about = _about(source)
    rate = rate or about.fs
    time_name = find_time(source, time, AUTO, about.index)
    if time_name is None and rate is None:
        shown = ", ".join(f"{field.name!r} ({field.type})" for field in source.schema)
        raise InvalidInputError(
            f"{path} has no time column, and its metadata do not say the sampling rate: give "
            f"fs=... in Hz (or time= if one of the columns is time). Columns found: {shown}"
        )
    columns, notes = _columns(source, time_name, channels)
    clock: TimeColumn | None = None
    if time_name is None:
        assert rate is not None
        first = regular(rate, 0)
    else:
        clock, first = read_time_column(
            source, time_name, time_unit, rate, about.units.get(time_name, "")
        )
    names, renamed = unique_names([name_and_units(column.name)[0] for column in columns])
    checked_units(units, [*names, *(column.name for column in columns)])
    plan = _Plan(source, columns, clock, rate, first)
    samples: Sequence[Any] = columns
    ingest: Ingest | None = None
    task: Task[None] | None
    if _largest_group(source, columns) > LARGEST_GROUP:
        ingest = Ingest(key, path.name, [column.dtype for column in columns], plan.rows)
        samples = [ingest.column(k) for k in range(len(columns))]
        task = ingest.task if ingest.stored is None else None
        notes.append(
            "a row group is too large to be read at random, so the file is read into the cache "
            "once; writing it with row groups of about a million rows avoids that"
        )
        timebase = first
    else:
        timebase, task = _timebase(plan, path.name, notes)
    recording = Recording(
        path.name,
        [
            Channel(
                name,
                held,
                timebase,
                _units(name, column.name, units, about),
                missing=column.missing,
                ready=task,
            )
            for name, column, held in zip(names, columns, samples, strict=True)
        ],
        path=path,
        start=clock.start if clock is not None else None,
        metadata=about.metadata,
        notes=[*(clock.notes if clock is not None else ()), *about.notes, *notes, *renamed],
        task=task,
        fingerprint=key,
        on_close=partial(_close, source, ingest),
        files=[source.file] if ingest is None else (),
    )
    if ingest is not None:
        ingest.attach(recording)
    elif task is not None:
        plan.users = [weakref.ref(recording.origin), *map(weakref.ref, recording.channels.values())]
    if task is not None:
        task.start()
    return recording


def _close(source: ParquetSource, ingest: Ingest | None) -> None:
    source.close()
    if ingest is not None:
        ingest.close()


@dataclass
class _About:
    """What the metadata of the file say."""

    fs: float | None
    units: dict[str, str]
    index: list[str]
    metadata: dict[str, Any]
    notes: list[str]


class _Plan:
    """What is needed to go through the rows."""

    def __init__(
        self,
        source: ParquetSource,
        columns: list[ParquetColumn],
        clock: TimeColumn | None,
        fs: float | None,
        first: TimeBase,
    ) -> None:
        self.source = source
        self.columns = columns
        self.clock = clock
        self.fs = fs
        self.first = first
        self.users: list[weakref.ref[Any]] = []

    def rows(self) -> _ParquetRows:
        """Return the rows, not read yet."""
        return _ParquetRows(self)

    @telling("source.file.path")
    def read_times(self, task: Task[None]) -> None:
        """Find the time base from all times; done in the background."""
        grid = GridFinder(self.fs)
        assert self.clock is not None
        for piece in time_batches(self.source, self.clock.name):
            grid.feed(self.clock.seconds(piece), grid.n_rows + 1)
            task.report(grid.n_rows / self.source.n_rows)
            if all(user() is None for user in self.users):
                task.cancel()
            self._tell(grid.timebase())
        origin = self.users[0]()
        if origin is not None:
            origin.notes.extend(grid.notes())

    def _tell(self, timebase: TimeBase) -> None:
        for user in self.users[1:]:
            channel = user()
            if channel is not None:
                channel.timebase = timebase


class _ParquetRows:
    """Rows of the file as a `RowSource`."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._grid = GridFinder(plan.fs)
        self._n_rows = 0

    def batches(self) -> Iterator[Batch]:
        """Go through the rows once, in bounded memory."""
        plan = self._plan
        names = [column.name for column in plan.columns]
        wanted = [*names, plan.clock.name] if plan.clock is not None else names
        with plan.source.reader(buffered=True) as reader:
            for batch in reader.iter_batches(BATCH_ROWS, columns=wanted, use_threads=False):
                if plan.clock is not None:
                    times = plan.clock.seconds(batch.column(plan.clock.name))
                    self._grid.feed(times, self._n_rows + 1)
                self._n_rows += batch.num_rows
                yield Batch(
                    [to_native(batch.column(c.name), c.dtype, c.missing) for c in plan.columns],
                    self._n_rows / plan.source.n_rows,
                )
            if self._n_rows != plan.source.n_rows:
                raise FormatError(
                    f"{plan.source.file.path}: the Parquet file is damaged: it announces "
                    f"{plan.source.n_rows} rows, but {self._n_rows} can be read; get the file anew"
                )

    def timebase(self) -> TimeBase:
        """Time base of the rows given so far."""
        if self._plan.clock is not None:
            return self._grid.timebase()
        return regular(self._plan.first.fs, self._n_rows)

    def notes(self) -> list[str]:
        """Return what was met on the way."""
        return self._grid.notes() if self._plan.clock is not None else []


def _timebase(plan: _Plan, label: str, notes: list[str]) -> tuple[TimeBase, Task[None] | None]:
    """Return the time base, or what is known of it and the task that finds the rest."""
    source, clock = plan.source, plan.clock
    if clock is None:
        return regular(plan.first.fs, source.n_rows), None
    if source.n_rows > _AT_ONCE:
        told = timebase_of_statistics(source, clock, plan.first.fs)
        if told is not None:
            return told, None
        return plan.first, Task(plan.read_times, f"Reading the times of {label}")
    grid = GridFinder(plan.fs)
    for piece in time_batches(source, clock.name):
        grid.feed(clock.seconds(piece), grid.n_rows + 1)
    notes.extend(grid.notes())
    return grid.timebase(), None


def _columns(
    source: ParquetSource, time_name: str | None, channels: Sequence[str] | None
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
    if channels is not None:
        by_name = {name_and_units(name)[0]: name for name in columns} | {n: n for n in columns}
        wrong = [name for name in channels if name not in by_name]
        if wrong or not channels:
            known = ", ".join(map(repr, columns))
            raise InvalidInputError(
                f"channels={list(channels)!r}: no such column of numbers; there are {known}"
            )
        chosen = [by_name[name] for name in channels]
        checked_once(channels, chosen)
        return [columns[name] for name in chosen], []
    if not columns:
        raise FormatError(f"{source.file.path}: no column of numbers besides the time")
    notes = [f"columns without numbers are left out: {', '.join(left)}"] if left else []
    notes += [f"columns that share the name {name!r} are left out" for name in doubled]
    return list(columns.values()), notes


def _column(source: ParquetSource, name: str, kind: Any) -> ParquetColumn | None:
    import pyarrow.types as pt

    groups = range(source.metadata.num_row_groups)
    told = [statistics_of(source, name, group) for group in groups]
    known = [s for s in told if s is not None and s.has_null_count]
    nulls = len(known) < len(told) or any(s.null_count for s in known)
    if not source.schema.field(name).nullable:
        nulls = False
    ends = [s for s in known if s.has_min_max and pt.is_integer(kind)]
    complete = all(s.has_min_max or s.null_count == s.num_values + s.null_count for s in known)
    extremes = None
    if ends and complete and len(known) == len(told):
        with arrow_errors(source.file):
            extremes = min(s.min for s in ends), max(s.max for s in ends)
    found = native_dtype(kind, extremes, may_have_nulls=nulls)
    return None if found is None else ParquetColumn(source, name, *found)


def _largest_group(source: ParquetSource, columns: list[ParquetColumn]) -> int:
    rows = int(np.diff(source.first_rows).max())
    return rows * max(column.dtype.itemsize for column in columns)


def _units(name: str, column: str, units: str | Mapping[str, str] | None, about: _About) -> str:
    if isinstance(units, str):
        return units
    told = about.units.get(column) or name_and_units(column)[1]
    return told if units is None else units.get(name, units.get(column, told))


def _about(source: ParquetSource) -> _About:
    """Read units, sampling rate and index from the metadata of the file and its fields."""
    told: dict[str, Any] = {_text(k): _text(v) for k, v in (source.schema.metadata or {}).items()}
    told.pop("ARROW:schema", None)
    pandas = _mapping(_json(told.pop("pandas", "")))
    told |= _mapping(pandas.get("attributes"))
    units: dict[str, str] = {}
    common = told.get("units")
    by_name = common if isinstance(common, dict) else _json(str(common or ""))
    for field in source.schema:
        own = {_text(k): _text(v) for k, v in (field.metadata or {}).items()}
        value = own.get("units") or own.get("unit")
        if not value and isinstance(by_name, dict):
            value = by_name.get(field.name, "")
        if value and isinstance(value, str):
            units[field.name] = value
    fs, notes = None, []
    for name in ("fs", "sampling_rate", "sampling rate", "sfreq", "sample_rate"):
        if name in told:
            try:
                fs = checked_rate(told[name])
            except (VitalError, TypeError, ValueError, OverflowError):
                shown = str(told[name])[:_SHOWN]
                notes.append(f"the metadata say {name}={shown}, which is no sampling rate in Hz")
                continue
            break
    listed = pandas.get("index_columns")
    index = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    return _About(fs, units, index, told, notes)


def _mapping(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
