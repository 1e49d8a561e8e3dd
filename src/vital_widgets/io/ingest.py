"""Read a file without random access into the cache folder, once, in the background."""

from __future__ import annotations

import contextlib
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    StoreError,
    TaskCancelledError,
    VitalError,
)
from vital_widgets.io.stored_table import FILE_NAME, StoredColumn, StoredTable, TableWriter
from vital_widgets.runtime.cachebuild import load_or_build
from vital_widgets.runtime.cachefolder import CacheFolder, guarded_write
from vital_widgets.runtime.fileerrors import with_file_errors
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.runtime.cachefolder import CacheEntry
    from vital_widgets.runtime.cachesums import FileSums

KIND = "samples"
EXPECTED = "expected_duration_s"
META, RUNS = "table.json", "runs.bin"
_VERSION = 3
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Batch:
    """Some rows: one array per column, in native dtype, and the share of the file read so far.

    ``file_bytes`` is the size of the file.
    """

    columns: Sequence[NDArray[Any]]
    progress: float
    file_bytes: int


class RowSource(Protocol):
    """Interface of a format: its rows from first to last, and their time base and notes."""

    def batches(self) -> Iterator[Batch]:
        """Yield the rows once, in bounded memory."""

    def timebase(self) -> TimeBase:
        """Time base of the rows given so far."""

    def notes(self) -> list[str]:
        """Sentences for `Recording.notes`, once all rows were given."""


@runtime_checkable
class MarkedRows(Protocol):
    """A `RowSource` with marks between its rows."""

    def marks(self) -> list[tuple[float, str]]:
        """Seconds and texts of the marks, once all rows were given."""


@dataclass
class Ingest:
    """Reads one file into a `StoredTable`, or finds the table in the cache.

    Create it, create the channels from `column`, then `attach` them with their recording and call
    `start`. The task holds no reference to them: when a recording is no longer used, it is freed
    and its reading stops.

    Parameters
    ----------
    key : str
        Fingerprint of file and options.
    label : str
        Name of the file in messages.
    dtypes : sequence of dtype
        Native dtype of each column.
    rows : callable
        Makes the row source when the reading begins.
    """

    key: str
    label: str
    dtypes: Sequence[np.dtype[Any]]
    rows: Callable[[], RowSource]
    table: StoredTable = field(init=False)
    task: Task[None] = field(init=False)
    stored: _Stored | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Check whether the table is in the cache already."""
        self.table = StoredTable(self.key, self.dtypes)
        self._users: list[weakref.ref[Any]] = []
        entry = CacheFolder().entry(KIND, self.key)
        self._in_use = entry.use()  # so that the cache does not evict a table in use
        weakref.finalize(self.table, self._in_use.release)
        self.stored = _load(entry, self.table)
        self.task = Task(self._work, f"Reading {self.label}")

    def column(self, k: int) -> StoredColumn:
        """Return the samples of column ``k``."""
        return StoredColumn(self.table, k)

    def attach(self, recording: Recording) -> None:
        """Register the objects whose time bases, notes and metadata are updated."""
        self._users = [weakref.ref(recording.origin)]
        self._users += map(weakref.ref, recording.channels.values())
        if self.stored is not None:
            self._tell_end(self.stored.timebase, self.stored.notes)

    def annotations(self) -> Annotations:
        """Return the marks between the rows when all are read; raise the error that ended this."""
        if self.stored is None:
            self.task.result()
        marks = [] if self.stored is None else self.stored.marks
        return Annotations([onset for onset, _ in marks], [text for _, text in marks])

    def start(self) -> None:
        """Begin to read in the background, unless the table is in the cache."""
        self.task.start()

    def close(self) -> None:
        """Release the table; the cache may evict it from now on."""
        self.table.close()
        self._in_use.release()

    @with_file_errors("label")
    def _work(self, task: Task[None]) -> None:
        if self.stored is not None:
            return
        entry = CacheFolder().entry(KIND, self.key)

        def wait() -> None:
            task.report(0.0, "another program is reading this file; waiting for it")
            task.wait_cancelled(_POLL_SECONDS)

        stored = load_or_build(
            entry, lambda: _load(entry, self.table), lambda: self._build(task, entry), wait
        )
        self.stored = stored
        self._tell_end(stored.timebase, stored.notes)

    def _build(self, task: Task[None], entry: CacheEntry) -> _Stored:
        try:
            return self._write_table(task, entry)
        except BaseException as error:
            self.table.fail(_failure(error, self.label))  # before its file is removed
            self.table.close()
            entry.discard()
            raise

    @with_file_errors("label")
    def _write_table(self, task: Task[None], entry: CacheEntry) -> _Stored:
        rows = self.rows()
        path = entry.partial_dir / FILE_NAME
        with guarded_write(path):
            writer = TableWriter(self.table, path)
        with contextlib.closing(writer):
            with _naming(self.label):
                self._read_all(task, rows, writer, entry)
                marks = rows.marks() if isinstance(rows, MarkedRows) else []
                stored = _Stored(rows.timebase(), rows.notes(), marks)
            with guarded_write(path):
                writer.finish()
        entry.check_room(f"the samples of {self.label}")
        _save(entry, stored)
        self.table.before_move()
        entry.finish()
        self.table.moved(entry.complete_dir / FILE_NAME)
        return stored

    def _read_all(
        self, task: Task[None], rows: RowSource, writer: TableWriter, entry: CacheEntry
    ) -> None:
        batches = rows.batches()
        try:
            for batch in batches:
                with guarded_write(entry.partial_dir / FILE_NAME):
                    writer.append(batch.columns)
                entry.check_room(f"the samples of {self.label}")
                self._tell_growth(rows.timebase())
                if self._users and all(user() is None for user in self._users):
                    task.cancel()
                task.report(
                    batch.progress,
                    f"{self.table.n_frames} rows",
                    bytes_done=round(batch.progress * batch.file_bytes),
                    bytes_total=batch.file_bytes,
                )
        finally:
            close = getattr(batches, "close", None)
            if close is not None:
                close()

    def _channels(self) -> list[Channel]:
        channels = (user() for user in self._users[1:])
        return [channel for channel in channels if channel is not None]

    def _tell_growth(self, timebase: TimeBase) -> None:
        n_rows = self.table.n_frames
        if n_rows:
            known = first_samples(timebase, n_rows)
            for channel in self._channels():
                channel.timebase = known

    def _tell_end(self, timebase: TimeBase, notes: list[str]) -> None:
        for channel in self._channels():
            channel.timebase = timebase
        origin = self._users[0]() if self._users else None
        if origin is not None:
            origin.notes.extend(notes)
            origin.metadata.pop(EXPECTED, None)


@contextlib.contextmanager
def _naming(label: str) -> Iterator[None]:
    """Prepend the name of the file to errors about its content that lack it."""
    try:
        yield
    except (FormatError, InvalidInputError) as error:
        if label in str(error):
            raise
        raise type(error)(f"{label}: {error}") from error


def _failure(error: BaseException, label: str) -> VitalError:
    """Return the error that later reads of an incomplete table raise."""
    if isinstance(error, TaskCancelledError):
        return TaskCancelledError(f"reading {label} was cancelled; open it again to read it")
    if isinstance(error, VitalError):
        return error
    return StoreError(f"reading {label} failed: {type(error).__name__}: {error}")


@dataclass(frozen=True)
class _Stored:
    timebase: TimeBase
    notes: list[str]
    marks: list[tuple[float, str]]


def first_samples(timebase: TimeBase, n: int) -> TimeBase:
    """Return the time base of the first ``n`` samples."""
    if n >= timebase.n_samples:
        return timebase
    runs = max(int(np.searchsorted(timebase.starts, n)), 1)
    return TimeBase(timebase.fs, n, timebase.starts[:runs], timebase.onsets[:runs])


def _save(entry: CacheEntry, stored: _Stored) -> None:
    base = stored.timebase
    runs = np.array([base.starts.astype("<f8"), base.onsets.astype("<f8")])
    entry.write_bytes(RUNS, runs.tobytes())
    entry.write_json(
        META,
        {
            "version": _VERSION,
            "fs": base.fs,
            "n_rows": base.n_samples,
            "notes": stored.notes,
            "marks": stored.marks,
        },
    )


def _load(entry: CacheEntry, table: StoredTable) -> _Stored | None:
    """Open a finished table; None if there is none, or only an incomplete one."""

    def read(sums: dict[str, FileSums]) -> _Stored | None:
        meta = entry.read_json(META)
        if meta is None or meta["version"] != _VERSION:
            return None
        n_rows = int(meta["n_rows"])
        path = entry.complete_dir / FILE_NAME
        if path.stat().st_size != n_rows * sum(dtype.itemsize for dtype in table.dtypes):
            return None
        starts, onsets = np.frombuffer(entry.read_bytes(RUNS), "<f8").reshape(2, -1)
        timebase = TimeBase(meta["fs"], n_rows, starts.astype(np.int64), onsets)
        marks = [(float(onset), str(text)) for onset, text in meta["marks"]]
        stored = _Stored(timebase, list(meta["notes"]), marks)
        table.publish(path, n_rows, sums[FILE_NAME])  # last, so that a published table is complete
        return stored

    return entry.load(read)
