"""Compute samples piece by piece and write them into tables of the cache folder meanwhile."""

from __future__ import annotations

import functools
import queue
import threading
import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.compute import Covered, partials_of
from vital_widgets.analysis.engine.plan import Plan
from vital_widgets.analysis.engine.validity import all_finite
from vital_widgets.io.stored_table import FILE_NAME, StoredTable, TableWriter
from vital_widgets.runtime.cachebuild import load_or_build
from vital_widgets.runtime.cachefolder import CacheFolder, guarded_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.analysis.engine.samplewise import SamplePlan
    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.runtime.cachefolder import CacheEntry
    from vital_widgets.runtime.cachesums import FileSums
    from vital_widgets.runtime.tasks import Task

KIND, META = "analysis", "stored.json"
_VERSION = 1
_POLL_SECONDS = 0.2
PIECE_SAMPLES = 1 << 20  # of all channels of a piece, context within: 8 MB; some are held at a time
CACHED_SAMPLES = 1 << 17  # computed together: they stay in the processor's cache
WAITING = 2  # computed pieces that may wait to be written


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be computed and stored.

    Attributes
    ----------
    plan : SamplePlan
        What is done with each channel.
    source : Source
        The channels.
    dtype : dtype
        Of what is stored.
    key : str
        Fingerprint of all this.
    chunk_s : float, optional
        Length of a piece; None for what needs little memory.
    """

    plan: SamplePlan
    source: Source
    dtype: np.dtype[Any]
    key: str
    chunk_s: float | None = None

    def groups(self) -> list[slice]:
        """Return which channels are worked on together: as many as fit into a small piece."""
        n = len(self.source.samples)
        if self.plan.stacked:  # it needs all of them at once
            return [slice(0, n)]
        least = 2 * (self.plan.before + self.plan.after) + self.plan.grid
        n_groups = -(-n // min(max(PIECE_SAMPLES // least, 1), n))
        size = -(-n // n_groups)
        return [slice(k, min(k + size, n)) for k in range(0, n, size)]

    def step(self, n_channels: int) -> int:
        """Return the samples of a core; at least as many as are computed around it."""
        if self.chunk_s is not None:
            return max(round(self.chunk_s * self.source.timebase.fs), 1)
        context = self.plan.before + self.plan.after
        return max(PIECE_SAMPLES // n_channels - context, context, 1)

    def part(self, group: slice) -> Source:
        """Return the source of a group of channels."""
        source = self.source
        return replace(
            source, samples=source.samples[group], scales=source.scales[group], several=True
        )

    def tables(self) -> list[StoredTable]:
        """Return a table for each group, empty."""
        return [
            StoredTable(f"{self.key}:{group.start}", [self.dtype] * (group.stop - group.start))
            for group in self.groups()
        ]


def stored_tables(task: Task[Any], job: Job) -> list[StoredTable]:
    """Return the tables of a job: those that are there, or built now.

    As long as a table is held, the cache folder does not drop it.
    """
    entry = CacheFolder().entry(KIND, job.key)
    with entry.use():

        def wait() -> None:
            task.report(0.0, "another program is computing this; waiting for it")
            task.wait_cancelled(_POLL_SECONDS)

        tables = load_or_build(
            entry, lambda: _load(entry, job), lambda: _build(task, job, entry), wait
        )
        for table in tables:
            weakref.finalize(table, entry.use().release)
    return tables


def _name(k: int) -> str:
    return f"{k}-{FILE_NAME}"


def _load(entry: CacheEntry, job: Job) -> list[StoredTable] | None:
    """Open finished tables; None if there are none, or not whole ones."""

    def read(sums: dict[str, FileSums]) -> list[StoredTable] | None:
        n_rows = job.source.timebase.n_samples
        if entry.read_json(META) != _meta(job):
            return None
        tables = job.tables()
        for k, table in enumerate(tables):
            path = entry.complete_dir / _name(k)
            if path.stat().st_size != n_rows * job.dtype.itemsize * len(table.dtypes):
                return None
            table.publish(path, n_rows, sums[_name(k)])
        return tables

    return entry.load(read)


def _meta(job: Job) -> dict[str, Any]:
    sizes = [group.stop - group.start for group in job.groups()]
    return {"version": _VERSION, "n_rows": job.source.timebase.n_samples, "columns": sizes}


def _build(task: Task[Any], job: Job, entry: CacheEntry) -> list[StoredTable]:
    tables = job.tables()
    groups = job.groups()
    sums: dict[str, FileSums] = {}
    total = job.source.n_samples * job.dtype.itemsize * len(job.source.samples)
    try:
        for k, (table, group) in enumerate(zip(tables, groups, strict=True)):

            def report(share: float, words: str, k: int = k) -> None:
                done = (k + share) / len(groups)
                task.report(done, words, bytes_done=round(done * total), bytes_total=total)

            sums[_name(k)] = _write_table(job, group, table, (entry, _name(k)), report)
            report(1.0, "")
        entry.write_json(META, _meta(job))
        for table in tables:
            table.before_move()
        entry.finish(sums)
        for k, table in enumerate(tables):
            table.moved(entry.complete_dir / _name(k))
    except BaseException:
        for table in tables:
            table.close()
        entry.discard()
        raise
    return tables


def _write_table(
    job: Job,
    group: slice,
    table: StoredTable,
    place: tuple[CacheEntry, str],
    report: Callable[[float, str], None],
) -> FileSums:
    plan, (entry, name) = job.plan, place
    path = entry.partial_dir / name
    work = plan.work
    if plan.carry:
        work = functools.partial(carried_rows, work=plan.work)
    elif not plan.stacked:
        work = functools.partial(rows, work=plan.work, vectorized=plan.vectorized)
    stacked: Plan[NDArray[np.float64], Any] = Plan(
        work, plan.join, plan.before, plan.after, plan.grid,
        plan.carry,
    )  # fmt: skip
    step = job.step(group.stop - group.start)
    pieces = partials_of(stacked, job.part(group), step, Covered(), report)
    partials = (partial for _, partial in pieces)
    with guarded_write(path):
        writer = TableWriter(table, path)
    try:
        _write_meanwhile(partials, writer, place)
        with guarded_write(path):
            writer.finish()
    finally:
        writer.close()
    return writer.sums


def rows(piece: Piece, work: Callable[..., Any], *, vectorized: bool) -> NDArray[np.float64]:
    """Do the work of a plan for one channel with each channel of a piece."""
    out = np.empty(piece.core_values.shape)
    n_rows, n = piece.values.shape
    several = vectorized and all_finite(piece.values)
    size = max(CACHED_SAMPLES // n, 1) if several else 1
    for k in range(0, n_rows, size):
        part = slice(k, k + size) if several else k
        out[part] = work(replace(piece, values=piece.values[part]))
    return out


def carried_rows(
    piece: Piece, state: list[Any] | None, work: Callable[..., Any]
) -> tuple[NDArray[np.float64], list[Any]]:
    """Do the same with what each channel hands on."""
    states = [None] * len(piece.values) if state is None else list(state)
    out = np.empty(piece.core_values.shape)
    for k, values in enumerate(piece.values):
        out[k], states[k] = work(replace(piece, values=values), states[k])
    return out, states


def _write_meanwhile(
    partials: Iterator[NDArray[np.float64]], writer: TableWriter, place: tuple[CacheEntry, str]
) -> None:
    """Write on a thread of its own while the next pieces are computed; raise what fails there."""
    waiting: queue.Queue[NDArray[np.float64] | None] = queue.Queue(WAITING)
    failed: list[BaseException] = []
    entry, name = place

    def write() -> None:
        while (columns := waiting.get()) is not None:
            if failed:
                continue  # what is still computed is let go
            try:
                with guarded_write(entry.partial_dir / name):
                    writer.append(list(columns))
                entry.check_room("the samples that are computed")
            except BaseException as error:  # noqa: BLE001 - raised on the thread that computes
                failed.append(error)

    thread = threading.Thread(target=write, name="vital-widgets-store", daemon=True)
    thread.start()
    try:
        for columns in partials:
            if failed:
                break
            waiting.put(columns)
    finally:
        waiting.put(None)
        thread.join()
    if failed:
        raise failed[0]
