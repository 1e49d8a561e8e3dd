"""Parquet files: columns are read by row group, when they are needed."""

from __future__ import annotations

import json
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.names import checked_choice, checked_units
from vital_widgets.core.recording import Recording
from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.timebase import TimeBase, checked_rate, regular
from vital_widgets.errors import FormatError, InvalidInputError, VitalError
from vital_widgets.io.ingest import Batch, Ingest
from vital_widgets.io.parquet.channelchoice import chosen_columns
from vital_widgets.io.parquet.columns import ParquetColumn, ParquetSource, to_native
from vital_widgets.io.parquet.times import (
    BATCH_ROWS,
    TimeColumn,
    find_time,
    other_times,
    read_time_column,
    time_batches,
    timebase_of_statistics,
)
from vital_widgets.io.text.cells import name_and_units, unique_names
from vital_widgets.io.text.numbertime import UNIT_RATES
from vital_widgets.runtime.fileerrors import with_file_errors
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
_VERSION = 2
_TIME_UNITS = (*UNIT_RATES, "sample", "datetime")
_SHOWN = 40  # characters of invalid metadata that a note quotes
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
    channels: Sequence[str | int] | None = None,
    units: str | Mapping[str, str] | None = None,
) -> Recording:
    """Open a Parquet file; each column of numbers becomes a channel.

    Parameters
    ----------
    time : str, int or None
        Column of the times: timestamps or numbers. Found if not given; None to compute the times
        from ``fs``.
    time_unit : {'s', 'ms', 'us', 'ns', 'min', 'h', 'd', 'sample', 'datetime'}
        Unit of a time column of numbers.
    fs : float
        Sampling rate in Hz. Needed if there is no time column and the metadata give no rate.
    channels : sequence of str or int
        Columns to show, by name or number (from 0); all that hold numbers if not given.
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
    if time_unit is not None and time_unit not in _TIME_UNITS:
        accepted = ", ".join(map(repr, _TIME_UNITS))
        raise InvalidInputError(f"time_unit={time_unit!r} is unknown; give one of {accepted}")
    key = fingerprint(path, (NAME, _VERSION, options))
    source = ParquetSource(path, key)
    if not source.n_rows:
        raise FormatError(f"{path}: the table has no rows, so there is nothing to show")
    about = _about(source)
    rate = rate or about.fs
    time_name = find_time(source, time, AUTO, about.index, rate)
    if time_name is None and rate is None:
        shown = ", ".join(f"{field.name!r} ({field.type})" for field in source.schema)
        raise InvalidInputError(
            f"{path} has no time column, and its metadata do not state the sampling rate: give "
            f"fs=... in Hz, or time= if one of the columns is time. Columns found: {shown}"
        )
    columns, notes = chosen_columns(source, time_name, channels)
    clock: TimeColumn | None = None
    if time_name is None:
        assert rate is not None
        first = regular(rate, 0)
    else:
        asked = (time_unit, rate)
        with _naming_others(source, time_name, asked, about.index):
            clock, first = read_time_column(
                source, time_name, *asked, about.units.get(time_name, "")
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
            "the row groups are too large for random access, so the file is read into the cache "
            "once; to avoid this, write it with row groups of about a million rows"
        )
        timebase = first
    else:
        with _naming_others(source, time_name, (time_unit, rate), about.index):
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


@contextmanager
def _naming_others(
    source: ParquetSource,
    name: str | None,
    asked: tuple[str | None, float | None],
    index: list[str],
) -> Iterator[None]:
    """Add the other columns that can be the time to an error about the times."""
    try:
        yield
    except InvalidInputError as error:
        others = [] if name is None else other_times(source, name, *asked, index)
        if not others:
            raise
        shown = " or ".join(f"time={other!r}" for other in others[:3])
        raise InvalidInputError(
            f"{error}. Another column holds times that rise evenly: {shown}"
        ) from error


def _close(source: ParquetSource, ingest: Ingest | None) -> None:
    source.close()
    if ingest is not None:
        ingest.close()


@dataclass
class _About:
    """The relevant metadata of the file."""

    fs: float | None
    units: dict[str, str]
    index: list[str]
    metadata: dict[str, Any]
    notes: list[str]


class _Plan:
    """The information needed to read the rows."""

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

    @with_file_errors("source.file.path")
    def read_times(self, task: Task[None]) -> None:
        """Find the time base from all times; done in the background."""
        grid = GridFinder(self.fs)
        assert self.clock is not None
        seconds = self.clock.reader()
        for piece in time_batches(self.source, self.clock.name):
            grid.feed(seconds(piece), grid.n_rows + 1)
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
        """Yield the rows once, in bounded memory."""
        plan = self._plan
        names = [column.name for column in plan.columns]
        wanted = [*names, plan.clock.name] if plan.clock is not None else names
        seconds = None if plan.clock is None else plan.clock.reader()
        with plan.source.reader(buffered=True) as reader:
            for batch in reader.iter_batches(BATCH_ROWS, columns=wanted, use_threads=False):
                if plan.clock is not None and seconds is not None:
                    self._grid.feed(seconds(batch.column(plan.clock.name)), self._n_rows + 1)
                self._n_rows += batch.num_rows
                yield Batch(
                    [to_native(batch.column(c.name), c.dtype, c.missing) for c in plan.columns],
                    self._n_rows / plan.source.n_rows,
                    plan.source.file.size,
                )
            if self._n_rows != plan.source.n_rows:
                raise FormatError(
                    f"{plan.source.file.path}: the Parquet file is damaged: it announces "
                    f"{plan.source.n_rows} rows, but {self._n_rows} can be read; obtain a new copy"
                )

    def timebase(self) -> TimeBase:
        """Time base of the rows given so far."""
        if self._plan.clock is not None:
            return self._grid.timebase()
        return regular(self._plan.first.fs, self._n_rows)

    def notes(self) -> list[str]:
        """Return the notes about the times."""
        return self._grid.notes() if self._plan.clock is not None else []


def _timebase(plan: _Plan, label: str, notes: list[str]) -> tuple[TimeBase, Task[None] | None]:
    """Return the time base, or a first one and the task that finds the final one."""
    source, clock = plan.source, plan.clock
    if clock is None:
        return regular(plan.first.fs, source.n_rows), None
    if source.n_rows > _AT_ONCE:
        base = timebase_of_statistics(source, clock, plan.first.fs)
        if base is not None:
            return base, None
        return plan.first, Task(plan.read_times, f"Reading the times of {label}")
    grid, seconds = GridFinder(plan.fs), clock.reader()
    for piece in time_batches(source, clock.name):
        grid.feed(seconds(piece), grid.n_rows + 1)
    notes.extend(grid.notes())
    return grid.timebase(), None


def _largest_group(source: ParquetSource, columns: list[ParquetColumn]) -> int:
    rows = int(np.diff(source.first_rows).max())
    return rows * max(column.dtype.itemsize for column in columns)


def _units(name: str, column: str, units: str | Mapping[str, str] | None, about: _About) -> str:
    if isinstance(units, str):
        return units
    file_units = about.units.get(column) or name_and_units(column)[1]
    return file_units if units is None else units.get(name, units.get(column, file_units))


def _about(source: ParquetSource) -> _About:
    """Read units, sampling rate and index from the metadata of the file and its fields."""
    metadata: dict[str, Any] = {
        _text(k): _text(v) for k, v in (source.schema.metadata or {}).items()
    }
    metadata.pop("ARROW:schema", None)
    pandas = _mapping(_json(metadata.pop("pandas", "")))
    metadata |= _mapping(pandas.get("attributes"))
    units: dict[str, str] = {}
    common = metadata.get("units")
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
        if name in metadata:
            try:
                fs = checked_rate(metadata[name])
            except (VitalError, TypeError, ValueError, OverflowError):
                shown = str(metadata[name])[:_SHOWN]
                notes.append(
                    f"the metadata state {name}={shown}, which is not a sampling rate in Hz"
                )
                continue
            break
    listed = pandas.get("index_columns")
    index = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    return _About(fs, units, index, metadata, notes)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
