"""The pyramids of a recording, from the cache or built in a background task."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from vital_widgets.errors import (
    SourceChangedError,
    StoreError,
    TaskCancelledError,
    VitalError,
)
from vital_widgets.pyramid.cached import CachedStore
from vital_widgets.pyramid.cascade import Cascade
from vital_widgets.pyramid.feeds import feeds_of, pieces
from vital_widgets.pyramid.level_store import DiskLevel, MemoryLevel, Pyramid
from vital_widgets.pyramid.reduce import BASE_BIN
from vital_widgets.runtime.cachebuild import load_or_build
from vital_widgets.runtime.caches import WATCHED
from vital_widgets.runtime.fileerrors import file_errors
from vital_widgets.runtime.tasks import Task, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.pyramid.feeds import Feed
    from vital_widgets.pyramid.level_store import Level

SAVE_SECONDS = 0.25
_POLL_SECONDS = 0.1
_SYNC_THREADS = 8
IN_MEMORY = "overviews of recordings that have no file"

_lock = threading.Lock()
_by_fingerprint: weakref.WeakValueDictionary[str, PyramidSet] = weakref.WeakValueDictionary()
_in_memory: weakref.WeakKeyDictionary[Recording, PyramidSet] = weakref.WeakKeyDictionary()


def open_pyramids(recording: Recording) -> PyramidSet:
    """Return the pyramids of a recording, without waiting for them to be built.

    They are complete if the cache contains them; otherwise the caller starts `PyramidSet.task`,
    which builds them. All users of one recording, or of the same file, share one build.
    """
    with _lock:
        key = recording.fingerprint
        known = _in_memory.get(recording) if key is None else _by_fingerprint.get(key)
        if known is not None and known.shared():
            return known
        channels = list(recording.channels.values())
        created = (
            PyramidSet(recording.name, channels)
            if key is None
            else PyramidSet(recording.name, channels, CachedStore(key, channels), recording.check)
        )
        if key is None:
            _in_memory[recording] = created
        else:
            _by_fingerprint[key] = created
        return created


def open_derived_pyramids(
    name: str, channels: Sequence[Channel], key: str | None, check: Callable[[], None]
) -> PyramidSet:
    """Return the pyramids of derived channels, without waiting for them to be built.

    Parameters
    ----------
    name : str
        What the task says it builds.
    channels : sequence of Channel
        The derived channels.
    key : str or None
        Fingerprint of their computation, under which they are cached and shared; None to keep them
        in memory.
    check : callable
        Raises if the recording's file has changed.
    """
    if key is None:
        return PyramidSet(name, channels)
    with _lock:
        known = _by_fingerprint.get(key)
        if known is not None and known.shared():
            return known
        made = PyramidSet(name, channels, CachedStore(key, channels), check)
        _by_fingerprint[key] = made
        return made


def _memory_of(pyramids: PyramidSet) -> tuple[int, int]:
    """Return the number of levels in memory and their bytes."""
    levels = [level for one in pyramids.pyramids for level in one.levels]
    sizes = [level.n_bytes for level in levels if isinstance(level, MemoryLevel)]
    return len(sizes), sum(sizes)


class PyramidSet:
    """The pyramids of all channels of a recording; made by `open_pyramids`.

    Attributes
    ----------
    task : Task or None
        The task that builds the pyramids, not started; None if they were in the cache.
    """

    def __init__(
        self,
        name: str,
        channels: Sequence[Channel],
        store: CachedStore | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        self._name = name
        self._channels = list(channels)
        self._pyramids = [Pyramid(channel.dtype) for channel in channels]
        self._store = store
        self._check = check
        self._users = 1
        self._complete = store is not None and store.load(self._pyramids)
        self.task: Task[None] | None = None
        if not self._complete:
            self.task = Task(self._work, f"Building overview of {name}")
        if store is None:
            WATCHED.add(IN_MEMORY, self, _memory_of)

    @property
    def pyramids(self) -> list[Pyramid]:
        """The pyramid of each channel."""
        return self._pyramids

    def channel(self, i: int) -> Pyramid:
        """Return the pyramid of the ``i``-th channel."""
        return self._pyramids[i]

    @property
    def complete(self) -> bool:
        """Whether all pyramids are complete."""
        return self._complete

    @property
    def built(self) -> float:
        """Share of the recording that the pyramids cover, 0 to 1; 1 only when complete."""
        if self._complete:
            return 1.0
        total = self._expected()
        done = sum(self.samples_covered(i) for i in range(len(self._channels)))
        return min(done / total, 0.999) if total else 0.0

    def samples_covered(self, i: int) -> int:
        """Return the number of samples at the start of a channel that its pyramid covers."""
        covered = self._pyramids[i].available(BASE_BIN) * BASE_BIN
        return min(covered, self._channels[i].samples.n_samples) if self._complete else covered

    def shared(self) -> bool:
        """Add a user; return False if new users need another set."""
        failed = (
            self.task is not None
            and not self._complete
            and (self.task.cancel_requested or self.task.state is TaskState.FAILED)
        )
        closed_on_disk = self._users == 0 and self._store is not None
        removed = self._complete and self._store is not None and not self._store.entry.is_complete()
        if failed or closed_on_disk or removed:
            return False
        self._users += 1
        return True

    def close(self) -> None:
        """Remove a user; the last one cancels the build."""
        with _lock:
            self._users = max(self._users - 1, 0)
            if self._users:
                return
        if self.task is not None:
            self.task.cancel()
        if self._store is not None:
            self._store.release()

    def _work(self, task: Task[None]) -> None:
        try:
            with file_errors(self._name):
                self._build_or_follow(task)
        except VitalError:
            for channel in self._channels:
                if channel.ready is not None and channel.ready.error is not None:
                    channel.wait()  # raises the error of reading the file
            raise

    def _build_or_follow(self, task: Task[None]) -> None:
        store = self._store
        if store is None:
            self._build(task)
            self._complete = True
            return

        def wait() -> None:
            store.follow(self._pyramids)
            task.report(self.built, "another process is building it")
            task.wait_cancelled(_POLL_SECONDS)

        load_or_build(
            store.entry,
            lambda: store.load(self._pyramids) or None,
            lambda: self._build_on_disk(task, store),
            wait,
        )
        self._complete = True

    def _build_on_disk(self, task: Task[None], store: CachedStore) -> bool:
        try:
            cascades = self._build(task)
            if self._check is not None:
                self._check()
            self._end_writing(sync=True)
            store.finish([cascade.n_samples for cascade in cascades])
        except (StoreError, SourceChangedError):
            # The partial entry cannot be completed, or belongs to another version of the file.
            for pyramid in self._pyramids:
                pyramid.put({})
            store.entry.discard()
            raise
        finally:
            self._end_writing()
        if not store.load(self._pyramids):
            msg = (
                f"{store.entry.complete_dir} was removed directly after it was written; open the "
                "recording again to rebuild it"
            )
            raise StoreError(msg)
        return True

    def _end_writing(self, *, sync: bool = False) -> None:
        """Close the files of all levels, with ``sync`` on several threads."""
        levels = [level for pyramid in self._pyramids for level in pyramid.levels]
        on_disk = [level for level in levels if isinstance(level, DiskLevel)]
        with ThreadPoolExecutor(_SYNC_THREADS if sync else 1, "vital-widgets-sync") as pool:
            for ended in [pool.submit(level.end_writing, sync=sync) for level in on_disk]:
                ended.result()

    def _build(self, task: Task[None]) -> list[Cascade]:
        """Build the pyramids from all samples."""
        feeds = feeds_of(self._channels)
        cascades, starts = self._resumed(feeds)
        saved_at = time.monotonic()
        with contextlib.closing(pieces(feeds, starts)) as stream:
            while True:
                # Checked before the next piece: after the end of reading no samples are added.
                ended = all(c.ready is None or c.ready.ended for c in self._channels)
                piece = next(stream)
                if piece is None and ended:
                    break
                try:
                    if piece is None:
                        self._save(cascades)
                        task.wait_cancelled(_POLL_SECONDS)
                        continue
                    for index, stretch in zip(piece.channels, piece.stretches, strict=True):
                        cascades[index].feed(stretch)
                    if time.monotonic() - saved_at >= SAVE_SECONDS:
                        self._save(cascades)
                        saved_at = time.monotonic()
                    self._report(task, cascades)
                except TaskCancelledError:
                    self._save(cascades)
                    raise
        for channel in self._channels:
            channel.wait()  # raises the error of reading the file
        for cascade in cascades:
            cascade.finish()
        return cascades

    def _resumed(self, feeds: Sequence[Feed]) -> tuple[list[Cascade], list[int]]:
        """Return a cascade for each channel and the unit of each feed to continue from."""
        done = [0] * len(self._channels) if self._store is None else self._store.covered_before()
        cascades = [
            Cascade(pyramid, self._level_maker(index), self._channels[index].missing)
            for index, pyramid in enumerate(self._pyramids)
        ]
        starts = []
        for feed in feeds:
            members = [(index, group.per_unit) for group in feed.groups for index in group.channels]
            start = min([feed.units, *(done[index] // per_unit for index, per_unit in members)])
            starts.append(start)
            for index, per_unit in members:
                samples = self._channels[index].samples
                cascades[index].restore(start * per_unit, samples.n_samples, samples)
        return cascades, starts

    def _level_maker(self, index: int) -> Callable[[int], Level]:
        store = self._store
        if store is None:
            return lambda _: MemoryLevel(self._pyramids[index].dtype)
        return lambda size: store.level(index, size)

    def _save(self, cascades: Sequence[Cascade]) -> None:
        """Store all complete bins, then record how many samples they cover."""
        for cascade in cascades:
            cascade.flush()
        if self._check is not None:
            self._check()
        if self._store is not None:
            self._store.save([cascade.n_samples for cascade in cascades])

    def _report(self, task: Task[None], cascades: Sequence[Cascade]) -> None:
        """Report the share of the samples that were read, and their bytes in the native dtypes."""
        sizes = [channel.dtype.itemsize for channel in self._channels]
        expected = [self._expected_of(channel) for channel in self._channels]
        read = [cascade.n_samples for cascade in cascades]
        total = sum(expected)
        task.report(
            min(sum(read) / total, 1.0) if total else 0.0,
            bytes_done=sum(n * size for n, size in zip(read, sizes, strict=True)),
            bytes_total=round(sum(n * size for n, size in zip(expected, sizes, strict=True))),
        )

    def _expected(self) -> float:
        """Return the expected total number of samples."""
        return sum(map(self._expected_of, self._channels))

    @staticmethod
    def _expected_of(channel: Channel) -> float:
        n = float(channel.samples.n_samples)
        if channel.ready is not None and not channel.ready.ended:
            n /= max(channel.ready.progress, 0.001)
        return n
